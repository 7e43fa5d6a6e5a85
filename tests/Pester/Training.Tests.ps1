#requires -Version 7.6
#requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.5.0' }

BeforeAll {
    $root = (Resolve-Path "$PSScriptRoot/../..").Path
    Import-Module (Join-Path $root 'PancreasSeg.psd1') -Force
    $cases = New-CtPhantom -Seed 1, 2, 3 -Size 32, 32, 16 -Spacing 12, 10, 12
    $small = @{ Size = 32, 32, 16; BaseFilter = 2; ThreadCount = 1; Validation = @{ Fraction = 0.67 }; WarningAction = 'SilentlyContinue' }
}

Describe 'Invoke-PancreasTraining' {
    It 'gives an object for each epoch, then the model, and keeps a run folder' {
        $file = Join-Path $TestDrive 'first.safetensors'
        $output = @($cases | Invoke-PancreasTraining $file @small -MaxEpoch 2)
        $output[0..1].Epoch | Should -Be 1, 2
        $output[2].Name | Should -Be 'first'
        $output[2].Validation | Should -HaveCount 2
        $file | Should -Exist
        Import-Csv (Join-Path $TestDrive 'first.run' 'epochs.csv') | Should -HaveCount 2
        Get-ChildItem (Join-Path $TestDrive 'first.run') -Filter 'events.out.tfevents.*' | Should -HaveCount 1
    }

    It 'goes on where it ended, to the same model as in one go' {
        $one = $cases | Invoke-PancreasTraining (Join-Path $TestDrive 'one.safetensors') @small -MaxEpoch 2 | Select-Object -Last 1
        $null = $cases | Invoke-PancreasTraining (Join-Path $TestDrive 'two.safetensors') @small -MaxEpoch 1
        $output = @($cases | Invoke-PancreasTraining (Join-Path $TestDrive 'two.safetensors') @small -MaxEpoch 2 -Resume)
        $output[0].Epoch | Should -Be 2
        $output[-1].Sha256 | Should -Be $one.Sha256
    }

    It 'goes on from a trained model with its network and plan' {
        $one = $cases | Invoke-PancreasTraining (Join-Path $TestDrive 'base.safetensors') @small -MaxEpoch 1 | Select-Object -Last 1
        $more = @{ MaxEpoch = 1; ThreadCount = 1; Validation = @{ Fraction = 0.67 }; WarningAction = 'SilentlyContinue' }
        $two = $cases | Invoke-PancreasTraining (Join-Path $TestDrive 'tuned.safetensors') @more -InitialModel (Join-Path $TestDrive 'base.safetensors') | Select-Object -Last 1
        $two.Network | Should -Be $one.Network
        $two.Plan.Size | Should -Be $one.Plan.Size
        $two.Sha256 | Should -Not -Be $one.Sha256
        { $cases | Invoke-PancreasTraining (Join-Path $TestDrive 'other.safetensors') @more -InitialModel $one -BaseFilter 4 } |
            Should -Throw -ErrorId 'ParameterConflict,PancreasSeg.Commands.InvokePancreasTrainingCommand'
    }

    It 'trains a model for each weight, which can be compared' {
        $models = @($cases | Invoke-PancreasTraining (Join-Path $TestDrive 'w.safetensors') @small -MaxEpoch 1 -ForegroundWeight 1, 7 | Where-Object Sha256)
        $models.Name | Should -Be 'w-weight1', 'w-weight7'
        $comparison = Compare-PancreasModel $models[0] $models[1] -Score Recall
        $comparison.Count | Should -Be 2
        $comparison.Low | Should -BeLessOrEqual $comparison.High
    }

    It 'lists every fault of the data at once and writes nothing' {
        $file = Join-Path $TestDrive 'bad.safetensors'
        { Invoke-PancreasTraining $file @small -Image $cases[0].Image, $cases[1].Image, $cases[2].Image -Label $cases[0].Label, $cases[0].Label, $cases[2].Label -LabelValue 200 } |
            Should -Throw -ErrorId 'TrainingDataInvalid,PancreasSeg.Commands.InvokePancreasTrainingCommand'
        $file | Should -Not -Exist
        Join-Path $TestDrive 'bad.run' | Should -Not -Exist
    }

    It 'refuses a setting out of range and says what is allowed' {
        $file = Join-Path $TestDrive 'refused.safetensors'
        { $cases | Invoke-PancreasTraining $file @small -Augmentation @{ Rotation = 500 } } |
            Should -Throw -ExpectedMessage '*from 0 to 180*' -ErrorId 'SettingInvalid,PancreasSeg.Commands.InvokePancreasTrainingCommand'
        $file | Should -Not -Exist
    }
}

Describe 'Two stages' {
    It 'trains both on simulated patients and joins them' {
        $tiny = @{ BaseFilter = 2; Network = @{ Stages = 2 }; Loss = @{ HeadWeights = 0 }; MaxEpoch = 1; Sampling = @{ StepsPerEpoch = 1 }; Validation = @{ SimulatedCases = 1 }; ThreadCount = 1 }
        'Locator', 'Refiner' | ForEach-Object { $null = Invoke-PancreasTraining (Join-Path $TestDrive "$_.safetensors") -Simulate $_ @tiny -WarningAction SilentlyContinue }
        $model = Join-PancreasModel (Join-Path $TestDrive 'Refiner.safetensors') (Join-Path $TestDrive 'Locator.safetensors') (Join-Path $TestDrive 'joined.safetensors')
        $model.IsTwoStage | Should -BeTrue
        $model.ClassNames | Should -Contain 'aorta'
    }
}

Describe 'Export-SegmentationPreview' {
    It 'draws a mask over its CT' {
        $picture = $cases[0].Label | Export-SegmentationPreview (Join-Path $TestDrive 'preview.png') -Image $cases[0].Image -PassThru
        $picture.Length | Should -BeGreaterThan 1000
    }
}
