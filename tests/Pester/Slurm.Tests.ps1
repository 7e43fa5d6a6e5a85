#requires -Version 7.6
#requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.5.0' }

BeforeAll {
    $root = (Resolve-Path "$PSScriptRoot/../..").Path
    Import-Module (Join-Path $root 'PancreasSeg.psd1') -Force
    # Marks whatever is brighter than 120 HU.
    $model = Join-Path $root 'tests' 'Fixtures' 'bright-tissue.safetensors'
    $studies = Join-Path $TestDrive "pat's studies"
    'a', 'b' | ForEach-Object { Copy-Item (Join-Path $root 'examples' 'data' 'phantom') (New-Item (Join-Path $studies $_) -ItemType Directory -Force) -Recurse }
}

Describe 'New-PancreasSlurmJob' {
    It 'writes scripts whose batch does each shard, whatever the parameters' {
        $out = Join-Path $TestDrive 'out'
        $files = New-PancreasSlurmJob $studies $out $model (Join-Path $TestDrive 'job') -ShardCount 2 -PassThru -BatchParameter @{
            Group = 'Study'; Filter = @{ MostSlices = $true }; ThrottleLimit = 1; Retry = $true; LargestComponent = [switch]$false
        }
        $files.Name | Should -Be 'batch.ps1', 'shard.sbatch', 'report.sbatch', 'submit.sh'
        foreach ($shard in '0/2', '1/2') {
            & ([Environment]::ProcessPath) -NoProfile -NonInteractive -File $files[0] $shard | Out-Null
            $LASTEXITCODE | Should -BeIn 0, 3
        }
        $all = New-PancreasReport $out
        $all.Done | Should -Be 1       # the two entries are one examination
        $all.ExitCode | Should -Be 0
        $all.Report | Should -Exist
    }

    It 'tells memory by the model, or takes it as it is' {
        $job = @{ Path = $studies; OutputPath = 'x'; Model = $model; Destination = Join-Path $TestDrive 'memory' }
        New-PancreasSlurmJob @job
        Get-Content (Join-Path $job.Destination 'shard.sbatch') -Raw | Should -Match '--array=0-39%10 .*--mem=\d{4}M'
        New-PancreasSlurmJob @job -MemoryPerTask 16GB -Partition low
        Get-Content (Join-Path $job.Destination 'shard.sbatch') -Raw | Should -Match '(?s)--mem=16384M.*--partition=low'
        { New-PancreasSlurmJob @job -NoClobber -ErrorAction Stop } | Should -Throw -ErrorId 'NoClobber,PancreasSeg.Commands.NewPancreasSlurmJobCommand'
    }

    It 'writes full paths, and asks for the memory that plan and locator leave unknown' {
        Push-Location $TestDrive
        try {
            $job = @{ Path = $studies; OutputPath = 'x'; Model = $model; Destination = Join-Path $TestDrive 'paths' }
            New-PancreasSlurmJob @job -MemoryPerTask 16GB -BatchParameter @{ Plan = 'a/plan.json'; Locator = 'first.safetensors' }
            $script = Get-Content (Join-Path $job.Destination 'batch.ps1') -Raw
            foreach ($name in 'a/plan.json', 'first.safetensors') { $script | Should -Match ([regex]::Escape((Join-Path $TestDrive $name))) }
            { New-PancreasSlurmJob @job -BatchParameter @{ Locator = $model } } | Should -Throw -ErrorId 'SettingInvalid,*'
            { New-PancreasSlurmJob @job -BatchParameter @{ Locator = Get-PancreasModel $model } } | Should -Throw -ErrorId 'ParameterConflict,*'
        }
        finally { Pop-Location }
    }

    It 'refuses a parameter that the batch has not, and one that is set otherwise' {
        foreach ($name in 'Nonsense', 'Shard', 'Server', 'sendback', 'CertificateFingerprint') {
            { New-PancreasSlurmJob $studies 'x' $model $TestDrive -BatchParameter @{ $name = 1 } } | Should -Throw -ErrorId 'ParameterConflict,PancreasSeg.Commands.NewPancreasSlurmJobCommand'
        }
    }
}

Describe 'New-PancreasReport' {
    It 'names a folder without a journal' {
        { New-PancreasReport $TestDrive -ErrorAction Stop } | Should -Throw -ErrorId 'FileNotFound,PancreasSeg.Commands.NewPancreasReportCommand'
    }
}
