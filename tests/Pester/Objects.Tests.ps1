#requires -Version 7.6
#requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.5.0' }

BeforeDiscovery {
    Import-Module "$PSScriptRoot/../../PancreasSeg.psd1" -Force
    $emitted = (Get-Command -Module PancreasSeg).OutputType.Type | Where-Object Namespace -like 'PancreasSeg*' | Sort-Object FullName -Unique
}

BeforeAll {
    $root = (Resolve-Path "$PSScriptRoot/../..").Path
    Import-Module (Join-Path $root 'PancreasSeg.psd1') -Force
    $example = Join-Path $root 'examples' 'data' 'phantom'
    $bright = Join-Path $root 'tests' 'Fixtures' 'bright-tissue.safetensors'
    $cases = New-CtPhantom -Seed 1, 2, 3 -Size 32, 32, 16 -Spacing 12, 10, 12
    $small = @{ Size = 32, 32, 16; BaseFilter = 2; ThreadCount = 1; Validation = @{ Fraction = 0.67 }; WarningAction = 'SilentlyContinue' }
    $trained = @($cases | Invoke-PancreasTraining (Join-Path $TestDrive 'a.safetensors') @small -MaxEpoch 1)
    New-Item -ItemType Directory (Join-Path $TestDrive 'export') | Out-Null
    Copy-Item -Recurse $example (Join-Path $TestDrive 'export' 'one')
    $quiet = @{ WarningAction = 'SilentlyContinue' }
    $series = Get-CtSeries $example
    $result = Invoke-PancreasSegmentation $example -Model $bright @quiet

    # One of each type that a cmdlet emits.
    $objects = @(
        $cases[0], $cases[0].Image, $cases[0].Label, $series, $result
        $trained
        Compare-PancreasModel $trained[-1] $trained[-1]
        $cases | Measure-TrainingData
        $cases | Measure-TrainingData -Summary
        $cases | Measure-TrainingData -Summary | New-TrainingPlan -BaseFilter 2
        $cases | Invoke-PancreasCrossValidation (Join-Path $TestDrive 'cv') -Folds 3 -MaxEpoch 1 -Size 32, 32, 16 -BaseFilter 2 -ThreadCount 1 @quiet
        $result | Measure-Segmentation -Reference $result.Mask
        $result | Measure-Segmentation -Reference $result.Mask -Summary
        Test-PancreasModel $bright $example @quiet
        Get-PancreasRuntime
        # Without an archive to ask, or a model that tells what to expect: as they are before the answer.
        [PancreasSeg.Pacs.SendResult], [PancreasSeg.Pacs.DicomServerInfo], [PancreasSeg.Pacs.DicomSeriesReference], [PancreasSeg.Evaluation.ReliabilityRow] |
            ForEach-Object { [activator]::CreateInstance($_, $true) }
        Start-PancreasBatch (Join-Path $TestDrive 'export') (Join-Path $TestDrive 'out') $bright @quiet
    )

    function ConvertTo-Row($Object) { $Object | ConvertTo-Csv | ConvertFrom-Csv }
}

Describe 'An object of the type <_.FullName>' -ForEach $emitted {
    BeforeAll {
        $type = $_
        $object = $objects | Where-Object { $_ -is $type } | Select-Object -First 1
    }

    It 'is among those that are looked at here' { $object | Should -Not -BeNullOrEmpty }

    It 'has no cell of a table that names a type in place of what it holds' {
        foreach ($cell in (ConvertTo-Row $object).PSObject.Properties) {
            # Voxels do not go into tables.
            if ($cell.Name -notin 'Integers', 'Floats', 'Labels') { $cell.Value | Should -Not -Match 'System\.|PancreasSeg\.|`\d|\w \{ \w+ = ' -Because $cell.Name }
        }
    }

    It 'has a heading of one line in a window of 80 columns, where it is shown as a table' {
        $lines = @($object | Out-String -Width 80 -Stream | Where-Object { $_.Trim() })
        $rule = (0..($lines.Count - 1)).Where({ $lines[$_] -match '^\s*-{2,}(\s+-{2,})*\s*$' }, 'First')
        if ($rule) { $rule[0] | Should -Be 1 -Because ($lines[0..$rule[0]] -join [Environment]::NewLine) }
    }

    It 'has lists in JSON where it has lists, and reads back' {
        $back = $object | ConvertTo-Json -EnumsAsStrings -WarningAction SilentlyContinue | ConvertFrom-Json
        foreach ($property in $type.GetProperties()) {
            $value = $object.($property.Name)
            if ($value -is [System.Collections.IList]) { @($back.($property.Name)) | Should -HaveCount $value.Count -Because $property.Name }
            if ($value -is [string] -or $value -is [enum]) { $back.($property.Name) | Should -Be "$value" -Because $property.Name }
        }
    }

    It 'shows members that a person can use, and none that changes it' {
        $members = $object | Get-Member
        $members.Name | Should -Not -Match '[<>$]'
        $members | Where-Object MemberType -eq Property | ForEach-Object Definition | Should -Not -Match 'set;'
    }

    It 'has a text of its own, the same in every culture' {
        $culture = [cultureinfo]::CurrentCulture
        $text = $object.ToString()
        $text | Should -Not -Match 'PancreasSeg\.|\w \{ \w+ = '
        try {
            [cultureinfo]::CurrentCulture = 'de-DE'
            $object.ToString() | Should -Be $text
            foreach ($property in $type.GetProperties().Where({ $_.PropertyType.Assembly -eq $type.Assembly -and -not $_.PropertyType.IsEnum })) {
                if ($null -eq ($value = $object.($property.Name))) { continue }
                $german = $value.ToString()
                [cultureinfo]::CurrentCulture = 'en-US'
                $german | Should -Be $value.ToString() -Because $property.Name
                [cultureinfo]::CurrentCulture = 'de-DE'
            }
        }
        finally { [cultureinfo]::CurrentCulture = $culture }
    }

    It 'says what matters where it stands behind a table of others' {
        $set = $object.PSStandardMembers.DefaultDisplayPropertySet.ReferencedPropertyNames
        $set | Should -Not -BeNullOrEmpty
        $set | ForEach-Object { $object.PSObject.Properties.Name | Should -Contain $_ }
        $text = $(Get-Item $TestDrive; $object) | Out-String -Width 200
        $text | Should -Not -Match 'System\.|PancreasSeg\.\w|\w \{ \w+ = '
    }
}

Describe 'A table of results' {
    It 'has a row for each, with reasons, notes and where it came from' {
        $file = Join-Path $TestDrive 'results.csv'
        $short = New-CtPhantom -Seed 4 -Size 64, 64, 8 -Spacing 5, 5, 5
        @($result) + @($short.Image | Invoke-PancreasSegmentation -Model $bright @quiet) | Export-Csv $file
        $rows = Import-Csv $file
        $rows | Should -HaveCount 2
        $rows[0].SourcePath | Should -Be $example
        $rows[0].SeriesUid | Should -Be $series.SeriesInstanceUid
        [double]::Parse($rows[0].Seconds, [cultureinfo]::InvariantCulture) | Should -BeGreaterThan 0
        $rows[1].Reasons | Should -Not -BeNullOrEmpty
        $rows[1].Reasons -split '; ' | ForEach-Object { $_ | Should -BeIn ([enum]::GetNames([PancreasSeg.Segmentation.SegmentationReason])) }
    }

    It 'has spacings and files of series as one would write them' {
        $row = ConvertTo-Row $series
        $row.Spacing | Should -Be '2.75 x 2.75 x 4'
        $row.Files | Should -Be '48 files'
        $series.Spacing[2] | Should -Be 4
        $series.Files | Should -HaveCount 48
    }

    It 'filters by what lies flat' {
        $objects | Where-Object SourcePath -eq $example | Should -Not -BeNullOrEmpty
        $result | Where-Object Reasons -contains 'Nothing' | Should -BeNullOrEmpty
        $cases[0].Image | Resize-Volume -Spacing $series.Spacing | ForEach-Object { $_.Spacing[0] } | Should -Be 2.75
    }
}
