<#
.SYNOPSIS
    Builds, tests, packs and measures PancreasSeg.
.DESCRIPTION
    Runs in PowerShell 7.6; where there is none, in that of this repository, without its profile, which would load what is built:
    dotnet run -c Release --project src/PancreasSeg.Shell -- -NoProfile -Command "./build.ps1 -Task Build, Test"
.EXAMPLE
    ./build.ps1 -Task Build, Test
.EXAMPLE
    ./build.ps1 -Task Pack -Rid win-x64
#>
[CmdletBinding()]
param(
    [ValidateSet('Build', 'Test', 'Pack', 'Bench')]
    [string[]] $Task = @('Build', 'Test'),

    [ValidateSet('Debug', 'Release')]
    [string] $Configuration = 'Release',

    # Platforms whose packages are made; the current one when left out.
    [ValidateSet('linux-x64', 'win-x64', 'osx-arm64')]
    [string[]] $Rid = @(),

    # Packs without libtorch: a tenth of the size, segments with ONNX Runtime, does not train.
    [switch] $OnnxOnly
)

$ErrorActionPreference = 'Stop'

function Invoke-DotNet {
    & dotnet @args
    if ($LASTEXITCODE -ne 0) { throw "dotnet $args ended with $LASTEXITCODE" }
}

function Invoke-Build {
    Invoke-DotNet build "$PSScriptRoot/PancreasSeg.slnx" -c $Configuration --nologo -v minimal
}

function Invoke-Test {
    Invoke-DotNet test "$PSScriptRoot/PancreasSeg.slnx" -c $Configuration --nologo
}

# Below artifacts: for each platform the module's folder, a zip of it and a package in a folder that is a PowerShell repository. Needs npm.
function Invoke-Pack {
    $platforms = if ($Rid) { $Rid.ForEach({ "-p:ModuleRid=$_" }) } else { '--nologo' }
    $backend = if ($OnnxOnly) { 'none' } else { 'cpu' }
    foreach ($platform in $platforms) {
        Invoke-DotNet build "$PSScriptRoot/src/PancreasSeg" -c $Configuration -v minimal '-t:PackModule' '-p:Packing=true' "-p:TorchBackend=$backend" $platform
    }
}

function Invoke-Bench {
    Invoke-DotNet run -c Release --project "$PSScriptRoot/benchmarks/PancreasSeg.Benchmarks"
}

foreach ($name in $Task) {
    "== $name"
    & "Invoke-$name"
}
