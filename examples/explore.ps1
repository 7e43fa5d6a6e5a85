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
$runs[-1] | Out-Default
"$($studies.Count) studies, $($flagged.Count) to look at:"
$flagged | Out-Default

# How often each reason was given.
$reasons = @{}
foreach ($reason in $studies.Reasons) { $reasons[$reason] += 1 }
foreach ($reason in $reasons.Keys) { "{0,5}  {1}" -f $reasons[$reason], $reason }

# Volumes, smallest first.
$volumes = @($studies.VolumeMl | Where-Object { $_ -gt 0 })
[Array]::Sort($volumes)
if ($volumes) { 'Volumes: {0:0.0} to {1:0.0} mL, half of them below {2:0.0} mL' -f $volumes[0], $volumes[-1], $volumes[[int][Math]::Floor(($volumes.Count - 1) / 2)] }

# To go on:
#   $flagged | ForEach-Object { Invoke-Item "$($_.OutputFolder)/preview.png" }
#   $studies | Select-Object Study, Status, VolumeMl, MeanHu | Export-Csv ./volumes.csv
#   Get-PancreasBatch $OutputPath some-study -History
