#requires -Version 7.6
#requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.5.0' }

BeforeAll {
    $root = (Resolve-Path "$PSScriptRoot/../..").Path
    Import-Module (Join-Path $root 'PancreasSeg.psd1') -Force
    $ct = Import-CtSeries (Join-Path $root 'examples' 'data' 'phantom')
    $truth = Import-Segmentation (Join-Path $root 'examples' 'data' 'phantom-pancreas.nii.gz')
}

Describe 'Export-Nifti' {
    It 'writes what comes back bit for bit' {
        $file = $ct | Export-Nifti (Join-Path $TestDrive 'ct.nii.gz') -PassThru
        $file | Should -BeOfType System.IO.FileInfo
        $back = $file | Import-CtSeries
        [System.Linq.Enumerable]::SequenceEqual($back.Integers.ToArray(), $ct.Integers.ToArray()) | Should -BeTrue
        $back.Grid.Matches($ct.Grid, 0.001) | Should -BeTrue
    }

    It 'gives the same bytes each time' {
        $ct | Export-Nifti (Join-Path $TestDrive 'one.nii.gz')
        $ct | Export-Nifti (Join-Path $TestDrive 'two.nii.gz')
        (Get-FileHash (Join-Path $TestDrive 'one.nii.gz')).Hash | Should -Be (Get-FileHash (Join-Path $TestDrive 'two.nii.gz')).Hash
    }

    It 'creates nothing with -WhatIf, not even the folder' {
        $ct | Export-Nifti (Join-Path $TestDrive 'new') -Force -WhatIf
        Join-Path $TestDrive 'new' | Should -Not -Exist
    }

    It 'keeps an existing file with -NoClobber' {
        $path = Join-Path $TestDrive 'old.nii'
        Set-Content $path 'old'
        { $ct | Export-Nifti $path -NoClobber -ErrorAction Stop } | Should -Throw -ErrorId 'NoClobber,PancreasSeg.Commands.ExportNiftiCommand'
        Get-Content $path | Should -Be 'old'
    }

    It 'follows the location of the session' {
        Push-Location $TestDrive
        try { $ct | Export-Nifti ./here.nii } finally { Pop-Location }
        Join-Path $TestDrive 'here.nii' | Should -Exist
    }

    It 'leaves nothing behind when the disk refuses' -Skip:(-not ($IsLinux -and (Test-Path /proc))) {
        { $ct | Export-Nifti /proc/ct.nii -ErrorAction Stop } | Should -Throw -ErrorId 'FileWriteFailed,PancreasSeg.Commands.ExportNiftiCommand'
    }
}

Describe 'Resize-Volume' {
    It 'takes one number, three numbers or text as voxel size' {
        ($ct | Resize-Volume 5.5).Spacing | Should -Be 5.5, 5.5, 5.5
        ($ct | Resize-Volume -Spacing 5, 6, 7).Spacing | Should -Be 5, 6, 7
        ($ct | Resize-Volume -Spacing 5x6x7.5).Spacing | Should -Be 5, 6, 7.5
    }

    It 'brings a mask to the grid of a CT without inventing labels' {
        $fine = $truth | Resize-Volume -Like ($ct | Resize-Volume 2)
        $fine.Labels.ToArray() | Sort-Object -Unique | Should -Be 0, 1
        $fine.VolumeMl(1) | Should -BeGreaterThan ($truth.VolumeMl(1) * 0.95)
        $fine.VolumeMl(1) | Should -BeLessThan ($truth.VolumeMl(1) * 1.05)
    }

    It 'is also called Resize-CtVolume' {
        ($ct | Resize-CtVolume -Size 16, 17, 18).Size | Should -Be 16, 17, 18
    }

    It 'refuses what is no volume' {
        { 'text' | Resize-Volume 2 -ErrorAction Stop } | Should -Throw -ErrorId 'InputTypeNotSupported,PancreasSeg.Commands.ResizeVolumeCommand'
    }
}

Describe 'Measure-Segmentation' {
    It 'finds a mask equal to itself' {
        $score = $truth | Measure-Segmentation -Reference $truth
        $score.Dice | Should -Be 1
        $score.Hd95Mm | Should -Be 0
        $score.Nsd | Should -Be 1
    }

    It 'refuses masks on different grids' {
        { $truth | Resize-Volume 5 | Measure-Segmentation -Reference $truth -ErrorAction Stop } | Should -Throw -ErrorId 'GridMismatch,PancreasSeg.Commands.MeasureSegmentationCommand'
    }
}

Describe 'New-CtPhantom' {
    It 'gives the same patient for the same seed' {
        $a, $b, $c = New-CtPhantom -Seed 5, 5, 6 -Size 64, 48, 24 -Spacing 6
        [System.Linq.Enumerable]::SequenceEqual($a.Image.Integers.ToArray(), $b.Image.Integers.ToArray()) | Should -BeTrue
        [System.Linq.Enumerable]::SequenceEqual($a.Image.Integers.ToArray(), $c.Image.Integers.ToArray()) | Should -BeFalse
    }
}
