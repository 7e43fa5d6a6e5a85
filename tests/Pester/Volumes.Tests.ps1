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

    It 'writes the affine of the volume, in the frame of NIfTI' {
        $path = Join-Path $TestDrive 'affine.nii'
        [PancreasSeg.LabelVolume]::new([PancreasSeg.VolumeGrid]::Axial(4, 3, 2, [PancreasSeg.Vector3D]::new(1.5, 1.25, 3), [PancreasSeg.Vector3D]::new(-30, -20, 100)), [byte[]]::new(24), [PancreasSeg.VolumeSource]::new('affine')) | Export-Nifti $path
        $header = [IO.File]::ReadAllBytes($path)
        0..11 | ForEach-Object { [BitConverter]::ToSingle($header, 280 + 4 * $_) } | Should -Be -1.5, 0, 0, 30, 0, -1.25, 0, 20, 0, 0, 3, 100
    }

    It 'puts a file for each volume into a folder, which -Force makes' {
        $folder = Join-Path $TestDrive 'some' 'folder'
        { $ct | Export-Nifti $folder -ErrorAction Stop } | Should -Throw -ErrorId 'FileNotFound,PancreasSeg.Commands.ExportNiftiCommand'
        $files = $ct, $truth | Export-Nifti $folder -Force -PassThru
        $files.Name | Should -Be 'phantom.nii.gz', 'phantom-pancreas_mask.nii.gz'
        ($files | Import-CtSeries).Name | Should -Be 'phantom', 'phantom-pancreas_mask'
    }

    It 'does not let two volumes of one name overwrite each other' {
        New-Item (Join-Path $TestDrive 'twice') -ItemType Directory | Out-Null
        { $ct, $ct | Export-Nifti (Join-Path $TestDrive 'twice') -ErrorAction Stop } | Should -Throw -ErrorId 'NoClobber,PancreasSeg.Commands.ExportNiftiCommand'
        (Get-ChildItem (Join-Path $TestDrive 'twice')).Name | Should -Be 'phantom.nii.gz'
    }

    It 'never leaves the folder, whatever a volume is called' {
        New-Item (Join-Path $TestDrive 'inside') -ItemType Directory | Out-Null
        [PancreasSeg.LabelVolume]::new($truth.Grid, $truth.Labels.ToArray(), [PancreasSeg.VolumeSource]::new('../../evil:CON')) | Export-Nifti (Join-Path $TestDrive 'inside')
        (Get-ChildItem (Join-Path $TestDrive 'inside')).Name | Should -Be '_.._evil_CON_mask.nii.gz'
    }

    It 'creates nothing with -WhatIf, not even the folder, and writes with -WhatIf:$false' {
        $ct | Export-Nifti (Join-Path $TestDrive 'new') -Force -PassThru -WhatIf | Should -BeNullOrEmpty
        Join-Path $TestDrive 'new' | Should -Not -Exist
        $ct | Export-Nifti (Join-Path $TestDrive 'new.nii') -PassThru -WhatIf:$false | Should -Exist
    }

    It 'never replaces the file that a volume was read from, even with -Force' {
        $path = Join-Path $TestDrive 'own.nii'
        $ct | Export-Nifti $path
        $before = (Get-FileHash $path).Hash
        $own = Import-CtSeries $path
        foreach ($volume in $own, ($own | Resize-Volume -Spacing 8, 8, 8)) {
            { $volume | Export-Nifti $path -Force -ErrorAction Stop } | Should -Throw -ErrorId 'OutputIsInput,PancreasSeg.Commands.ExportNiftiCommand'
        }
        (Get-FileHash $path).Hash | Should -Be $before
    }

    It 'keeps an existing file with -NoClobber' {
        $path = Join-Path $TestDrive 'old.nii'
        Set-Content $path 'old'
        $ct | Export-Nifti $path -NoClobber -ErrorVariable failures -ErrorAction SilentlyContinue
        $failures[0].FullyQualifiedErrorId | Should -Be 'NoClobber,PancreasSeg.Commands.ExportNiftiCommand'
        $failures[0].CategoryInfo.Category | Should -Be 'ResourceExists'
        $failures[0].TargetObject | Should -Be $path
        Get-Content $path | Should -Be 'old'
    }

    It 'replaces a read-only file with -Force' {
        $path = Join-Path $TestDrive 'read-only.nii'
        Set-Content $path 'old'
        Set-ItemProperty $path IsReadOnly $true
        $ct | Export-Nifti $path -Force
        (Get-Item $path).Length | Should -BeGreaterThan 352
    }

    It 'writes the same numbers in a culture with a decimal comma' {
        $culture = [cultureinfo]::CurrentCulture
        $truth | Resize-Volume 5.5 | Export-Nifti (Join-Path $TestDrive 'point.nii')
        try {
            [cultureinfo]::CurrentCulture = 'de-DE'
            $truth | Resize-Volume '5.5x5.5x5.5' | Export-Nifti (Join-Path $TestDrive 'comma.nii')
        }
        finally { [cultureinfo]::CurrentCulture = $culture }
        (Get-FileHash (Join-Path $TestDrive 'point.nii')).Hash | Should -Be (Get-FileHash (Join-Path $TestDrive 'comma.nii')).Hash
    }

    It 'refuses what is no volume' {
        { 'text' | Export-Nifti (Join-Path $TestDrive 'x.nii') -ErrorAction Stop } | Should -Throw -ErrorId 'InputTypeNotSupported,PancreasSeg.Commands.ExportNiftiCommand'
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

    It 'gives the size that follows' {
        ($truth | Resize-Volume 5.5).Size | Should -Be 72, 56, 35
        ($truth | Resize-Volume -Size 16, 17, 18).Size | Should -Be 16, 17, 18
    }

    It 'takes over another grid exactly' {
        $other = $ct | Resize-Volume 7
        ($ct | Resize-Volume -Like $other).Grid | Should -Be $other.Grid
        ($truth | Resize-Volume -Like $other).Grid | Should -Be $other.Grid
    }

    It 'refuses <_> when it is bound' -ForEach '-Spacing 0', '-Spacing 1, 2', '-Size 10, 10', '-Size 0, 10, 10', '-Spacing abc' {
        $failure = { [scriptblock]::Create("`$ct | Resize-Volume $_ -ErrorAction Stop").Invoke() } | Should -Throw -PassThru
        $failure.Exception.InnerException ?? $failure.Exception | Should -BeOfType System.Management.Automation.ParameterBindingException
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

Describe 'Export-SegmentationPreview' {
    It 'draws volumes and files alike' {
        $one = $truth | Export-SegmentationPreview (Join-Path $TestDrive 'one.png') -Image $ct -PassThru
        $one.FullName | Should -Be (Join-Path $TestDrive 'one.png')
        [IO.File]::ReadAllBytes($one)[0..3] | Should -Be 0x89, 0x50, 0x4E, 0x47
        $ct | Export-Nifti (Join-Path $TestDrive 'ct.nii.gz') -Force
        $truth | Export-Nifti (Join-Path $TestDrive 'label.nii.gz')
        Push-Location $TestDrive
        try { Export-SegmentationPreview . -InputObject label.nii.gz -Image ct.nii.gz } finally { Pop-Location }
        $volumes = Import-Segmentation (Join-Path $TestDrive 'label.nii.gz') | Export-SegmentationPreview (Join-Path $TestDrive 'two.png') -PassThru `
            -Image (Import-CtSeries (Join-Path $TestDrive 'ct.nii.gz'))
        (Get-FileHash (Join-Path $TestDrive 'label_preview.png')).Hash | Should -Be (Get-FileHash $volumes).Hash
        $print = Export-SegmentationPreview (Join-Path $TestDrive 'print.png') -InputObject $truth -Image $ct -Style Print -PassThru
        (Get-FileHash $print).Hash | Should -Not -Be (Get-FileHash $one).Hash
    }

    It 'writes nothing for a mask whose CT is unknown or another one, or over a kept file' {
        $path = Join-Path $TestDrive 'none.png'
        { $truth | Export-SegmentationPreview $path -Image ($ct | Resize-Volume 7) -ErrorAction Stop } | Should -Throw -ErrorId 'GridMismatch,*'
        $unknown = [PancreasSeg.LabelVolume]::new($truth.Grid, $truth.Labels.ToArray(), [PancreasSeg.VolumeSource]::new('unknown'))
        { $unknown | Export-SegmentationPreview $path -ErrorAction Stop } | Should -Throw -ErrorId 'FileNotFound,*'
        $path | Should -Not -Exist
        Set-Content $path 'old'
        { $truth | Export-SegmentationPreview $path -Image $ct -NoClobber -ErrorAction Stop } | Should -Throw -ErrorId 'NoClobber,*'
        Get-Content $path | Should -Be 'old'
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
