# Trains on TCIA's Pancreas-CT: a DICOM folder for each patient, label0001.nii.gz and so on beside them (docs/training-data.md).
# One fold of four; run it with -Fold 1 to 4 for a cross-validation. A stopped training goes on with the same command.
#
#   pwsh train-ct82.ps1 -DataSet D:\Pancreas-CT -Destination D:\models\fold1.safetensors -Fold 1
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $DataSet,
    [Parameter(Mandatory)] [string] $Destination,
    [int] $Folds = 4,
    [int] $Fold = 1,
    [double[]] $Spacing = (2, 2, 2.5),
    [int] $Filter = 16,
    [int] $MaxEpoch = 300,
    [TimeSpan] $MaxDuration = '3.00:00:00'
)
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../PancreasSeg.psd1"

$training = @{
    DataSet          = $DataSet
    Destination      = $Destination
    CachePath        = "$DataSet/../pancreasseg-cache"
    Folds            = $Folds
    Fold             = $Fold
    Spacing          = $Spacing
    Filter           = $Filter
    Norm             = 'Instance'
    PatchSize        = 96, 96, 64
    ForegroundWeight = 1
    AverageDecay     = 0.99
    MaxEpoch         = $MaxEpoch
    MaxDuration      = $MaxDuration
    EarlyStop        = 60
    Resume           = $true
    TrainingData     = "TCIA Pancreas-CT, portal-venous, fold $Fold of $Folds held back."
    License          = 'CC BY 3.0 applies to the data; state your own terms for the model.'
}
Invoke-PancreasTraining @training
