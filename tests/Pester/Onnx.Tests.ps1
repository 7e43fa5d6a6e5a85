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
        $memory = Invoke-PancreasSegmentation $example -Model $model -Engine Onnx
        $memory.Engine.Engine | Should -Be 'OnnxRuntime'
        (Invoke-PancreasSegmentation $example -Model $file.FullName -Engine Torch).Engine.Engine | Should -Be 'TorchSharp'
        $onnx, $memory | ForEach-Object { (Measure-Segmentation $_ -Reference $torch).Dice | Should -BeGreaterThan 0.999 }
        (Get-PancreasModel $file.FullName).Sha256 | Should -Be (Get-PancreasModel $model).Sha256
    }

    It 'writes a file for each of two stages' {
        $files = Get-PancreasModel $starter | Export-PancreasModel -Path (Join-Path $TestDrive 'two' 'p.onnx') -Force -PassThru
        $files.Name | Should -Be 'p.onnx', 'p.locator.onnx'
        (Get-PancreasModel $files[0].FullName).Sha256 | Should -Be (Get-PancreasModel $starter).Sha256
        Remove-Item $files[1].FullName
        { Get-PancreasModel $files[0].FullName -ErrorAction Stop } | Should -Throw -ErrorId 'FileNotFound,PancreasSeg.Commands.GetPancreasModelCommand'
        Export-PancreasModel $model $files[1].FullName
        { Get-PancreasModel $files[0].FullName -ErrorAction Stop } | Should -Throw -ErrorId 'ModelPlanMismatch,PancreasSeg.Commands.GetPancreasModelCommand'
    }

    It 'never replaces a model that it reads' {
        $own = Join-Path $TestDrive 'own.onnx'
        Export-PancreasModel $model $own
        $before = (Get-FileHash $own).Hash
        { Export-PancreasModel $own $own -Force -ErrorAction Stop } | Should -Throw -ErrorId 'OutputIsInput,PancreasSeg.Commands.ExportPancreasModelCommand'
        (Get-FileHash $own).Hash | Should -Be $before
        $copy = Copy-Item $model (Join-Path $TestDrive 'own.safetensors') -PassThru
        { Join-PancreasModel $copy.FullName $model $copy.FullName } | Should -Throw -ErrorId 'OutputIsInput,PancreasSeg.Commands.JoinPancreasModelCommand'
        { ConvertFrom-KerasWeight $copy.FullName $copy.FullName } | Should -Throw -ErrorId 'OutputIsInput,PancreasSeg.Commands.ConvertFromKerasWeightCommand'
        (Get-FileHash $copy).Hash | Should -Be (Get-FileHash $model).Hash
    }

    It 'keeps an existing file with -NoClobber and writes nothing with -WhatIf' {
        Set-Content (Join-Path $TestDrive 'old.onnx') 'old'
        { Export-PancreasModel $model (Join-Path $TestDrive 'old.onnx') -NoClobber -ErrorAction Stop } |
            Should -Throw -ErrorId 'NoClobber,PancreasSeg.Commands.ExportPancreasModelCommand'
        Get-Content (Join-Path $TestDrive 'old.onnx') | Should -Be 'old'
        Export-PancreasModel $model (Join-Path $TestDrive 'whatif.onnx') -WhatIf
        Join-Path $TestDrive 'whatif.onnx' | Should -Not -Exist
    }

    It 'makes no folder without -Force, and takes no other ending' {
        { Export-PancreasModel $model (Join-Path $TestDrive 'absent' 'm.onnx') -ErrorAction Stop } | Should -Throw -ErrorId 'FileWriteFailed,*'
        { Export-PancreasModel $model (Join-Path $TestDrive 'm.pt') } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
    }

    It 'replaces a read-only file with -Force' {
        $path = Join-Path $TestDrive 'read-only.onnx'
        Set-Content $path 'old'
        Set-ItemProperty $path IsReadOnly $true
        Export-PancreasModel $model $path -Force
        (Get-PancreasModel $path).Name | Should -Not -BeNullOrEmpty
    }
}

Describe 'Invoke-PancreasSegmentation -Engine Onnx' {
    It 'leaves libtorch out of memory' -Skip:(-not $IsLinux) {
        $maps = & (Get-Process -Id $PID).Path -NoProfile -Command "Import-Module '$manifest'; `$null = Invoke-PancreasSegmentation '$example' -Model '$model' -Engine Onnx; Get-Content /proc/self/maps"
        $maps -match 'libonnxruntime' | Should -Not -BeNullOrEmpty
        $maps -match 'libtorch' | Should -BeNullOrEmpty
    }

    It 'refuses a damaged file, and one of another project without a plan' {
        $bytes = [IO.File]::ReadAllBytes((Export-PancreasModel $model (Join-Path $TestDrive 'whole.onnx') -PassThru))
        [IO.File]::WriteAllBytes((Join-Path $TestDrive 'cut.onnx'), $bytes[0..($bytes.Length - 101)])
        [IO.File]::WriteAllBytes((Join-Path $TestDrive 'foreign.onnx'), [byte[]](8, 8))
        foreach ($file in 'cut', 'foreign') {
            { Invoke-PancreasSegmentation $example -Model (Join-Path $TestDrive "$file.onnx") } |
                Should -Throw -ErrorId 'ModelFormatUnknown,PancreasSeg.Commands.InvokePancreasSegmentationCommand'
        }
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
        $compared.Runs | Should -Be 1
        $compared.VoxelCount | Should -Be (64 * 64 * 32)
        $compared.Other.Engine | Should -Be 'OnnxRuntime'
    }

    It 'takes files, goes on after an absent one, and makes a case of its own' {
        New-CtPhantom -Size 64, 64, 32 -Spacing 5, 5, 6 | ForEach-Object Image | Export-Nifti (Join-Path $TestDrive 'study.nii.gz')
        $compared = Test-PancreasModel $model (Join-Path $TestDrive 'absent.nii.gz'), (Join-Path $TestDrive 'study.nii.gz') -ErrorVariable failures -ErrorAction SilentlyContinue
        $compared.IsEqual | Should -BeTrue
        $failures | Should -HaveCount 1
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'FileNotFound,*'
        (Test-PancreasModel $model).IsEqual | Should -BeTrue
    }
}
