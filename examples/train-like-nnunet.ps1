# From a folder of CTs and masks in nnU-Net's layout (imagesTr, labelsTr, dataset.json) to an ensemble, one model of all cases, and
# the table of what their recipe gives on cases it has not seen. docs/train-like-nnunet.md tells the steps.
# A stopped run goes on with the same command. -SplitFile takes the folds of an nnU-Net training, -InitialModel a model to go on from.
#
#   pwsh train-like-nnunet.ps1 -DataSet D:\Dataset801_Pancreas -WorkPath D:\work801 -InitialModel ../models/pancreas-starter.safetensors
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $DataSet,
    [Parameter(Mandatory)] [string] $WorkPath,
    [string] $SplitFile,
    [string] $InitialModel,
    [int] $Folds = 5,
    [int[]] $Size,
    [int] $BaseFilter = 16,
    [int] $MaxEpoch = 100,
    [string] $License = 'not stated'
)
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../PancreasSeg.psd1"

New-Item -ItemType Directory -Force $WorkPath | Out-Null

# 1. What there is, and what is odd about it.
$cases = Measure-TrainingData -DataSet $DataSet -Destination (Join-Path $WorkPath 'fingerprint.json')
$cases | Where-Object Findings | Format-Table Name, VolumeMl, Spacing, Findings | Out-String | Write-Host

# 2. Every case measured by a model that has not seen it. Only the last epoch is validated and kept: nothing is chosen by these cases.
$training = @{
    DataSet          = $DataSet
    CachePath        = Join-Path $WorkPath 'cache'
    ForegroundWeight = 1
    MaxEpoch         = $MaxEpoch
    Validation       = @{ Interval = 1000000 }
    License          = $License
    Resume           = $true
}
if ($Size) { $training.Size = $Size }
if ($InitialModel) { $training += @{ InitialModel = $InitialModel; LearningRate = 0.0005 } }
else { $training += @{ BaseFilter = $BaseFilter; Network = @{ Norm = 'Instance' } } }
$split = if ($SplitFile) { @{ SplitFile = $SplitFile } } else { @{ Folds = $Folds } }
$result = Invoke-PancreasCrossValidation (Join-Path $WorkPath 'folds') @training @split | Select-Object -Last 1
$result.Summary | Format-Table Measure, Mean, Sd, Median, Low, High, WorstCase | Out-String | Write-Host

# 3. The folds as one ensemble: threshold and post-processing come from the cases that each fold had not seen.
$locator = if ($InitialModel) { @{ Locator = (Get-PancreasModel $InitialModel).Locator } } else { @{} }
if (-not $locator.Locator) { $locator = @{} }
$null = Join-PancreasModel -Member (Join-Path $WorkPath 'folds') -Destination (Join-Path $WorkPath 'ensemble.safetensors') @locator

# 4. One model by the same settings on all cases; the table above says what to expect of it.
$training.Validation.Fraction = 0
$training.TrainingData = "$($cases.Count) cases; $($result.Folds) folds of the same settings gave Dice {0:0.000} on cases not seen." -f $result.Dice
Invoke-PancreasTraining (Join-Path $WorkPath 'pancreas.safetensors') @training -WarningAction SilentlyContinue | Select-Object -Last 1
