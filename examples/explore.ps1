# Looks at a batch that ran, or is running: what it did, what needs a look, how volumes spread. Dot-source it at a prompt, and go on.
#
#   . ./explore.ps1 -OutputPath ./masks
[CmdletBinding()]
param([Parameter(Mandatory)] [string] $OutputPath)
Import-Module "$PSScriptRoot/../PancreasSeg.psd1"

$runs = @(Get-PancreasBatch $OutputPath -Run)
$studies = @(Get-PancreasBatch $OutputPath)
$flagged = @($studies | Where-Object IsFlagged)

"The last of $($runs.Count) runs:"
$runs[-1] | Format-List
"$($studies.Count) studies, $($flagged.Count) to look at:"
$flagged | Format-Table
'How often each reason was given, and how volumes spread:'
$studies.Reasons | Group-Object -NoElement | Sort-Object Count -Descending | Format-Table
$studies | Where-Object VolumeMl -gt 0 | Measure-Object VolumeMl -Minimum -Average -Maximum | Format-Table Count, Minimum, Average, Maximum

# To go on:
#   $flagged | ForEach-Object { Invoke-Item "$($_.OutputFolder)/preview.png" }
#   $studies | Select-Object Study, Status, VolumeMl, MeanHu | Export-Csv ./volumes.csv
#   Get-PancreasBatch $OutputPath some-study -History
