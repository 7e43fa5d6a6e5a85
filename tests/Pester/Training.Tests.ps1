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
        $output[0].Loss | Should -BeGreaterThan 0
        $output[2].Name | Should -Be 'first'
        $output[2].Validation | Should -HaveCount 2
        ($cases[0].Image | Invoke-PancreasSegmentation -Model $file -AcceptAnyInput).ModelSha256 | Should -Be $output[2].Sha256
        Import-Csv (Join-Path $TestDrive 'first.run' 'epochs.csv') | Should -HaveCount 2
        Get-ChildItem (Join-Path $TestDrive 'first.run') -Filter 'events.out.tfevents.*' | Should -HaveCount 1
    }

    It 'leaves cases out by name, and says when there is none of it' {
        $names = $cases.Image.Name
        $file = Join-Path $TestDrive 'fewer.safetensors'
        $output = @($cases | Invoke-PancreasTraining $file @small -MaxEpoch 1 -Exclude $names[1])
        $output[-1].Validation | Should -HaveCount 1
        (Get-Content (Join-Path $TestDrive 'fewer.run/run.json') -Raw | ConvertFrom-Json).cases.name | Sort-Object | Should -Be ($names[0, 2] | Sort-Object)
        { $cases | Invoke-PancreasTraining $file @small -Exclude 'nobody*' } |
            Should -Throw -ErrorId 'TrainingDataInvalid,PancreasSeg.Commands.InvokePancreasTrainingCommand'
    }

    It 'does not guess which of many unnamed labels in files is the pancreas, nor takes the liver for it' {
        $folder = Join-Path $TestDrive 'unnamed'
        foreach ($case in $cases) {
            $case.Image | Export-Nifti (Join-Path $folder "$($case.Image.Name).nii.gz") -Force
            $case.Label | Export-Nifti (Join-Path $folder 'labels' "$($case.Image.Name).nii.gz") -Force
        }
        $pairs = @{
            Image = $cases.Image.Name.ForEach({ Join-Path $folder "$_.nii.gz" })
            Label = $cases.Image.Name.ForEach({ Join-Path $folder 'labels' "$_.nii.gz" })
        }
        $file = Join-Path $TestDrive 'unnamed.safetensors'
        { Invoke-PancreasTraining $file @pairs @small -MaxEpoch 1 } | Should -Throw '*which of the labels 1, 2, 3,*is the pancreas*' -ErrorId 'TrainingDataInvalid,*'
        { Invoke-PancreasTraining $file @pairs @small -MaxEpoch 1 -LabelValue 2 } | Should -Throw '*no pancreas has *mL*' -ErrorId 'TrainingDataInvalid,*'
        $file | Should -Not -Exist
        @(Invoke-PancreasTraining $file @pairs @small -MaxEpoch 1 -LabelValue 1)[-1].Name | Should -Be 'unnamed'
    }

    It 'takes pairs beside a data set, whose names say nothing of their labels' {
        $set, $beside = 'named', 'beside' | ForEach-Object { Join-Path $TestDrive $_ }
        foreach ($case in $cases[0, 1]) {
            $case.Image | Export-Nifti (Join-Path $set 'imagesTr' "$($case.Image.Name).nii.gz") -Force
            $case.Label | Export-Nifti (Join-Path $set 'labelsTr' "$($case.Image.Name).nii.gz") -Force
        }
        @{ labels = @{ background = 0; pancreas = 1; liver = 2; spleen = 3 } } | ConvertTo-Json | Set-Content (Join-Path $set 'dataset.json')
        $pair = @{ Image = Join-Path $beside 'image.nii.gz'; Label = Join-Path $beside 'label.nii.gz' }
        $cases[2].Image | Export-Nifti $pair.Image -Force
        $cases[2].Label | Export-Nifti $pair.Label -Force
        $measured = Measure-TrainingData -DataSet $set @pair -ErrorVariable told -ErrorAction SilentlyContinue
        $measured.Name | Sort-Object | Should -Be ($cases[0, 1].Image.Name | Sort-Object)
        $told[0].FullyQualifiedErrorId | Should -Be 'TrainingDataInvalid,PancreasSeg.Commands.MeasureTrainingDataCommand'
        "$($told[0])" | Should -BeLike "'image':*which of the labels 1, 2, 3,*-LabelValue*"
        Measure-TrainingData -DataSet $set @pair -LabelValue 1 | Should -HaveCount 3
        $cases[2].Label.Select(1) | Export-Nifti $pair.Label -Force
        Measure-TrainingData -DataSet $set @pair | Should -HaveCount 3
        # What is 2 there may be a tumour here.
        @{ labels = @{ background = 0; liver = 1; pancreas = 2 } } | ConvertTo-Json | Set-Content (Join-Path $set 'dataset.json')
        { Measure-TrainingData -DataSet $set @pair } | Should -Throw '*Label 2 of *beside it*' -ErrorId 'TrainingDataInvalid,*'
        Measure-TrainingData -DataSet $set @pair -LabelValue 1 | Should -HaveCount 3
        # Names that are absent say nothing of the set's own labels either.
        Remove-Item (Join-Path $set 'dataset.json')
        (Measure-TrainingData -DataSet $set @pair -ErrorVariable told -ErrorAction SilentlyContinue).Name | Should -Be 'image'
        $told | Should -HaveCount 2
    }

    It 'trains nothing with -WhatIf, and keeps a model with -NoClobber' {
        $file = Join-Path $TestDrive 'kept.safetensors'
        $cases | Invoke-PancreasTraining $file @small -WhatIf | Should -BeNullOrEmpty
        $file | Should -Not -Exist
        Set-Content $file 'old'
        { $cases | Invoke-PancreasTraining $file @small -NoClobber } | Should -Throw -ErrorId 'NoClobber,PancreasSeg.Commands.InvokePancreasTrainingCommand'
        Get-Content $file | Should -Be 'old'
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
        ($comparison.Reference, $comparison.Difference) | Should -Be 'w-weight1', 'w-weight7'
        foreach ($case in $comparison.Cases) { $case.Difference | Should -Be ($models[1].Validation | Where-Object Case -eq $case.Case).Recall }
        Get-ChildItem (Join-Path $TestDrive 'w.run-weight1') -Filter worst*.png | Should -HaveCount 2
        Get-Content (Join-Path $TestDrive 'w-weights.svg') -Raw | Should -Match 'w-weight7 at '
        { Compare-PancreasModel $models[0] (Join-Path $root 'tests' 'Fixtures' 'bright-tissue.safetensors') -ErrorAction Stop } | Should -Throw -ErrorId 'TrainingDataInvalid,*'
    }

    It 'lays labels as they are said to run, and names what fits better' {
        $set = Join-Path $TestDrive 'flipped'
        $patient = New-CtPhantom -Seed 10 -Size 144, 112, 48 -Spacing 2.75, 2.75, 4 -Noise 9
        $patient.Image | Export-Nifti (Join-Path $set 'imagesTr' 'a.nii.gz') -Force
        $grid = $patient.Label.Grid
        $labels = $patient.Label.Select(1).Labels.ToArray()
        for ($at = 0; $at -lt $labels.Length; $at += $grid.SliceLength) {
            for ($row = 0; $row -lt $grid.Rows / 2; $row++) {
                $first, $last = ($at + $row * $grid.Columns), ($at + ($grid.Rows - 1 - $row) * $grid.Columns)
                $kept = $labels[$first..($first + $grid.Columns - 1)]
                [Array]::Copy($labels, $last, $labels, $first, $grid.Columns)
                [Array]::Copy($kept, 0, $labels, $last, $grid.Columns)
            }
        }
        [PancreasSeg.LabelVolume]::new($grid, $labels, $patient.Label.Source) | Export-Nifti (Join-Path $set 'labelsTr' 'a.nii.gz') -Force
        $straight = Measure-TrainingData -Image $patient.Image -Label $patient.Label
        (Measure-TrainingData -DataSet $set -LabelOrientation las).MeanHu | Should -Be $straight.MeanHu
        (Measure-TrainingData -DataSet $set).MeanHu | Should -Not -Be $straight.MeanHu
        $null = Measure-TrainingData -DataSet $set -LabelOrientation LPS -ErrorVariable told -ErrorAction SilentlyContinue
        $told[0].FullyQualifiedErrorId | Should -Be 'TrainingDataInvalid,PancreasSeg.Commands.MeasureTrainingDataCommand'
        "$($told[0])" | Should -Match 'as LAS, not as LPS'
        { Measure-TrainingData -DataSet $set -LabelOrientation LPP } | Should -Throw -ErrorId 'SettingInvalid,*'
    }

    It 'learns other labels by their names' {
        $set = Join-Path $TestDrive 'organs'
        foreach ($case in $cases) {
            $case.Image | Export-Nifti (Join-Path $set 'imagesTr' "$($case.Image.Name).nii.gz") -Force
            $case.Label | Export-Nifti (Join-Path $set 'labelsTr' "$($case.Image.Name).nii.gz") -Force
        }
        $liver = [byte][PancreasSeg.Simulation.PhantomLabel]::Liver
        $spleen = [byte][PancreasSeg.Simulation.PhantomLabel]::Spleen
        @{ labels = @{ background = 0; pancreas = 1; Liver = $liver; Spleen = $spleen } } | ConvertTo-Json | Set-Content (Join-Path $set 'dataset.json')
        $model = Invoke-PancreasTraining (Join-Path $TestDrive 'organs.safetensors') @small -DataSet $set -MaxEpoch 1 -AuxiliaryLabel l*, spleen | Select-Object -Last 1
        $model.ClassNames | Sort-Object | Should -Be 'background', 'liver', 'pancreas', 'spleen'
        { Invoke-PancreasTraining (Join-Path $TestDrive 'none.safetensors') @small -DataSet $set -AuxiliaryLabel stomach } | Should -Throw -ErrorId 'TrainingDataInvalid,*'
        { $cases | Invoke-PancreasTraining (Join-Path $TestDrive 'none.safetensors') @small -AuxiliaryLabel liver } | Should -Throw -ErrorId 'ParameterConflict,*'
    }

    It 'lists every fault of the data at once and writes nothing' {
        $file = Join-Path $TestDrive 'bad.safetensors'
        { Invoke-PancreasTraining $file @small -Image $cases[0].Image, $cases[1].Image, $cases[2].Image -Label $cases[0].Label, $cases[0].Label, $cases[2].Label -LabelValue 200 } |
            Should -Throw -ErrorId 'TrainingDataInvalid,PancreasSeg.Commands.InvokePancreasTrainingCommand'
        $file | Should -Not -Exist
        Join-Path $TestDrive 'bad.run' | Should -Not -Exist
    }

    It 'refuses <Name> out of range and says what is allowed' -ForEach @(
        @{ Name = 'Fold'; Setting = @{ Validation = @{ Folds = 5; Fold = 6 } }; Allowed = 'one of the 5 folds' }
        @{ Name = 'PatchSize'; Setting = @{ Sampling = @{ PatchSize = 50, 50, 50 } }; Allowed = 'multiples of 16' }
        @{ Name = 'Rotation'; Setting = @{ Augmentation = @{ Rotation = 500 } }; Allowed = 'from 0 to 180' }
        @{ Name = 'HeadWeights'; Setting = @{ Loss = @{ HeadWeights = 0.4, 0.2 } }; Allowed = '4 numbers' }
    ) {
        $file = Join-Path $TestDrive 'refused.safetensors'
        $all = $small.Clone()
        $Setting.Keys | ForEach-Object { $all[$_] = $Setting[$_] }
        $failure = { $cases | Invoke-PancreasTraining $file @all } | Should -Throw -ErrorId 'SettingInvalid,PancreasSeg.Commands.InvokePancreasTrainingCommand' -PassThru
        $failure.CategoryInfo.Category | Should -Be 'InvalidArgument'
        $failure.TargetObject | Should -Be $Name
        $failure.ErrorDetails.Message | Should -Match $Allowed
        $failure.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        $file | Should -Not -Exist
    }
}

Describe 'Two stages' {
    It 'trains both on simulated patients and joins them' {
        $tiny = @{ BaseFilter = 2; Network = @{ Stages = 2 }; Loss = @{ HeadWeights = 0 }; MaxEpoch = 1; Sampling = @{ StepsPerEpoch = 1 }; Validation = @{ SimulatedCases = 1 }; ThreadCount = 1 }
        $refiner, $locator, $joined = 'Refiner', 'Locator', 'joined' | ForEach-Object { Join-Path $TestDrive "$_.safetensors" }
        $null = Invoke-PancreasTraining $locator -Simulate Locator @tiny -WarningAction SilentlyContinue
        $null = Invoke-PancreasTraining $refiner -Simulate Refiner @tiny -WarningAction SilentlyContinue
        (Get-PancreasModel $locator).Plan.BoxSize | Should -BeNullOrEmpty
        (Get-PancreasModel $refiner).Plan.BoxSize | Should -HaveCount 3
        { Invoke-PancreasTraining $refiner -Simulate Refiner -LabelOrientation LPS @tiny -ErrorAction Stop } | Should -Throw -ErrorId 'ParameterConflict,*'
        $boxed = Join-PancreasModel -Member $refiner, $refiner -Destination (Join-Path $TestDrive 'boxed.safetensors') -WarningVariable told -WarningAction SilentlyContinue
        $boxed.IsTwoStage | Should -BeFalse
        "$told" | Should -Match '-Locator'
        $null = Join-PancreasModel -Member $refiner, $refiner -Locator $locator -Destination (Join-Path $TestDrive 'boxed.safetensors') -WarningVariable told
        $told | Should -BeNullOrEmpty
        $bounded = Join-PancreasModel $refiner $locator (Join-Path $TestDrive 'bounded.safetensors') -EnhancedHu 20, 130
        (Get-PancreasModel (Join-Path $TestDrive 'bounded.safetensors')).Plan.EnhancedHu | Should -Be 20, 130
        $bounded.Plan.Median | Should -BeTrue
        $bounded.Locator.Plan.Median | Should -BeFalse
        $further = Join-Path $TestDrive 'further.safetensors'
        'BaseFilter', 'Network' | ForEach-Object { $tiny.Remove($_) }
        $null = Invoke-PancreasTraining $further -Simulate Refiner -InitialModel $bounded @tiny -WarningAction SilentlyContinue
        (Get-PancreasModel $further).Plan.EnhancedHu | Should -Be 20, 130
        $model = Join-PancreasModel $refiner $locator $joined
        $model.Plan.EnhancedHu | Should -BeNullOrEmpty
        { Join-PancreasModel $refiner $locator $joined -EnhancedHu 130, 20 -ErrorAction Stop } | Should -Throw -ErrorId 'ModelPlanMismatch,*'
        $model.IsTwoStage | Should -BeTrue
        $model.Name | Should -Be 'joined'
        $model.ClassNames | Should -Contain 'aorta'
        (Get-PancreasModel $joined).Sha256 | Should -Be $model.Sha256
        { Join-PancreasModel $locator $refiner (Join-Path $TestDrive 'wrong.safetensors') -ErrorAction Stop } | Should -Throw -ErrorId 'ModelPlanMismatch,*'
        Join-Path $TestDrive 'wrong.safetensors' | Should -Not -Exist
    }

    It 'goes on with one stage and leaves the other as it was, and the file tells what it comes from' {
        $joined = Join-Path $TestDrive 'joined.safetensors'
        $more = @{ InitialModel = $joined; MaxEpoch = 1; ThreadCount = 1; Validation = @{ Fraction = 0.67 }; WarningAction = 'SilentlyContinue' }
        $model = Get-PancreasModel $joined
        $file = Join-Path $TestDrive 'finer.safetensors'
        $null = $cases | Invoke-PancreasTraining $file @more -License 'CC0' -WarningVariable told
        "$told" | Should -Match 'boxes round the reference'
        $finer = Get-PancreasModel $file
        $finer.Locator.Sha256 | Should -Be $model.Locator.Sha256
        $finer.Sha256 | Should -Not -Be $model.Sha256
        foreach ($part in 'BoxSize', 'Spacing', 'Median') { $finer.Plan.$part | Should -Be $model.Plan.$part }
        $finer.Lineage.Sha256 | Should -Be $model.Sha256
        $finer | Format-List | Out-String | Should -Match 'Begun with\s+: joined'
        $again = $cases | Invoke-PancreasTraining (Join-Path $TestDrive 'again.safetensors') @more -Stage Locator | Select-Object -Last 1
        $again.Locator.Lineage.Sha256 | Should -Be $model.Locator.Sha256
        $again.Locator.Sha256 | Should -Not -Be $model.Locator.Sha256
        $third = $cases | Invoke-PancreasTraining (Join-Path $TestDrive 'third.safetensors') @more -InitialModel $finer | Select-Object -Last 1
        $third.Lineage.Sha256 | Should -Be $finer.Sha256, $model.Sha256
        $third.License | Should -Be 'CC0'
        $alone = $cases | Invoke-PancreasTraining (Join-Path $TestDrive 'alone.safetensors') @more -Size 32, 32, 16 -WarningVariable told | Select-Object -Last 1
        $alone.IsTwoStage | Should -BeFalse
        "$told" | Should -Match 'holds it alone'
        "$told" | Should -Not -Match 'boxes round the reference'
        { $cases | Invoke-PancreasTraining (Join-Path $TestDrive 'no.safetensors') -Stage Locator } | Should -Throw -ErrorId 'ParameterConflict,*'
        { $cases | Invoke-PancreasTraining (Join-Path $TestDrive 'no.safetensors') -InitialModel $model.Locator -Stage Refiner } |
            Should -Throw -ErrorId 'SettingInvalid,*'
    }

    It 'rejects a CT that is too narrow for the box, and segments it all the same when told to' {
        $starter = Join-Path $root 'models' 'pancreas-starter.safetensors'
        $narrow = (New-CtPhantom -Seed 1 -Size 32, 32, 16 -Spacing 4, 4, 6).Image
        $rejected = $narrow | Invoke-PancreasSegmentation -Model $starter -OutputPath (Join-Path $TestDrive 'm.nii.gz')
        $rejected.Status | Should -Be 'Rejected'
        $rejected.Reasons | Should -Contain 'FieldOfViewSmall'
        Join-Path $TestDrive 'm.nii.gz' | Should -Not -Exist
        ($narrow | Invoke-PancreasSegmentation -Model $starter -OutputPath (Join-Path $TestDrive 'm.nii.gz') -AcceptAnyInput).Mask | Should -Not -BeNullOrEmpty
        Join-Path $TestDrive 'm.nii.gz' | Should -Exist
    }
}

Describe 'Invoke-PancreasCrossValidation' {
    BeforeAll {
        $less = @{ Size = 32, 32, 16; BaseFilter = 2; ThreadCount = 1; MaxEpoch = 1 }
        $folder = Join-Path $TestDrive 'cv'
    }

    It 'trains fold by fold, tells what they show, and goes on' {
        $one = @($cases | Invoke-PancreasCrossValidation $folder @less -Folds 3 -Fold 1)
        $one[0].Model | Should -Be 'fold1'
        $one[-1].FinishedFolds, $one[-1].Cases | Should -Be 1, 1
        { $cases | Invoke-PancreasCrossValidation $folder @less -Folds 3 } |
            Should -Throw -ErrorId 'TrainingRunExists,PancreasSeg.Commands.InvokePancreasCrossValidationCommand'
        $all = @($cases | Invoke-PancreasCrossValidation $folder @less -Folds 3 -Resume)
        $all.Model | Should -Be 'fold0', 'fold2'
        $all[-1].FinishedFolds, $all[-1].Cases | Should -Be 3, 3
        ($all[-1].Summary | Where-Object Measure -eq Dice).Mean | Should -Be $all[-1].Dice
        (Import-Csv (Join-Path $folder 'scores.csv')).Case | Sort-Object | Should -Be ($cases.Image.Name | Sort-Object)
        $all[-1].Models | Get-PancreasModel | Should -HaveCount 3
    }

    It 'takes the folds of a split file, and refuses what contradicts itself' {
        $names = $cases.Image.Name
        $file = Join-Path $TestDrive 'splits_final.json'
        ConvertTo-Json @(, @{ train = $names[1, 2]; val = , $names[0] }) | Set-Content $file
        $last = $cases | Invoke-PancreasCrossValidation (Join-Path $TestDrive 'split') @less -SplitFile $file -WarningAction SilentlyContinue |
            Select-Object -Last 1
        $last.Scores.Name | Should -Be $names[0]
        { $cases | Invoke-PancreasCrossValidation $folder @less -SplitFile $file -Folds 3 } | Should -Throw -ErrorId 'ParameterConflict,*'
        { $cases | Invoke-PancreasCrossValidation $folder @less -Validation @{ Folds = 3 } } | Should -Throw -ErrorId 'ParameterConflict,*'
        { Invoke-PancreasCrossValidation $folder @less } | Should -Throw -ErrorId 'TrainingDataInvalid,*'
    }

    It 'trains nothing with -WhatIf' {
        $cases | Invoke-PancreasCrossValidation (Join-Path $TestDrive 'none') @less -Folds 3 -WhatIf | Should -BeNullOrEmpty
        Join-Path $TestDrive 'none' | Should -Not -Exist
    }
}

Describe 'New-TrainingPlan' {
    BeforeAll {
        $plan = Join-Path $TestDrive 'plan.json'
        $made = $cases | Measure-TrainingData -Summary | New-TrainingPlan -BaseFilter 2 -Destination $plan
        $quick = @{ Plan = $plan; MaxEpoch = 1; ThreadCount = 1; Validation = @{ Fraction = 0.67 }; WarningAction = 'SilentlyContinue' }
    }

    It 'gives each number with its reason, in a file too' {
        $made.Stages.Stage | Should -Be 'Locator', 'Refiner'
        $made.Reasons.Rule | Should -Be ($made.Reasons.Rule | Sort-Object)
        $made | Out-String | Should -Match '1\. Stages locator and refiner: '
        $made.Reasons[0] | Out-String -Width 200 | Should -Match '(?m)^1\. Stages: locator and refiner\r?\n    the median CT'
        (Get-Content $plan | ConvertFrom-Json).stages[1].plan.boxSize | Should -HaveCount 3
        { $cases | Measure-TrainingData -Summary | New-TrainingPlan -Destination $plan -NoClobber } | Should -Throw -ErrorId 'NoClobber,*'
        { $cases | Measure-TrainingData | New-TrainingPlan } | Should -Throw '*one case*' -ErrorId 'TrainingDataInvalid,*'
        { $cases | Measure-TrainingData -Summary | New-TrainingPlan -MaxDuration -1:00:00 } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
        { New-TrainingPlan $plan } | Should -Throw -ErrorId 'TrainingDataInvalid,*'
    }

    It 'is trained as one model of two stages' {
        $file = Join-Path $TestDrive 'planned.safetensors'
        $output = @($cases | Invoke-PancreasTraining $file @quick)
        $output[0..1].Model | Should -Be 'planned.locator', 'planned'
        $model = Get-PancreasModel $file
        $model.IsTwoStage | Should -BeTrue
        $model.Plan.BoxSize | Should -Be $made.Stages[1].Plan.BoxSize
        ($cases[0].Image | Invoke-PancreasSegmentation -Model $file -AcceptAnyInput).Status | Should -Not -Be 'Failed'
    }

    It 'refuses <Name> before anything is trained' -ForEach @(
        @{ Name = 'one size for two stages'; Id = 'ParameterConflict'; Given = @{ Size = 32, 32, 16 } }
        @{ Name = 'one voxel size for two stages'; Id = 'ParameterConflict'; Given = @{ Spacing = 14 } }
        @{ Name = 'another network'; Id = 'ParameterConflict'; Given = @{ Network = @{ Norm = 'Instance' } } }
        @{ Name = 'simulated cases'; Id = 'ParameterConflict'; Given = @{ Simulate = 'Refiner' } }
        @{ Name = 'a run of the refiner'; Id = 'TrainingRunExists'; Given = @{}; Run = $true }
    ) {
        $file = Join-Path $TestDrive "refused$Id$($Given.Keys).safetensors"
        $folder = [IO.Path]::ChangeExtension($file, '.run')
        if ($Run) { $null = New-Item (Join-Path $folder 'best.safetensors') -Force }
        { if ($Given.Simulate) { Invoke-PancreasTraining $file @quick @Given } else { $cases | Invoke-PancreasTraining $file @quick @Given } } |
            Should -Throw -ErrorId "$Id,*"
        $file, "$folder.locator" | Should -Not -Exist
    }

    It 'refuses a plan of one stage for a model of two' {
        $text = Get-Content $plan -Raw | ConvertFrom-Json
        $text.stages = @($text.stages[1])
        $text.stages[0].PSObject.Properties.Remove('stage')
        $text | ConvertTo-Json -Depth 9 | Set-Content (Join-Path $TestDrive 'one.json')
        $starter = Join-Path $root 'models' 'pancreas-starter.safetensors'
        { $cases | Invoke-PancreasTraining (Join-Path $TestDrive 'n.safetensors') -InitialModel $starter -Plan (Join-Path $TestDrive 'one.json') } |
            Should -Throw -ErrorId 'ParameterConflict,*'
    }

    It 'is trained a stage at a time where that is asked for, and what is given wins' {
        $refiner = $cases | Invoke-PancreasTraining (Join-Path $TestDrive 'r.safetensors') @quick -Stage Refiner -Spacing 14 -LearningRate 0.1 | Select-Object -Last 1
        ($refiner.IsTwoStage, $refiner.Plan.Spacing[0], $refiner.Network.Filters) | Should -Be $false, 14, 2
        $refiner.Plan.BoxSize | Should -Be $made.Stages[1].Plan.BoxSize
        $locator = $cases | Invoke-PancreasTraining (Join-Path $TestDrive 'l.safetensors') @quick -Stage Locator | Select-Object -Last 1
        $locator.Plan.BoxSize | Should -BeNullOrEmpty
        (Join-PancreasModel $refiner $locator (Join-Path $TestDrive 'rl.safetensors')).IsTwoStage | Should -BeTrue
    }

    It 'is what a cross-validation trains in its boxes' {
        $quick.Remove('Validation')
        $cv = $cases | Invoke-PancreasCrossValidation (Join-Path $TestDrive 'cv') @quick -Folds 3 -WarningVariable told | Select-Object -Last 1
        $told -match 'boxes round the reference' | Should -HaveCount 1
        $cv.FinishedFolds | Should -Be 3
        (Get-PancreasModel (Join-Path $TestDrive 'cv' 'fold0' 'best.safetensors')).Plan.BoxSize | Should -Be $made.Stages[1].Plan.BoxSize
    }
}

Describe 'Measure-TrainingData' {
    It 'tells of each case, or of all, and writes what it measured' {
        $file = Join-Path $TestDrive 'fingerprint.json'
        $each = @($cases | Measure-TrainingData -Destination $file)
        $each.Name | Should -Be $cases.Image.Name
        $each[1].VolumeMl | Should -BeGreaterThan 0
        $json = Get-Content $file -Raw | ConvertFrom-Json
        $json.cases.name | Should -Be $cases.Image.Name
        ($cases | Measure-TrainingData -Summary).Spacing | Should -Be 12, 10, 12
        { $cases | Measure-TrainingData -Destination $file -NoClobber } | Should -Throw -ErrorId 'NoClobber,*'
        { Measure-TrainingData } | Should -Throw -ErrorId 'TrainingDataInvalid,*'
    }

    It 'names what is odd, and measures the others where a case cannot be read' {
        $twice = @($cases) + [pscustomobject]@{ Image = $cases[0].Image; Label = $cases[0].Label }
        $found = $twice[0, 1, 3] | Measure-TrainingData
        $found[0].Findings | Should -Contain 'DuplicateCase'
        $found[1].Findings | Should -Not -Contain 'DuplicateCase'
        ($cases[0] | Measure-TrainingData -LabelValue 99).Findings | Should -Be 'LabelEmpty'
        $wrong = [pscustomobject]@{ Image = $cases[0].Image; Label = (New-CtPhantom -Seed 9 -Size 16, 16, 16 -Spacing 20).Label }
        $rest = @($cases[1], $wrong | Measure-TrainingData -ErrorVariable told -ErrorAction SilentlyContinue)
        $rest.Name | Should -Be $cases[1].Image.Name
        $told.FullyQualifiedErrorId | Should -Be 'GridMismatch,PancreasSeg.Commands.MeasureTrainingDataCommand'
    }
}

Describe 'The folds of a cross-validation as one model' {
    BeforeAll {
        $cv = Join-Path $TestDrive 'cv'
        $tiny = @{ Folds = 3; MaxEpoch = 1; Size = 32, 32, 16; BaseFilter = 2; Network = @{ Stages = 2 }; ThreadCount = 1; WarningAction = 'SilentlyContinue' }
        $result = $cases | Invoke-PancreasCrossValidation $cv @tiny | Select-Object -Last 1
        $file = Join-Path $TestDrive 'ensemble.safetensors'
        $ensemble = Join-PancreasModel -Member $cv -Destination $file
    }

    It 'states its members and the threshold of their cases' {
        $ensemble.Members.Name | Should -Be 'fold0', 'fold1', 'fold2'
        $ensemble.Threshold | Should -Be $result.Threshold
        (Get-PancreasModel $file | Format-List | Out-String) | Should -Match 'Members +: fold0, fold1, fold2'
        (Join-PancreasModel -Member $result -Destination (Join-Path $TestDrive 'same.safetensors')).Sha256 | Should -Be $ensemble.Sha256
    }

    It 'asks as many as -Effort says' {
        $ct = $cases[0].Image
        ($ct | Invoke-PancreasSegmentation -Model $file -Effort Full -AcceptAnyInput).MembersUsed | Should -Be 3
        ($ct | Invoke-PancreasSegmentation -Model $file -Effort Fast -AcceptAnyInput).MembersUsed | Should -Be 1
        { $ct | Invoke-PancreasSegmentation -Model $result.Models[0] -Effort Fast -AcceptAnyInput -ErrorAction Stop } | Should -Throw -ErrorId 'SettingInvalid,*'
    }

    It 'expects no Dice with three cases, and says so' {
        $scored = $cases[0].Image | Invoke-PancreasSegmentation -Model $ensemble -AcceptAnyInput
        $scored.ExpectedDice | Should -BeNullOrEmpty
        $result.Quality | Should -BeNullOrEmpty
        $warning = $null
        $scored | Measure-Segmentation -Reference $cases[0].Label -Quality -WarningVariable warning -WarningAction SilentlyContinue | Should -BeNullOrEmpty
        "$warning" | Should -Match 'no case'
        { $scored | Measure-Segmentation -Reference $cases[0].Label -Quality -Summary -ErrorAction Stop } | Should -Throw
    }

    It 'refuses <Because>' -ForEach @(
        @{ Because = 'a mean of weights that were learnt apart'; Fault = 'RunsNotRelated'; Arguments = { @{ Member = $cv; Average = $true } } }
        @{ Because = 'members of another plan'; Fault = 'ModelPlanMismatch'; Arguments = { @{ Member = $result.Models[0], (Join-Path $root 'tests' 'Fixtures' 'bright-tissue.safetensors') } } }
        @{ Because = 'one member'; Fault = 'SettingInvalid'; Arguments = { @{ Member = $result.Models[0] } } }
        @{ Because = 'a folder of something else'; Fault = 'FileNotFound'; Arguments = { @{ Member = $TestDrive } } }
    ) {
        $wrong = Join-Path $TestDrive 'wrong.safetensors'
        $all = & $Arguments
        { Join-PancreasModel @all -Destination $wrong -ErrorAction Stop } | Should -Throw -ErrorId "$Fault,*"
        $wrong | Should -Not -Exist
    }
}
