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

Describe 'nightly-batch.ps1' {
    It 'gives a row per study and an exit code' {
        New-Item (Join-Path $TestDrive 'studies' 'empty') -ItemType Directory -Force | Out-Null
        Copy-Item (Join-Path $examples 'data' 'phantom') (Join-Path $TestDrive 'studies' 'good') -Recurse
        & $pwsh -NoProfile -File (Join-Path $examples 'nightly-batch.ps1') -StudyRoot (Join-Path $TestDrive 'studies') -OutputPath (Join-Path $TestDrive 'masks') -Model (Join-Path $root 'models' 'pancreas-starter.safetensors') *> $null
        $LASTEXITCODE | Should -Be 1
        Join-Path $TestDrive 'masks' 'good_mask.nii.gz' | Should -Exist
    }
}

Describe 'train-pairs.ps1' {
    It 'trains on a folder of pairs' {
        'a', 'b' | ForEach-Object -Begin { $seed = 0 } -Process {
            $phantom = New-CtPhantom -Seed (++$seed) -Size 32, 32, 16 -Spacing 12, 10, 12
            $phantom.Image | Export-Nifti (Join-Path $TestDrive 'set' 'images' "$_.nii.gz") -Force
            $phantom.Label | Export-Nifti (Join-Path $TestDrive 'set' 'labels' "$_.nii.gz") -Force
        }
        & (Join-Path $examples 'train-pairs.ps1') -DataSet (Join-Path $TestDrive 'set') -Destination (Join-Path $TestDrive 'pairs.safetensors') -MaxEpoch 1 -Size 32, 32, 16 -Filter 2 | Out-Null
        (Get-PancreasModel (Join-Path $TestDrive 'pairs.safetensors')).Name | Should -Be 'pairs'
    }
}
