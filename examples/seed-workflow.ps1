# The original project's three steps: convert its weights once, put DICOM slices into the folder predict, run this.
# Where the folder holds several usable passes, each gets a prediction of its own.
#
#   pwsh seed-workflow.ps1 -Weights ./weights.hdf5 -Path ./predict -Destination ./prediction.nii
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Weights,
    [string] $Path = './predict',
    [string] $Destination = './prediction.nii'
)
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../PancreasSeg.psd1"

$model = ConvertFrom-KerasWeight $Weights ($Destination -replace '\.nii(\.gz)?$', '.safetensors')
$number = 0
foreach ($series in @(Get-CtSeries $Path -Usable)) {
    $number++
    $file = if ($number -eq 1) { $Destination } else { $Destination -replace '(\.nii(\.gz)?)$', "-$number`$1" }
    $series | Import-CtSeries | Invoke-PancreasSegmentation -Model $model -OutputPath $file
}
if ($number -eq 0) { throw "There is no usable CT series in '$Path'. Get-CtSeries says why." }
