# TotalSegmentator's weights on your own CT: the small model finds the pancreas, the large one outlines it there, and the other organs
# in that box come with it. docs/totalsegmentator.md says where the two archives come from; nothing is downloaded here.
#
#   pwsh examples/totalsegmentator.ps1 ./study -Model ./Dataset291_TotalSegmentator_part1_organs_1559subj.zip `
#       -Locator ./Dataset298_TotalSegmentator_total_6mm_1559subj.zip
#
# Any other model of nnU-Net with a class 'pancreas' will do, and -Locator may be left out: then the model goes over the whole CT.
[CmdletBinding()]
param(
    [Parameter(Mandatory, Position = 0)] [string] $Path,
    [Parameter(Mandatory)] [string] $Model,
    [string] $Locator,
    [string[]] $Class = '*',
    [string] $OutputPath = "$PWD/totalsegmentator"
)
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../PancreasSeg.psd1"

$network = Get-PancreasModel -LiteralPath $Model
"Model:   $network"
"Classes: $($network.ClassNames -join ', ')"

$where = if ($Locator) { @{ Locator = $Locator } } else { @{} }
$ct = Import-CtSeries -LiteralPath $Path
$result = $ct | Invoke-PancreasSegmentation -Model $network @where -Class $Class -OutputPath $OutputPath -Force
$result | Format-Table
$result.Classes | Where-Object VolumeMl | Sort-Object VolumeMl -Descending | Format-Table
if ($result.Reasons) { "Look at it: $($result.Reasons -join ', ') (docs/reasons.md)" }

"How:     $($result.NnUNet)"
"Where:   $(if ($result.Location) { $result.Location.Box } else { 'the whole CT' })"
"Mask:    $($result.OutputPath)"
"Labels:  $($result.LabelsPath)"
