#requires -Version 7.6
#requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.5.0' }

BeforeAll {
    $root = (Resolve-Path "$PSScriptRoot/../..").Path
    $examples = Join-Path $root 'examples'
    $pwsh = (Get-Process -Id $PID).Path
    Import-Module (Join-Path $root 'PancreasSeg.psd1') -Force
}

Describe 'quick-start.ps1' {
    It 'segments the embedded example and writes the mask beside the CT' {
        $text = & (Join-Path $examples 'quick-start.ps1') -OutputPath (Join-Path $TestDrive 'out') | Out-String -Width 200
        $text | Should -Match 'Usable'
        $text | Should -Match "Mask: +$([regex]::Escape((Join-Path $TestDrive 'out' 'phantom_mask.nii.gz')))"
        Join-Path $TestDrive 'out' 'phantom.nii.gz' | Should -Exist
        $score = Measure-Segmentation (Join-Path $TestDrive 'out' 'phantom_mask.nii.gz') -Reference (Join-Path $examples 'data' 'phantom-pancreas.nii.gz')
        $score.Dice | Should -BeGreaterThan 0.6
        Join-Path $TestDrive 'out' 'phantom_preview.png' | Should -Exist
    }
}

Describe 'nightly-batch.ps1 and explore.ps1' {
    BeforeAll {
        $studies = Join-Path $TestDrive 'studies'
        $masks = Join-Path $TestDrive 'masks'
        New-Item (Join-Path $studies 'empty') -ItemType Directory -Force | Out-Null
        Copy-Item (Join-Path $examples 'data' 'phantom') (Join-Path $studies 'good') -Recurse
        "Study,Patient`ngood,K1" | Set-Content (Join-Path $TestDrive 'keys.csv')
        function Invoke-Nightly {
            param([string] $StudyRoot = $studies, [string] $OutputPath = $masks)
            & $pwsh -NoProfile -NonInteractive -File (Join-Path $examples 'nightly-batch.ps1') -StudyRoot $StudyRoot -OutputPath $OutputPath @args *> $null
            $LASTEXITCODE
        }
    }

    It 'gives a row per study, and exit code 2 in the night in which one failed' {
        Invoke-Nightly -PatientKeyTable (Join-Path $TestDrive 'keys.csv') | Should -Be 2
        $items = Get-PancreasBatch $masks
        $items | Should -HaveCount 2
        ($items | Where-Object Study -eq 'good').PatientKey | Should -Be 'K1'
        ($items | Where-Object Study -eq 'empty').Reasons | Should -Be 'DicomSeriesEmpty'
        Join-Path $masks 'cases' 'good' 'mask.nii.gz' | Should -Exist
        (Get-PancreasBatch $masks -Run).Report | Should -Exist
    }

    It 'leaves done studies alone' {
        Invoke-Nightly | Should -BeIn 2, 7
        Invoke-Nightly | Should -Be 7
        (Get-PancreasBatch $masks good -History | Where-Object State -eq 'Done') | Should -HaveCount 1
    }

    It 'tells by its exit code what cannot be used: 3 no study, 4 model, 6 output' {
        New-Item (Join-Path $TestDrive 'nothing') -ItemType Directory | Out-Null
        Invoke-Nightly -StudyRoot (Join-Path $TestDrive 'nothing') | Should -Be 3
        Invoke-Nightly -Model (Join-Path $TestDrive 'absent.safetensors') | Should -Be 4
        Invoke-Nightly -OutputPath (Join-Path $studies 'masks') | Should -Be 4
        Set-Content (Join-Path $TestDrive 'file') 'no folder'
        Invoke-Nightly -OutputPath (Join-Path $TestDrive 'file') | Should -Be 6
    }

    It 'explore.ps1 shows what needs a look' {
        Invoke-Nightly | Out-Null
        $text = & $pwsh -NoProfile -NonInteractive -Command ". '$(Join-Path $examples 'explore.ps1')' -OutputPath '$masks'" | Out-String
        $text | Should -Match '2 studies, \d to look at'
        $text | Should -Match 'DicomSeriesEmpty'
    }
}

Describe 'train-pairs.ps1' {
    It 'trains on a folder of pairs' {
        'a', 'b' | ForEach-Object -Begin { $seed = 0 } -Process {
            $phantom = New-CtPhantom -Seed (++$seed) -Size 32, 32, 16 -Spacing 12, 10, 12
            $phantom.Image | Export-Nifti (Join-Path $TestDrive 'set' 'images' "$_.nii.gz") -Force
            $phantom.Label | Export-Nifti (Join-Path $TestDrive 'set' 'labels' "$_.nii.gz") -Force
        }
        $pairs = @{ DataSet = Join-Path $TestDrive 'set'; Destination = Join-Path $TestDrive 'pairs.safetensors'; MaxEpoch = 1; Size = 32, 32, 16; BaseFilter = 2 }
        { & (Join-Path $examples 'train-pairs.ps1') @pairs } | Should -Throw '*-LabelValue says it*'
        & (Join-Path $examples 'train-pairs.ps1') @pairs -LabelValue 1 | Out-Null
        (Get-PancreasModel (Join-Path $TestDrive 'pairs.safetensors')).Name | Should -Be 'pairs'
    }
}

Describe 'train-like-nnunet.ps1' {
    It 'measures the folds, trains one model on all cases, and does nothing twice' {
        $set = Join-Path $TestDrive 'nnunet'
        'a', 'b', 'c', 'd' | ForEach-Object -Begin { $seed = 0 } -Process {
            $phantom = New-CtPhantom -Seed (++$seed) -Size 32, 32, 16 -Spacing 12, 10, 12
            $phantom.Image | Export-Nifti (Join-Path $set 'imagesTr' "$($_)_0000.nii.gz") -Force
            $phantom.Label | Export-Nifti (Join-Path $set 'labelsTr' "$_.nii.gz") -Force
        }
        '{ "labels": { "background": 0, "pancreas": 1 }, "file_ending": ".nii.gz" }' | Set-Content (Join-Path $set 'dataset.json')
        $work = Join-Path $TestDrive 'nnunet-work'
        $run = { & (Join-Path $examples 'train-like-nnunet.ps1') -DataSet $set -WorkPath $work -Folds 2 -Size 32, 32, 16 -BaseFilter 2 -MaxEpoch 1 6> $null }
        $model = & $run
        $model.TrainingData | Should -Match '^4 cases; 2 folds of the same settings gave Dice 0\.\d{3}'
        $model.Validation | Should -BeNullOrEmpty
        Import-Csv (Join-Path $work 'folds' 'scores.csv') | Should -HaveCount 4
        (Get-PancreasModel (Join-Path $work 'pancreas.safetensors')).Sha256 | Should -Be $model.Sha256
        (Get-PancreasModel (Join-Path $work 'ensemble.safetensors')).Members | Should -HaveCount 2
        $written = (Get-Item (Join-Path $work 'folds' 'fold0' 'best.safetensors')).LastWriteTimeUtc
        (& $run).Sha256 | Should -Be $model.Sha256
        (Get-Item (Join-Path $work 'folds' 'fold0' 'best.safetensors')).LastWriteTimeUtc | Should -Be $written
    }
}

Describe 'train-starter-model.ps1' {
    It 'trains both stages, joins them, and goes on where it ended' {
        $arguments = @{
            WorkPath = Join-Path $TestDrive 'work'; Destination = Join-Path $TestDrive 'starter.safetensors'
            LocatorEpoch = 1; RefinerEpoch = 1; StepPerEpoch = 1; ValidationCase = 1; LocatorFilter = 2; RefinerFilter = 2
        }
        & (Join-Path $examples 'train-starter-model.ps1') @arguments 3> $null | Out-Null
        $first = Get-FileHash $arguments.Destination
        & (Join-Path $examples 'train-starter-model.ps1') @arguments 3> $null | Out-Null
        (Get-FileHash $arguments.Destination).Hash | Should -Be $first.Hash
        $model = Get-PancreasModel $arguments.Destination
        ($model.IsTwoStage, $model.Plan.Median) | Should -Be $true, $true
        $model.Plan.EnhancedHu | Should -Be 20, 130

        $further = $arguments + @{ InitialModel = $arguments.Destination }
        $further.WorkPath = Join-Path $TestDrive 'further'
        $further.Destination = Join-Path $TestDrive 'further.safetensors'
        & (Join-Path $examples 'train-starter-model.ps1') @further 3> $null | Out-Null
        (Get-PancreasModel $further.Destination).Network.Filters | Should -Be 2
    }
}

Describe 'train-ct82.ps1' {
    It 'finds two patients with one CT before the first epoch' {
        $set = Join-Path $TestDrive 'ct82'
        foreach ($patient in '0001', '0002') {
            New-Item $set -ItemType Directory -Force | Out-Null
            Copy-Item (Join-Path $examples 'data' 'phantom') (Join-Path $set "PANCREAS_$patient") -Recurse
            Copy-Item (Join-Path $examples 'data' 'phantom-pancreas.nii.gz') (Join-Path $set "label$patient.nii.gz")
        }
        { & (Join-Path $examples 'train-ct82.ps1') -DataSet $set -Destination (Join-Path $TestDrive 'ct82.safetensors') -Folds 2 } |
            Should -Throw -ExpectedMessage '*these cases show the same CT*'
        Get-ChildItem (Join-Path $TestDrive 'pancreasseg-cache') | Should -HaveCount 1
        Join-Path $TestDrive 'ct82.safetensors' | Should -Not -Exist
    }
}
