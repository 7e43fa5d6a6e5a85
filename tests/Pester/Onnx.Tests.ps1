#requires -Version 7.6
#requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.5.0' }

BeforeAll {
    $root = (Resolve-Path "$PSScriptRoot/../..").Path
    $manifest = Join-Path $root 'PancreasSeg.psd1'
    Import-Module $manifest -Force
    $example = Join-Path $root 'examples' 'data' 'phantom'
    # Marks whatever is brighter than 120 HU.
    $model = Join-Path $root 'tests' 'Fixtures' 'bright-tissue.safetensors'
    $starter = Join-Path $root 'models' 'pancreas-starter.safetensors'
}

Describe 'Export-PancreasModel' {
    It 'writes a file that segments as the original does' {
        $file = Export-PancreasModel $model (Join-Path $TestDrive 'm.onnx') -PassThru
        $file.Name | Should -Be 'm.onnx'
        $torch = Invoke-PancreasSegmentation $example -Model $model -Precision Float32
        $onnx = Invoke-PancreasSegmentation $example -Model $file.FullName
        $onnx.Engine.Engine | Should -Be 'OnnxRuntime'
        (Measure-Segmentation $onnx -Reference $torch).Dice | Should -BeGreaterThan 0.999
        (Get-PancreasModel $file.FullName).Sha256 | Should -Be (Get-PancreasModel $model).Sha256
    }

    It 'writes a file for each of two stages' {
        $files = Get-PancreasModel $starter | Export-PancreasModel -Path (Join-Path $TestDrive 'two' 'p.onnx') -Force -PassThru
        $files.Name | Should -Be 'p.onnx', 'p.locator.onnx'
        Remove-Item (Join-Path $TestDrive 'two' 'p.locator.onnx')
        { Get-PancreasModel (Join-Path $TestDrive 'two' 'p.onnx') -ErrorAction Stop } |
            Should -Throw -ErrorId 'FileNotFound,PancreasSeg.Commands.GetPancreasModelCommand'
    }

    It 'keeps an existing file with -NoClobber and writes nothing with -WhatIf' {
        Set-Content (Join-Path $TestDrive 'old.onnx') 'old'
        { Export-PancreasModel $model (Join-Path $TestDrive 'old.onnx') -NoClobber -ErrorAction Stop } |
            Should -Throw -ErrorId 'NoClobber,PancreasSeg.Commands.ExportPancreasModelCommand'
        Get-Content (Join-Path $TestDrive 'old.onnx') | Should -Be 'old'
        Export-PancreasModel $model (Join-Path $TestDrive 'whatif.onnx') -WhatIf
        Join-Path $TestDrive 'whatif.onnx' | Should -Not -Exist
    }
}

Describe 'Invoke-PancreasSegmentation -Engine Onnx' {
    It 'leaves libtorch out of memory' -Skip:(-not $IsLinux) {
        $maps = & (Get-Process -Id $PID).Path -NoProfile -Command "Import-Module '$manifest'; `$null = Invoke-PancreasSegmentation '$example' -Model '$model' -Engine Onnx; Get-Content /proc/self/maps"
        $maps -match 'libonnxruntime' | Should -Not -BeNullOrEmpty
        $maps -match 'libtorch' | Should -BeNullOrEmpty
    }

    It 'refuses an ONNX file of another project without a plan' {
        [IO.File]::WriteAllBytes((Join-Path $TestDrive 'foreign.onnx'), [byte[]](8, 8))
        { Invoke-PancreasSegmentation $example -Model (Join-Path $TestDrive 'foreign.onnx') } |
            Should -Throw -ErrorId 'ModelFormatUnknown,PancreasSeg.Commands.InvokePancreasSegmentationCommand'
    }

    It 'completes exported models' {
        $line = "Invoke-PancreasSegmentation -Model '$TestDrive$([IO.Path]::DirectorySeparatorChar)"
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText -match '\.onnx' | Should -Not -BeNullOrEmpty
    }
}

Describe 'Test-PancreasModel' {
    It 'finds both engines equal on a phantom' {
        $compared = New-CtPhantom -Size 64, 64, 32 -Spacing 5, 5, 6 | Test-PancreasModel $model
        $compared.IsEqual | Should -BeTrue
        $compared.Dice | Should -Be 1
        $compared.Other.Engine | Should -Be 'OnnxRuntime'
    }
}
