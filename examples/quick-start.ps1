# The main job on the embedded example: a folder of DICOM slices in, a pancreas mask on the scanner's grid out.
#
#   dotnet run -c Release --project src/PancreasSeg.Shell -- -File examples/quick-start.ps1     with the .NET SDK alone
#   pwsh examples/quick-start.ps1                                                               with PowerShell 7.6
#
# The example CT is synthetic (New-CtPhantom) and the demonstration model has seen synthetic CTs only.
[CmdletBinding()]
param(
    [string] $Path = "$PSScriptRoot/data/phantom",
    [string] $Truth = "$PSScriptRoot/data/phantom-pancreas.nii.gz",
    [string] $Model = "$PSScriptRoot/../models/pancreas-demo.safetensors",
    [string] $OutputPath = "$PWD/pancreas-quick-start"
)
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../PancreasSeg.psd1"

Get-CtSeries $Path | Out-Default

$ct = Import-CtSeries $Path
$result = $ct | Invoke-PancreasSegmentation -Model $Model -LargestComponent -OutputPath $OutputPath -Force
$result | Out-Default
$result | Measure-Segmentation -Reference $Truth | Out-Default
$ct | Export-Nifti -Path $OutputPath

"Mask: $($result.OutputPath)"
"Load it over $($ct.Name).nii.gz beside it in 3D Slicer, ITK-SNAP or another NIfTI viewer."
