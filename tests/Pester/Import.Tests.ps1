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
}

Describe 'Import-CtSeries' {
    It 'reads a folder into one volume' {
        $ct = Import-CtSeries $example
        $ct | Should -BeOfType PancreasSeg.CtVolume
        $ct.Size | Should -Be 144, 112, 48
        $ct.Name | Should -Be 'phantom'
        $ct.Grid.Orientation | Should -Be 'LPS'
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

    It 'goes on after a bad case' {
        $cases = Join-Path $TestDrive 'cases'
        New-Item $cases -ItemType Directory | Out-Null
        'a', 'b', 'c' | ForEach-Object { Copy-Item $example (Join-Path $cases $_) -Recurse }
        Remove-Item (Join-Path $cases 'b' 'slice020.dcm')
        (Import-CtSeries "$cases/*" -ErrorAction SilentlyContinue).Name | Should -Be 'a', 'c'
    }

    It 'throws for a path that does not exist and is silent for a wildcard without a match' {
        { Import-CtSeries (Join-Path $TestDrive 'nowhere') -ErrorAction Stop } | Should -Throw -ErrorId 'FileNotFound,PancreasSeg.Commands.ImportCtSeriesCommand'
        Import-CtSeries (Join-Path $TestDrive 'nowhere*') | Should -BeNullOrEmpty
    }

    It 'completes the UIDs under the path' {
        $line = "Import-CtSeries '$example' -SeriesInstanceUid "
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be (Get-CtSeries $example).SeriesInstanceUid
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
