#requires -Version 7.6
#requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.5.0' }

BeforeAll {
    $root = (Resolve-Path "$PSScriptRoot/../..").Path
    Import-Module (Join-Path $root 'PancreasSeg.psd1') -Force
    $example = Join-Path $root 'examples' 'data' 'phantom'
}

Describe 'Get-CtSeries' {
    It 'lists a series with its geometry' {
        $series = Get-CtSeries $example
        $series | Should -HaveCount 1
        $series.Reason | Should -Be 'Usable'
        $series.SliceCount | Should -Be 48
        $series.Spacing | Should -Be 2.75, 2.75, 4
    }

    It 'says which slice is missing' {
        $study = Join-Path $TestDrive 'gap'
        Copy-Item $example $study -Recurse
        Remove-Item (Join-Path $study 'slice020.dcm')
        $series = Get-CtSeries $study
        $series.IsUsable | Should -BeFalse
        $series.Reason | Should -Be 'SliceMissing'
        $series.Detail | Should -Match 'slice019\.dcm'
        Get-CtSeries $study -Usable | Should -BeNullOrEmpty
    }

    It 'shows nothing from the patient module' {
        Get-CtSeries $example | Format-List * | Out-String | Should -Not -Match 'phantom-10'
    }

    It 'takes files from Get-ChildItem' {
        (Get-ChildItem (Split-Path $example) -Directory | Get-CtSeries).SliceCount | Should -Be 48
    }

    It 'pipes what was picked into the import' {
        (Get-CtSeries $example | Where-Object SliceCount -gt 47 | Import-CtSeries).Size | Should -Be 144, 112, 48
        Get-CtSeries $example | Where-Object SliceCount -gt 48 | Import-CtSeries | Should -BeNullOrEmpty
    }
}

Describe 'Import-CtSeries' {
    It 'reads a folder into one volume' {
        $ct = Import-CtSeries $example
        $ct | Should -BeOfType PancreasSeg.CtVolume
        $ct.Size | Should -Be 144, 112, 48
        $ct.Name | Should -Be 'phantom'
        $ct.Spacing | Should -Be 2.75, 2.75, 4
        $ct.Grid.Orientation | Should -Be 'LPS'
        $ct.Source.Path | Should -Be $example
    }

    It 'gives the same volume whatever the files are called' {
        $study = Join-Path $TestDrive 'renamed'
        New-Item $study -ItemType Directory | Out-Null
        Get-ChildItem $example | ForEach-Object { Copy-Item $_ (Join-Path $study ([guid]::NewGuid())) }
        $a = Import-CtSeries $example
        $b = Import-CtSeries $study
        $b.Grid | Should -Be $a.Grid
        [System.Linq.Enumerable]::SequenceEqual($b.Integers.ToArray(), $a.Integers.ToArray()) | Should -BeTrue
    }

    It 'reads from a folder with brackets, blanks and umlauts' {
        $study = Join-Path $TestDrive 'a [1] ü'
        Copy-Item $example -Destination ([WildcardPattern]::Escape($study)) -Recurse -ErrorAction SilentlyContinue
        if (-not (Test-Path -LiteralPath $study)) { [IO.Directory]::CreateDirectory($study) | Out-Null; Get-ChildItem $example | ForEach-Object { [IO.File]::Copy($_.FullName, (Join-Path $study $_.Name)) } }
        (Import-CtSeries -LiteralPath $study).Size | Should -Be 144, 112, 48
        (Get-CtSeries -LiteralPath $study | Import-CtSeries).Size | Should -Be 144, 112, 48
    }

    It 'writes an error with id, target and advice, and no volume, for a damaged file' {
        $study = Join-Path $TestDrive 'damaged'
        Copy-Item $example $study -Recurse
        $bytes = [IO.File]::ReadAllBytes((Join-Path $study 'slice007.dcm'))
        [IO.File]::WriteAllBytes((Join-Path $study 'slice007.dcm'), $bytes[0..($bytes.Length / 2)])
        $ct = Import-CtSeries $study -ErrorVariable failures -ErrorAction SilentlyContinue
        $ct | Should -BeNullOrEmpty
        $failures | Should -HaveCount 1
        $failures[0].FullyQualifiedErrorId | Should -Be 'DicomFileInvalid,PancreasSeg.Commands.ImportCtSeriesCommand'
        $failures[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        $failures[0].Exception.Message | Should -Match 'slice007'
    }

    It 'names the slice that is missing and gives no volume' {
        $study = Join-Path $TestDrive 'missing'
        Copy-Item $example $study -Recurse
        Remove-Item (Join-Path $study 'slice020.dcm')
        $ct = Import-CtSeries $study -ErrorVariable failures -ErrorAction SilentlyContinue
        $ct | Should -BeNullOrEmpty
        $failures | Should -HaveCount 1
        $failures[0].FullyQualifiedErrorId | Should -Be 'SliceMissing,PancreasSeg.Commands.ImportCtSeriesCommand'
        $failures[0].CategoryInfo.Category | Should -Be 'InvalidData'
        $failures[0].Exception.Message | Should -Match 'slice019\.dcm'
    }

    It 'takes the series that is asked for, or none' {
        $uid = (Get-CtSeries $example).SeriesInstanceUid
        (Import-CtSeries $example -SeriesInstanceUid $uid).Source.SeriesUid | Should -Be $uid
        { Import-CtSeries $example -SeriesInstanceUid 9.9 -ErrorAction Stop } | Should -Throw -ErrorId 'DicomSeriesEmpty,PancreasSeg.Commands.ImportCtSeriesCommand'
    }

    It 'refuses a path that is no file' {
        { Import-CtSeries variable:/PWD -ErrorAction Stop } | Should -Throw -ErrorId 'PathNotFileSystem,PancreasSeg.Commands.ImportCtSeriesCommand'
    }

    It 'goes on after a bad case' {
        $cases = Join-Path $TestDrive 'cases'
        New-Item $cases -ItemType Directory | Out-Null
        'a', 'b', 'c' | ForEach-Object { Copy-Item $example (Join-Path $cases $_) -Recurse }
        Remove-Item (Join-Path $cases 'b' 'slice020.dcm')
        (Import-CtSeries "$cases/*" -ErrorVariable failures -ErrorAction SilentlyContinue).Name | Should -Be 'a', 'c'
        $failures | Should -HaveCount 1
    }

    It 'throws for a path that does not exist and is silent for a wildcard without a match' {
        { Import-CtSeries (Join-Path $TestDrive 'nowhere') -ErrorAction Stop } | Should -Throw -ErrorId 'FileNotFound,PancreasSeg.Commands.ImportCtSeriesCommand'
        Import-CtSeries (Join-Path $TestDrive 'nowhere*') | Should -BeNullOrEmpty
    }

    It 'gives the same voxels in a culture with a decimal comma' {
        $culture = [cultureinfo]::CurrentCulture
        $expected = (Import-CtSeries $example).Grid
        try {
            [cultureinfo]::CurrentCulture = 'de-DE'
            (Import-CtSeries $example).Grid | Should -Be $expected
        }
        finally { [cultureinfo]::CurrentCulture = $culture }
    }
}

Describe 'Import-Segmentation' {
    BeforeAll {
        $organs = Join-Path $TestDrive 'organs.nii.gz'
        $phantom = New-CtPhantom -Seed 1 -Size 32, 32, 16 -Spacing 12, 10, 12
        $phantom.Label | Export-Nifti $organs
        $pancreas = [byte][PancreasSeg.Simulation.PhantomLabel]::Pancreas
    }

    It 'reads a label map whole or one label of it' {
        $count = $phantom.Label.Count($pancreas)
        $count | Should -BeGreaterThan 0
        (Import-Segmentation $organs).Count($pancreas) | Should -Be $count
        $one = Import-Segmentation $organs -LabelValue $pancreas
        $one.Count(1) | Should -Be $count
        $one.Labels.ToArray() | Sort-Object -Unique | Should -Be 0, 1
    }

    It 'names a label that is not there' {
        { Import-Segmentation $organs -LabelValue 200 -ErrorAction Stop } | Should -Throw -ErrorId 'LabelMissing,PancreasSeg.Commands.ImportSegmentationCommand'
    }

    It 'takes no CT, and a DICOM file is no NIfTI' {
        $phantom.Image | Export-Nifti (Join-Path $TestDrive 'ct.nii')
        { Import-Segmentation (Join-Path $TestDrive 'ct.nii') -ErrorAction Stop } | Should -Throw -ErrorId 'NiftiDataInvalid,PancreasSeg.Commands.ImportSegmentationCommand'
        Copy-Item (Join-Path $example 'slice001.dcm') (Join-Path $TestDrive 'fake.nii')
        { Import-CtSeries (Join-Path $TestDrive 'fake.nii') -ErrorAction Stop } | Should -Throw -ErrorId 'NiftiHeaderInvalid,PancreasSeg.Commands.ImportCtSeriesCommand'
    }
}
