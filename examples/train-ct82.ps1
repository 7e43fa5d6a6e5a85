# Trains on TCIA's Pancreas-CT: a DICOM folder for each patient, label0001.nii.gz and so on beside them (docs/training-data.md).
# One fold of four; run it with -Fold 1 to 4 for a cross-validation. A stopped training goes on with the same command.
#
# Steps are of whole volumes, about 128 x 112 x 100 voxels at 3 mm: instance normalisation takes its statistics over what it sees,
# and those of patches are not those of the whole volumes that are validated and segmented later. A coarser -Spacing or a smaller
# -BaseFilter takes less memory and time.
#
#   pwsh train-ct82.ps1 -DataSet D:\Pancreas-CT -Destination D:\models\fold1.safetensors -Fold 1
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $DataSet,
    [Parameter(Mandatory)] [string] $Destination,
    [int] $Folds = 4,
    [int] $Fold = 1,
    [double[]] $Spacing = (3, 3, 3),
    [int] $BaseFilter = 16,
    [int] $MaxEpoch = 300,
    [TimeSpan] $MaxDuration = '3.00:00:00'
)
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../PancreasSeg.psd1"

$training = @{
    DataSet          = $DataSet
    Destination      = $Destination
    CachePath        = "$DataSet/../pancreasseg-cache"
    Validation       = @{ Folds = $Folds; Fold = $Fold }
    Spacing          = $Spacing
    BaseFilter       = $BaseFilter
    Network          = @{ Norm = 'Instance' }
    ForegroundWeight = 1
    Optimizer        = @{ AverageDecay = 0.99 }
    MaxEpoch         = $MaxEpoch
    MaxDuration      = $MaxDuration
    StopRule         = @{ Patience = 60 }
    Resume           = $true
    TrainingData     = "TCIA Pancreas-CT, portal-venous, fold $Fold of $Folds held back."
    License          = 'The data are said to be under CC BY 3.0 (read the terms on their TCIA page); state your own for the model.'
}
Invoke-PancreasTraining @training
