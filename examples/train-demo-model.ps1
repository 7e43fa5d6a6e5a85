# Makes models/pancreas-demo.safetensors anew: a small network trained for 20 minutes on synthetic CTs that are made on the spot.
# The example CT (seed 10) is not among them. A demonstration, not a model for patients.
#
#   dotnet run -c Release --project src/PancreasSeg.Shell -- -File examples/train-demo-model.ps1
[CmdletBinding()]
param(
    [string] $Destination = "$PSScriptRoot/../models/pancreas-demo.safetensors",
    [TimeSpan] $MaxDuration = '00:20:00'
)
$ErrorActionPreference = 'Stop'
Import-Module "$PSScriptRoot/../PancreasSeg.psd1"

$training = @{
    Destination        = $Destination
    Spacing            = 4, 4, 4
    Filter             = 6
    Norm               = 'Instance'
    ForegroundWeight   = 1
    LearningRatePolicy = 'Cosine'
    ValidationFraction = 0.1
    ValidationInterval = 2
    MaxDuration        = $MaxDuration
    TrainingData       = 'Synthetic CTs only: New-CtPhantom, seeds 1001 to 1080, 144 x 112 x 48 voxels of 2.75 x 2.75 x 4 mm, portal-venous and native. A demonstration.'
    License            = 'MIT'
}
$(New-CtPhantom -Seed (1001..1060) -Size 144, 112, 48 -Spacing 2.75, 2.75, 4 -Phase PortalVenous
New-CtPhantom -Seed (1061..1080) -Size 144, 112, 48 -Spacing 2.75, 2.75, 4 -Phase Native) | Invoke-PancreasTraining @training
