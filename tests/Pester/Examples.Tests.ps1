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
        & (Join-Path $examples 'quick-start.ps1') -OutputPath (Join-Path $TestDrive 'out') *> $null
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
            & $pwsh -NoProfile -NonInteractive -File (Join-Path $examples 'nightly-batch.ps1') -StudyRoot $studies -OutputPath $masks @args *> $null
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
        Invoke-Nightly | Should -BeIn 0, 2
        Invoke-Nightly | Should -Be 0
        (Get-PancreasBatch $masks good -History | Where-Object State -eq 'Done') | Should -HaveCount 1
    }

    It 'tells an unusable model by exit code 4' {
        Invoke-Nightly -Model (Join-Path $TestDrive 'absent.safetensors') | Should -Be 4
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
        & (Join-Path $examples 'train-pairs.ps1') -DataSet (Join-Path $TestDrive 'set') -Destination (Join-Path $TestDrive 'pairs.safetensors') -MaxEpoch 1 -Size 32, 32, 16 -BaseFilter 2 | Out-Null
        (Get-PancreasModel (Join-Path $TestDrive 'pairs.safetensors')).Name | Should -Be 'pairs'
    }
}
