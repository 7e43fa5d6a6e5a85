#requires -Version 7.6
#requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.5.0' }

BeforeAll {
    $root = (Resolve-Path "$PSScriptRoot/../..").Path
    $manifest = Join-Path $root 'PancreasSeg.psd1'
    Import-Module $manifest -Force
    $example = Join-Path $root 'examples' 'data' 'phantom'
    # Marks whatever is brighter than 120 HU.
    $model = Join-Path $root 'tests' 'Fixtures' 'bright-tissue.safetensors'
}

Describe 'Invoke-PancreasSegmentation' {
    It 'runs from a folder of slices to a mask on their grid' {
        $out = Join-Path $TestDrive 'mask.nii.gz'
        Import-CtSeries $example | Invoke-PancreasSegmentation -Model $model | Export-Nifti $out
        $mask = Import-Segmentation $out
        $mask.Grid.Matches((Import-CtSeries $example).Grid, 0.001) | Should -BeTrue
        $mask.Count(1) | Should -BeGreaterThan 0
    }

    It 'gives one result with status, volume, engine, timings and model' {
        $result = Invoke-PancreasSegmentation $example -Model $model
        $result | Should -HaveCount 1
        $result.Status | Should -BeIn 'Ok', 'Warning'
        $result.VolumeMl | Should -BeGreaterThan 0
        $result.MeanHu | Should -BeGreaterThan 110
        $result.Engine.Device | Should -Be 'cpu'
        $result.Timings.Total.TotalSeconds | Should -BeGreaterThan 0
        $result.ModelSha256 | Should -Match '^[0-9a-f]{64}$'
    }

    It 'writes <name>_mask.nii.gz into the output folder' {
        $result = Invoke-PancreasSegmentation $example -Model $model -OutputPath (Join-Path $TestDrive 'masks') -Force
        $result.OutputPath | Should -Be (Join-Path $TestDrive 'masks' 'phantom_mask.nii.gz')
        $result.OutputPath | Should -Exist
    }

    It 'keeps the probabilities when asked, for NIfTI and DICOM' {
        $result = Invoke-PancreasSegmentation $example -Model $model -Threshold 0.5 -Probability
        $files = @(
            $result.Probability | Export-Nifti (Join-Path $TestDrive 'probability') -Force -PassThru
            $result | Export-DicomSegmentation (Join-Path $TestDrive 'probability') -Probability -PassThru
        )
        $files.Name | Should -Be 'phantom_probability.nii.gz', 'phantom.probability.seg.dcm'
        $back = Import-Segmentation $files[1] -Like $example
        ($result | Measure-Segmentation -Reference $back).Dice | Should -BeGreaterThan 0.99
        $plain = Invoke-PancreasSegmentation $example -Model $model | Export-DicomSegmentation (Join-Path $TestDrive 'none') -Force `
            -Probability -PassThru -WarningVariable told -WarningAction SilentlyContinue
        $plain | Should -BeNullOrEmpty
        $told | Should -HaveCount 1
    }

    It 'gives a Failed result and an error for a bad case, and goes on' {
        $cases = Join-Path $TestDrive 'cases'
        New-Item $cases -ItemType Directory | Out-Null
        'a', 'b' | ForEach-Object { Copy-Item $example (Join-Path $cases $_) -Recurse }
        Remove-Item (Join-Path $cases 'a' 'slice020.dcm')
        $results = Invoke-PancreasSegmentation "$cases/*" -Model $model -ErrorVariable failures -ErrorAction SilentlyContinue
        $results.Name | Should -Be 'a', 'b'
        $results[0].Status | Should -Be 'Failed'
        $results[0].Reasons | Should -Be 'SliceMissing'
        $results[0].Mask | Should -BeNullOrEmpty
        $results[1].Status | Should -BeIn 'Ok', 'Warning'
        $failures | Should -HaveCount 1
    }

    It 'ends before the first case when the model is absent or foreign' {
        { Invoke-PancreasSegmentation $example -Model (Join-Path $TestDrive 'absent.safetensors') } |
            Should -Throw -ErrorId 'FileNotFound,PancreasSeg.Commands.InvokePancreasSegmentationCommand'
        Set-Content (Join-Path $TestDrive 'text.safetensors') 'no model'
        $bytes = [IO.File]::ReadAllBytes($model)
        [IO.File]::WriteAllBytes((Join-Path $TestDrive 'cut.safetensors'), $bytes[0..($bytes.Length - 101)])
        foreach ($foreign in 'text', 'cut') {
            { Invoke-PancreasSegmentation $example -Model (Join-Path $TestDrive "$foreign.safetensors") } |
                Should -Throw -ErrorId 'ModelFormatUnknown,PancreasSeg.Commands.InvokePancreasSegmentationCommand'
        }
    }

    It 'computes and creates nothing with -WhatIf and an output path' {
        Invoke-PancreasSegmentation $example -Model $model -OutputPath (Join-Path $TestDrive 'whatif') -Force -WhatIf | Should -BeNullOrEmpty
        Join-Path $TestDrive 'whatif' | Should -Not -Exist
    }

    It 'completes model files' {
        $line = "Invoke-PancreasSegmentation -Model '$(Join-Path $root 'tests' 'Fixtures')$([IO.Path]::DirectorySeparatorChar)"
        $matches = (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText
        $matches -match 'bright-tissue\.safetensors' | Should -Not -BeNullOrEmpty
    }

    It 'shares a model between parallel runspaces' {
        $read = Get-PancreasModel $model
        $results = 1..2 | ForEach-Object -Parallel {
            Import-Module $using:manifest
            Invoke-PancreasSegmentation $using:example -Model $using:read -ThreadCount 1
        }
        $results | Should -HaveCount 2
        ($results.VolumeMl | Sort-Object -Unique) | Should -HaveCount 1
    }

    It 'is shown as a table' {
        Invoke-PancreasSegmentation $example -Model $model | Out-String | Should -Match 'Status\s+Volume \(mL\)'
    }
}
