# A bundle of MONAI on your own CT. docs/monai.md says what is read of it and what is refused; nothing is downloaded here.
#
#   pwsh examples/monai.ps1 ./study -Model ./pancreas_ct_dints_segmentation
[CmdletBinding()]
param(
    [Parameter(Mandatory, Position = 0)] [string] $Path,
    [Parameter(Mandatory)] [string] $Model,
    [string] $OutputPath = "$PWD/monai"
)
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../PancreasSeg.psd1"

$bundle = Get-PancreasModel -LiteralPath $Model
"Model:   $bundle"
"Trained: $($bundle.TrainingData)"

$result = Import-CtSeries -LiteralPath $Path | Invoke-PancreasSegmentation -Model $bundle -OutputPath $OutputPath -Force
$result | Format-Table
if ($result.Reasons) { "Look at it: $($result.Reasons -join ', ') (docs/reasons.md)" }
"Mask:    $($result.OutputPath)"
