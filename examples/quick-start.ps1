# The main job on the embedded example: a folder of DICOM slices in, a pancreas mask on the scanner's grid out.
#
#   dotnet run -c Release --project src/PancreasSeg.Shell -- -File examples/quick-start.ps1     with the .NET SDK alone
#   pwsh examples/quick-start.ps1                                                               with PowerShell 7.6
#
# Your own CT: -Path ./study (a folder of DICOM slices, a NIfTI file or a zip archive) and -Truth '' when nobody has outlined it.
# The example CT is synthetic (New-CtPhantom) and the starter model has seen simulated CTs only; see docs/model-card.md.
[CmdletBinding()]
param(
    [string] $Path = "$PSScriptRoot/data/phantom",
    [string] $Truth = "$PSScriptRoot/data/phantom-pancreas.nii.gz",
    [string] $Model = "$PSScriptRoot/../models/pancreas-starter.safetensors",
    [string] $OutputPath = "$PWD/pancreas-quick-start"
)
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../PancreasSeg.psd1"

Get-CtSeries $Path | Format-Table

$ct = Import-CtSeries $Path
$result = $ct | Invoke-PancreasSegmentation -Model $Model -LargestComponent -OutputPath $OutputPath -Force
$result | Format-Table
if ($Truth) { $result | Measure-Segmentation -Reference $Truth | Format-Table }
$ct | Export-Nifti -Path $OutputPath
$preview = $result | Export-SegmentationPreview -Path $OutputPath -Image $ct -Force -PassThru

"Mask:    $($result.OutputPath)"
"Preview: $($preview.FullName)"
"3D Slicer: drop $($ct.Name).nii.gz and the mask on its window and load the mask as a segmentation; they share one grid."
