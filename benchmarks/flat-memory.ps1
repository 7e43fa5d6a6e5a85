<#
.SYNOPSIS
    Segments one CT many times in one process and prints its memory after each case: does it grow?
.EXAMPLE
    ./benchmarks/flat-memory.ps1 ./ct.nii.gz ./models/pancreas-starter.safetensors -Count 50
#>
param(
    [Parameter(Mandatory)] [string] $Ct,
    [Parameter(Mandatory)] [string] $Model,
    [int] $Count = 50
)

$case = 0
$first = 0
@($Ct) * $Count | Invoke-PancreasSegmentation -Model $Model | ForEach-Object {
    $case++
    $process = [Diagnostics.Process]::GetCurrentProcess()
    $now = [int]($process.WorkingSet64 / 1e6)
    if ($case -eq 5) { $first = $now }
    "case $case`: $now MB now, $([int]($process.PeakWorkingSet64 / 1e6)) at most, $([int]($_.EstimatedMemory / 1e6)) expected, $($_.Status), $($_.Timings)"
}
"after case 5: $first MB, after case ${Count}: $now MB"
