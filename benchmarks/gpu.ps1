<#
.SYNOPSIS
    Measures this module on an NVIDIA GPU and prints one table.
.DESCRIPTION
    Needs a module whose libtorch has CUDA: one built with -p:TorchBackend=cuda, or PANCREASSEG_NATIVE set to a folder with a CUDA build of
    libtorch 2.10 (docs/install.md). Trains one step of the full network at 160 x 160 x 160, runs that network and the starter model over
    a phantom, compares the masks with those of the processor, and reads the GPU's memory from nvidia-smi after each.

    Nothing is sent anywhere. The table is text and objects: pass it on as it is, or Export-Csv it.
.EXAMPLE
    ./benchmarks/gpu.ps1
.EXAMPLE
    ./benchmarks/gpu.ps1 -DryRun

    The same steps on the processor with a tiny network, to see that the script runs.
#>
[CmdletBinding()]
param(
    # Timed runs of each job after one to warm up; the table has their median.
    [ValidateRange(1, 100)] [int] $Runs = 3,
    # On the processor, with a tiny network.
    [switch] $DryRun,
    # The module to measure; by default the one this script belongs to.
    [string] $Module = "$PSScriptRoot/../PancreasSeg.psd1"
)
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
Import-Module $Module

$runtime = Get-PancreasRuntime
$device = $DryRun ? 'Cpu' : 'Cuda'
if (-not $DryRun -and 'cuda' -notin $runtime.Devices) {
    throw "This module finds no CUDA device; it computes on $($runtime.Devices -join ', ') with libtorch $($runtime.Torch). See docs/install.md, or try -DryRun."
}
$size = $DryRun ? (32, 32, 16) : (160, 160, 160)
$filters = $DryRun ? 2 : 16
$starter = Join-Path (Get-Module PancreasSeg).ModuleBase 'models' 'pancreas-starter.safetensors'
$work = New-Item -ItemType Directory (Join-Path ([IO.Path]::GetTempPath()) "pancreas-gpu-$([guid]::NewGuid().ToString('N').Substring(0, 8))")

# MB of the GPU that this process holds: libtorch keeps what it has had, so that this is the peak so far.
function Get-GpuMemory {
    if ($DryRun -or -not (Get-Command nvidia-smi -ErrorAction Ignore)) { return $null }
    nvidia-smi --query-compute-apps=pid,used_memory --format=csv,noheader,nounits |
        Where-Object { $_ -match "^\s*$PID\s*,\s*(\d+)" } | ForEach-Object { [int]$Matches[1] } | Select-Object -First 1
}

function Get-Median([double[]] $Values) { ($Values | Sort-Object)[[math]::Floor(($Values.Count - 1) / 2)] }

function New-Row([string] $Job, [string] $Precision, [double[]] $Seconds, $Dice) {
    [pscustomobject]@{
        Job          = $Job
        Device       = $device.ToLowerInvariant()
        Precision    = $Precision
        Seconds      = [math]::Round((Get-Median $Seconds), 4)
        GpuMemoryMB  = Get-GpuMemory
        DiceToCpu    = $null -eq $Dice ? $null : [math]::Round($Dice, 5)
    }
}

function Measure-Model([string] $Job, $Model, $Image) {
    $arguments = @{ Model = $Model; AcceptAnyInput = $true; WarningAction = 'SilentlyContinue' }
    $cpu = $Image | Invoke-PancreasSegmentation @arguments -Device Cpu -Precision Float32
    # One model, loaded once: the first case of each pipeline warms up.
    $results = @(0..$Runs | ForEach-Object { $Image } | Invoke-PancreasSegmentation @arguments -Device $device)
    $dice = ($results[-1] | Measure-Segmentation -Reference $cpu.Mask -WarningAction SilentlyContinue).Dice
    New-Row $Job $results[-1].Engine.Precision $results[1..$Runs].Timings.Network.TotalSeconds $dice
}

try {
    $training = New-CtPhantom -Seed 1 -Size $size -Spacing ($DryRun ? (12, 10, 12) : (2.2, 2, 2))
    $network = Join-Path $work 'network.safetensors'
    $epochs = @($training | Invoke-PancreasTraining $network -Size $size -BaseFilter $filters -MaxEpoch ($Runs + 1) -Device $device -WarningAction SilentlyContinue |
            Where-Object Epoch)
    $rows = @(
        New-Row "training epoch of one step, $($size -join ' x '), $filters filters, with validation" '' $epochs[1..$Runs].Seconds
        Measure-Model "forward, $($size -join ' x '), $filters filters" $network $training.Image
        Measure-Model 'starter model, phantom of 144 x 112 x 48' $starter (Import-CtSeries (Join-Path (Split-Path $starter) '..' 'examples' 'data' 'phantom'))
    )
}
finally { Remove-Item -Recurse -Force $work }

$gpu = $DryRun ? 'none: dry run' : (nvidia-smi --query-gpu=name,driver_version --format=csv,noheader | Select-Object -First 1)
"GPU: $gpu; libtorch $($runtime.Torch); PancreasSeg $($runtime.ModuleVersion); $($runtime.Platform); $($runtime.DotNet)"
$rows | Format-Table -AutoSize | Out-String -Width 200
