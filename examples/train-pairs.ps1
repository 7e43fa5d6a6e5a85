# Trains on a folder of NIfTI pairs: images/<name>.nii.gz and labels/<name>.nii.gz.
# Every epoch is an object: pipe them to Export-Csv, or watch the progress bar. A stopped training goes on with the same command;
# -Force begins anew.
#
#   pwsh train-pairs.ps1 -DataSet ~/pancreas -Destination ~/models/pancreas.safetensors -LabelValue 1
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $DataSet,
    [Parameter(Mandatory)] [string] $Destination,
    [byte] $LabelValue = 1,
    [int] $MaxEpoch = 300,
    [int[]] $Size = (160, 160, 160),
    [int] $BaseFilter = 16,
    [switch] $Force
)
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../PancreasSeg.psd1"

$images = Get-ChildItem "$DataSet/images" -Filter *.nii.gz
$labels = $images | ForEach-Object { Join-Path $DataSet labels $_.Name }
Invoke-PancreasTraining -Image $images -Label $labels -LabelValue $LabelValue -Size $Size -BaseFilter $BaseFilter -MaxEpoch $MaxEpoch -Destination $Destination -Force:$Force -Resume:(-not $Force)
