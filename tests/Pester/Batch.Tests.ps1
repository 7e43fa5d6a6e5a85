#requires -Version 7.6
#requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.5.0' }

BeforeAll {
    $root = (Resolve-Path "$PSScriptRoot/../..").Path
    Import-Module (Join-Path $root 'PancreasSeg.psd1') -Force
    $example = Join-Path $root 'examples' 'data' 'phantom'
    # Marks whatever is brighter than 120 HU.
    $model = Join-Path $root 'tests' 'Fixtures' 'bright-tissue.safetensors'
}

Describe 'Start-PancreasBatch' {
    BeforeEach {
        $case = Join-Path $TestDrive ([guid]::NewGuid())
        $studies = Join-Path $case 'studies'
        $out = Join-Path $case 'out'
        New-Item $studies -ItemType Directory | Out-Null
        'a', 'b' | ForEach-Object { Copy-Item $example (Join-Path $studies $_) -Recurse }
    }

    It 'emits one item per study and a summary with an exit code' {
        $all = Start-PancreasBatch $studies $out $model
        $all | Should -HaveCount 3
        $all[-1] | Should -BeOfType PancreasSeg.Batch.BatchSummary
        $all[-1].ExitCode | Should -Be 0
        $all[-1].Report | Should -Exist
        ($all[0..1].Study | Sort-Object) | Should -Be 'a', 'b'
        foreach ($file in 'mask.nii.gz', 'preview.png', 'result.json') { Join-Path $out 'cases' 'a' $file | Should -Exist }
        (Get-Content (Join-Path $out 'cases' 'a' 'result.json') -Raw | ConvertFrom-Json).volumeMl | Should -BeGreaterThan 0
    }

    It 'does nothing twice, and everything again with -Force' {
        Start-PancreasBatch $studies $out $model | Out-Null
        $again = Start-PancreasBatch $studies $out $model
        ($again | Where-Object IsSkipped) | Should -HaveCount 2
        $again[-1].Done | Should -Be 0
        (Start-PancreasBatch $studies $out $model -Force)[-1].Done | Should -Be 2
    }

    It 'goes on after a bad study, and tries it again with -Retry' {
        Remove-Item (Join-Path $studies 'a' 'slice020.dcm')
        $all = Start-PancreasBatch $studies $out $model -WarningVariable warnings -WarningAction SilentlyContinue
        $all[-1].ExitCode | Should -Be 2
        ($all | Where-Object Study -eq 'a').Reasons | Should -Be 'SliceMissing'
        ($all | Where-Object Study -eq 'b').State | Should -Be 'Done'
        # A study without a mask is no pair of masks, and the summary is none at all.
        $truth = (Join-Path $root 'examples' 'data' 'phantom-pancreas.nii.gz')
        $scores = $all | Measure-Segmentation -Reference $truth -ErrorAction SilentlyContinue -ErrorVariable failures
        $scores.Name | Should -Be 'b'
        "$failures" | Should -BeLike "*'a' has no mask: Failed*"
        $line = "Get-PancreasBatch '$out' -Study "
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be 'b'
        @($warnings -match '^a: .*slice') | Should -HaveCount 1
        Copy-Item (Join-Path $example 'slice020.dcm') (Join-Path $studies 'a')
        (Start-PancreasBatch $studies $out $model)[-1].ExitCode | Should -Be 0
    }

    It 'puts its summary into a variable when asked, so that its pipe makes a table' {
        $night = 'old'
        $rows = Start-PancreasBatch $studies $out $model -SummaryVariable night | ConvertTo-Csv | ConvertFrom-Csv
        $rows.Study | Should -Be 'a', 'b'
        $night | Should -BeOfType PancreasSeg.Batch.BatchSummary
        $night.ExitCode | Should -Be 0
        try { Start-PancreasBatch $studies $studies $model -SummaryVariable night -ErrorAction Stop }
        catch { $_.FullyQualifiedErrorId | Should -BeLike 'OutputIsInput,*' }
        $night | Should -BeNullOrEmpty
    }

    It 'stops at the limits with code 5' {
        (Start-PancreasBatch $studies $out $model -MaxCase 1)[-1].ExitCode | Should -Be 5
        Get-PancreasBatch $out | Should -HaveCount 1
    }

    It 'shows the same in its journal: studies, history, runs' {
        $all = Start-PancreasBatch $studies $out $model -PatientKey @{ b = 'K7' } -Filter @{ Newest = $true } -Viewer -WarningVariable warnings -WarningAction SilentlyContinue
        $viewer = Test-Path (Join-Path $root 'bin' 'viewer' 'niivue.umd.js')
        Test-Path (Join-Path $out 'cases' 'b' 'view.html') | Should -Be $viewer
        [bool]($warnings -match '-t:FetchViewer') | Should -Be (-not $viewer)
        (Get-PancreasBatch $out | Sort-Object Study | ForEach-Object { "$($_.Study) $($_.State) $($_.PatientKey)" }) | Should -Be 'a Done ', 'b Done K7'
        (Get-PancreasBatch $out b* -History).Study | Should -Be 'b'
        (Get-PancreasBatch $out -Run).Outcome | Should -Be $all[-1].Outcome
    }

    It 'shows reasons whole at 80 columns' {
        Remove-Item (Join-Path $studies 'a' 'slice020.dcm')
        Start-PancreasBatch $studies $out $model -WarningAction SilentlyContinue | Out-Null
        $lines = Get-PancreasBatch $out | Out-String -Width 80 -Stream
        @($lines -match '^a +Failed .* s SliceMissing$') | Should -HaveCount 1
        ($lines | Measure-Object Length -Maximum).Maximum | Should -BeLessOrEqual 80
        (Get-PancreasBatch $out a).Message | Should -Match 'slice'
    }

    It 'logs one JSON object per line' {
        Start-PancreasBatch $studies $out $model | Out-Null
        $events = Get-ChildItem (Join-Path $out 'logs') | Get-Content | ConvertFrom-Json
        $events[0].event | Should -Be 'run-started'
        ($events | Where-Object event -eq 'study-ended') | Should -HaveCount 2
        $events[-1].outcome | Should -Be 'Completed'
    }

    It 'creates nothing with -WhatIf' {
        $night = 'old'
        Start-PancreasBatch $studies $out $model -WhatIf -SummaryVariable night | Should -BeNullOrEmpty
        $night | Should -Be 'old'
        $out | Should -Not -Exist
    }
}

Describe 'Get-PancreasBatch' {
    It 'is an error where there is no journal' {
        Get-PancreasBatch $TestDrive -ErrorVariable failure -ErrorAction SilentlyContinue
        $failure[0].FullyQualifiedErrorId | Should -Be 'FileNotFound,PancreasSeg.Commands.GetPancreasBatchCommand'
    }
}
