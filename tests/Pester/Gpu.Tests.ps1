#requires -Version 7.6
#requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.5.0' }

BeforeDiscovery {
    Import-Module "$PSScriptRoot/../../PancreasSeg.psd1" -Force
    $hasGpu = (Get-PancreasRuntime).Devices -contains 'cuda'
}

BeforeAll {
    $root = (Resolve-Path "$PSScriptRoot/../..").Path
    Import-Module (Join-Path $root 'PancreasSeg.psd1') -Force
    $script = Join-Path $root 'benchmarks' 'gpu.ps1'
}

Describe 'benchmarks/gpu.ps1' {
    It 'runs dry: a row for training, forward pass and starter model, with masks like those of the processor' {
        $before = @(Get-ChildItem ([IO.Path]::GetTempPath()) -Filter 'pancreas-gpu-*').Count
        $text = & $script -DryRun -Runs 1 | Out-String -Width 250
        $text | Should -Match 'GPU: none: dry run; libtorch 2\.'
        $rows = $text -split '\r?\n' | Where-Object { $_ -match '\bcpu\b' }
        $rows | Should -HaveCount 3
        $rows[0] | Should -Match '^training epoch'
        $rows[1] | Should -Match '^forward'
        $rows[2] | Should -Match '^starter model.*\s[01]\.\d+\s*$'
        @(Get-ChildItem ([IO.Path]::GetTempPath()) -Filter 'pancreas-gpu-*').Count | Should -Be $before
    }

    It 'says what is missing where there is no GPU' -Skip:$hasGpu {
        { & $script } | Should -Throw '*finds no CUDA device*docs/install.md*'
    }
}
