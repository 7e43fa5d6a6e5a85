# Trains on a folder of NIfTI pairs: images/<name>.nii.gz and labels/<name>.nii.gz.
# Every epoch is an object: pipe them to Export-Csv, or watch the progress bar. A stopped training goes on with the same command;
# -Force begins anew.
#
#   pwsh train-pairs.ps1 -DataSet ~/pancreas -Destination ~/models/pancreas.safetensors -LabelValue 1
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $DataSet,
    [Parameter(Mandatory)] [string] $Destination,
    [byte] $LabelValue,
    [int] $MaxEpoch = 300,
    [int[]] $Size = (160, 160, 160),
    [int] $BaseFilter = 16,
    [switch] $Force
)
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../PancreasSeg.psd1"

$images = Get-ChildItem "$DataSet/images" -Filter *.nii.gz
$labels = $images | ForEach-Object { Join-Path $DataSet labels $_.Name }
# Left out, label files of one gland are taken as they are, and those of many organs are refused.
$value = $PSBoundParameters.ContainsKey('LabelValue') ? @{ LabelValue = $LabelValue } : @{}
Invoke-PancreasTraining -Image $images -Label $labels @value -Size $Size -BaseFilter $BaseFilter -MaxEpoch $MaxEpoch -Destination $Destination -Force:$Force -Resume:(-not $Force)
