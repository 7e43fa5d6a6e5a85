#requires -Version 7.6
#requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.5.0' }

BeforeAll {
    $root = (Resolve-Path "$PSScriptRoot/../..").Path
    Import-Module (Join-Path $root 'PancreasSeg.psd1') -Force
    $grid = [PancreasSeg.VolumeGrid]::Axial(20, 10, 10, [PancreasSeg.Vector3D]::new(1, 1, 1), [PancreasSeg.Vector3D]::new(0, 0, 0))

    # A bar of so many columns: Dice of two is 2 min / (a + b).
    function New-Bar([int] $Columns, [string] $Path) {
        $labels = [byte[]]::new(2000)
        for ($i = 0; $i -lt 2000; $i++) { if ($i % 20 -lt $Columns) { $labels[$i] = 1 } }
        New-Item -ItemType Directory -Force (Split-Path $Path) | Out-Null
        [PancreasSeg.LabelVolume]::new($grid, $labels, [PancreasSeg.VolumeSource]::new('bar')) | Export-Nifti $Path -Force
    }

    $truth = Join-Path $TestDrive 'labelsTr'
    foreach ($name in 'p1', 'p2', 'p3') { New-Bar 10 (Join-Path $truth "$name.nii.gz") }
    $masks = Join-Path $TestDrive 'predictions'
    New-Bar 10 (Join-Path $masks 'p1_mask.nii.gz')
    New-Bar 5 (Join-Path $masks 'p2_mask.nii.gz')
    New-Bar 15 (Join-Path $masks 'p3_mask.nii.gz')
    New-Bar 1 (Join-Path $masks 'p3_labels.nii.gz')
}

Describe 'Measure-Segmentation of many' {
    It 'compares folder with folder by the names of the cases' {
        $scores = Measure-Segmentation $masks -Reference $truth
        $scores.Name | Should -Be 'p1', 'p2', 'p3'
        $scores[0].Dice | Should -Be 1
        $scores[1].Dice | Should -Be (10 / 15)
        $scores[2].Dice | Should -Be (20 / 25)
    }

    It 'takes wildcards, files and objects with a property, each with its own reference or a folder' {
        Push-Location $TestDrive
        try {
            (Measure-Segmentation ./predictions/*_mask.nii.gz -Reference ./labelsTr).Name | Should -Be 'p1', 'p2', 'p3'
            (Get-ChildItem ./predictions/p2* | Measure-Segmentation -Reference ./labelsTr).Dice | Should -Be (10 / 15)
            $rows = "Mask,Reference`npredictions/p2_mask.nii.gz,labelsTr/p1.nii.gz" | ConvertFrom-Csv
            ($rows | Measure-Segmentation).Dice | Should -Be (10 / 15)
            (Import-Segmentation ./predictions/p3_mask.nii.gz | Measure-Segmentation -Reference ./labelsTr).Name | Should -Be 'p3'
        }
        finally { Pop-Location }
        Measure-Segmentation (Join-Path $masks 'none*') -Reference $truth | Should -BeNullOrEmpty
    }

    It 'knows the cases of a batch and of TotalSegmentator by their folders' {
        foreach ($case in 'p1', 'p2') { Copy-Item (Join-Path $masks "${case}_mask.nii.gz") (New-Item -Force (Join-Path $TestDrive "batch/$case/mask.nii.gz")) }
        foreach ($case in 'p1', 'p2') { Copy-Item (Join-Path $truth "$case.nii.gz") (New-Item -Force (Join-Path $TestDrive "total/$case/segmentations/pancreas.nii.gz")) }
        New-Bar 3 (Join-Path $TestDrive 'total/p1/segmentations/liver.nii.gz')
        $scores = Measure-Segmentation (Join-Path $TestDrive 'batch') -Reference (Join-Path $TestDrive 'total')
        $scores.Name | Should -Be 'p1', 'p2'
        $scores[1].Dice | Should -Be (10 / 15)
        (Get-Item (Join-Path $TestDrive 'batch/p2/mask.nii.gz') | Measure-Segmentation -Reference (Join-Path $truth 'p1.nii.gz')).Name | Should -Be 'p2'
    }

    It 'names what has no partner, and measures the others' {
        New-Bar 4 (Join-Path $TestDrive 'odd/p1.nii.gz')
        New-Bar 4 (Join-Path $TestDrive 'odd/p9.nii.gz')
        $scores = Measure-Segmentation (Join-Path $TestDrive 'odd') -Reference $truth -ErrorVariable told -ErrorAction SilentlyContinue
        $scores.Name | Should -Be 'p1'
        "$told" | Should -Match "no reference of the case 'p9'"
        "$told" | Should -Match "'p2' has a reference and no mask"
        $told | ForEach-Object FullyQualifiedErrorId | Should -BeLike 'FileNotFound,*'
    }

    It 'refuses what names no mask, and two masks of one case' {
        { [pscustomobject]@{ Size = 3 } | Measure-Segmentation -Reference $truth -ErrorAction Stop } | Should -Throw -ErrorId 'SettingInvalid,*'
        { Measure-Segmentation (Join-Path $masks 'p1_mask.nii.gz') -ErrorAction Stop } | Should -Throw -ErrorId 'SettingInvalid,*'
        New-Bar 4 (Join-Path $TestDrive 'double/p1.nii.gz')
        New-Bar 4 (Join-Path $TestDrive 'double/p1_mask.nii.gz')
        { Measure-Segmentation (Join-Path $TestDrive 'double') -Reference $truth -ErrorAction Stop } | Should -Throw '*are both of the case*'
    }

    It 'summarises: number, mean, deviation, median, interval and the worst case' {
        $summary = Measure-Segmentation $masks -Reference $truth -Summary
        $dice = $summary | Where-Object Measure -eq Dice
        $values = 1, (10 / 15), (20 / 25)
        $dice.Count | Should -Be 3
        $dice.Mean | Should -Be ($values | Measure-Object -Average).Average
        [math]::Abs($dice.Sd - ($values | Measure-Object -StandardDeviation).StandardDeviation) | Should -BeLessThan 1e-12
        $dice.Median | Should -Be 0.8
        $dice.Worst | Should -Be (10 / 15)
        $dice.WorstCase | Should -Be 'p2'
        $dice.Low | Should -BeLessThan $dice.Mean
        $dice.High | Should -BeGreaterThan $dice.Mean
        ($summary | Where-Object Measure -eq Hd95Mm).WorstCase | Should -BeIn 'p2', 'p3'
        Measure-Segmentation $masks -Reference $truth | Measure-Segmentation -Summary | ConvertTo-Csv | Should -Be ($summary | ConvertTo-Csv)
    }

    It 'counts what is not defined as missing' {
        New-Bar 0 (Join-Path $TestDrive 'empty/p1.nii.gz')
        New-Bar 10 (Join-Path $TestDrive 'empty/p2.nii.gz')
        New-Item -ItemType Directory (Join-Path $TestDrive 'two') | Out-Null
        Copy-Item (Join-Path $truth 'p1.nii.gz'), (Join-Path $truth 'p2.nii.gz') (Join-Path $TestDrive 'two')
        $summary = Measure-Segmentation (Join-Path $TestDrive 'empty') -Reference (Join-Path $TestDrive 'two') -Summary -WarningAction SilentlyContinue
        $hd = $summary | Where-Object Measure -eq Hd95Mm
        ($hd.Count, $hd.Missing, $hd.Sd, $hd.Low) | Should -Be 1, 1, $null, $null
        ($summary | Where-Object Measure -eq Dice).Mean | Should -Be 0.5
    }

    It 'exports rows that read as they are shown' {
        $row = (Measure-Segmentation $masks -Reference $truth | ConvertTo-Csv | ConvertFrom-Csv)[1]
        $row.Name | Should -Be 'p2'
        $row.Dice | Should -BeLike '0.66666*'
        $row.ReferenceName | Should -Be 'p2'
    }
}
