# The three steps of the original project (pancreas_segmentation) with its own weights and the geometry put right:
#   1. Put weights.hdf5 into a folder and the CT slices into its subfolder "predict".
#   2. Run this script in that folder.
#   3. Open prediction.nii over the CT in 3D Slicer. Several passes in "predict" give prediction-1.nii, prediction-2.nii ...
#
#   pwsh seed-workflow.ps1 -Weight weights.hdf5
#   dotnet run -c Release --project src/PancreasSeg.Shell -- -File examples/seed-workflow.ps1
#
# Should every mask lie across the organ, mirrored at the diagonal of the image, run it again with -Transpose.
[CmdletBinding()]
param(
    [string] $Path = "$PWD/predict",
    [string] $Weight = "$PWD/weights.hdf5",
    [string] $OutputPath = "$PWD",
    [switch] $Transpose
)
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../PancreasSeg.psd1"

$model = ConvertFrom-KerasWeight $Weight "$OutputPath/seed.safetensors" -Transpose:$Transpose
$series = @(Get-CtSeries -LiteralPath $Path -Usable)
if ($series.Count -eq 0) { throw "There is no CT series that can be used in '$Path'. Get-CtSeries tells why." }

$number = 0
foreach ($pass in $series) {
    $number++
    $file = if ($series.Count -eq 1) { 'prediction.nii' } else { "prediction-$number.nii" }
    $pass | Import-CtSeries -ErrorAction Continue | Invoke-PancreasSegmentation -Model $model -OutputPath "$OutputPath/$file" -ErrorAction Continue
}
