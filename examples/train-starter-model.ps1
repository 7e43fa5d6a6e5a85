# Makes models/pancreas-starter.safetensors anew: a locator and a refiner that have seen simulated CTs only.
# Each stage trains on one thread; with -Stage Locator and -Stage Refiner in two shells both train at once: a night on two cores (50
# steps of the refiner take two to five minutes beside another training). A stopped run goes on with the same command; the stage that ends
# last joins the two.
#
#   dotnet run -c Release --project src/PancreasSeg.Shell -- -File examples/train-starter-model.ps1 -LabelMap ./anatomy
#
# -LabelMap is a folder of multi-organ label maps (1 spleen, 2 pancreas, 3 left kidney, 4 gallbladder, 5 oesophagus, 6 liver,
# 7 stomach, 8 duodenum); those named in -HeldBack validate and are never trained on. Without it every patient is procedural.
#
# -InitialModel goes on from a model of two stages instead of new weights, with half the step size: a change of the simulation is learnt in
# some hundred steps (many more made masks of patients worse while those of simulated CTs still gained). The model card tells what the
# file in models/ went through, averages of weights included:
#   ... -File examples/train-starter-model.ps1 -LabelMap ./anatomy -InitialModel ./before.safetensors -StepPerEpoch 50 -RefinerEpoch 16 -LocatorEpoch 8
[CmdletBinding()]
param(
    [string] $LabelMap,
    [string] $InitialModel,
    [string[]] $HeldBack = @('018', '028', '043', '074'),
    [string] $Destination = "$PSScriptRoot/../models/pancreas-starter.safetensors",
    [string] $WorkPath = "$PWD/starter-model",
    [int] $LocatorEpoch = 12,
    [int] $RefinerEpoch = 28,
    [int] $LocatorFilter = 8,
    [int] $RefinerFilter = 16,
    [int] $StepPerEpoch = 200,
    [int] $ValidationCase = 20,
    [int] $ThreadCount = 1,
    [int] $Seed = 2,
    [ValidateSet('Locator', 'Refiner', 'Both')] [string] $Stage = 'Both'
)
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../PancreasSeg.psd1"
New-Item $WorkPath -ItemType Directory -Force | Out-Null

$maps = @{}
if ($LabelMap) {
    $held, $trained = (Get-ChildItem $LabelMap -Filter *.nii.gz).Where({ $_.Name -match ($HeldBack -join '|') }, 'Split')
    $maps = @{ LabelMap = @($trained | ForEach-Object FullName); ValidationLabelMap = @($held | ForEach-Object FullName) }
}
$shared = @{
    ForegroundWeight = 1
    Schedule         = @{ Policy = 'Cosine'; Minimum = 1e-5; WarmUpSteps = 40 }
    LearningRate     = $InitialModel ? 0.001 : 0.002
    Optimizer        = @{ AverageDecay = $InitialModel ? 0.996 : 0.995 }
    Seed             = $Seed
    Sampling         = @{ StepsPerEpoch = $StepPerEpoch }
    Validation       = @{ SimulatedCases = $ValidationCase }
    ThreadCount      = $ThreadCount
    Resume           = $true
    TrainingData     = 'Simulated CTs only. Organs of 14 multi-organ label maps (CC-BY, evalseg repository) varied at random, everything else and three patients in ten procedural. No image of a patient.'
    License          = 'MIT; the label maps behind it CC-BY'
}
$initial = if ($InitialModel) { Get-PancreasModel $InitialModel }
function Invoke-Stage([string] $Name, [int] $BaseFilter, [int] $Epoch, [double] $PancreasWeight) {
    $start = if ($initial) { @{ InitialModel = $Name -eq 'Locator' ? $initial.Locator : $initial } }
    else { @{ BaseFilter = $BaseFilter; Network = @{ Stages = 4; Norm = 'Instance' } } }
    $loss = @{ PancreasWeight = $PancreasWeight; HeadWeights = 0, 0.3, 0 }
    Invoke-PancreasTraining "$WorkPath/$($Name.ToLowerInvariant()).safetensors" -Simulate $Name -MaxEpoch $Epoch -Loss $loss @start @shared @maps
}
if ($Stage -ne 'Refiner') { Invoke-Stage Locator $LocatorFilter $LocatorEpoch 2.5 }
if ($Stage -ne 'Locator') { Invoke-Stage Refiner $RefinerFilter $RefinerEpoch 1 }
if ((Test-Path "$WorkPath/locator.safetensors", "$WorkPath/refiner.safetensors") -notcontains $false) {
    Join-PancreasModel "$WorkPath/refiner.safetensors" "$WorkPath/locator.safetensors" -Destination $Destination -EnhancedHu 20, 130
}
