#requires -Version 7.6
#requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.5.0' }

BeforeAll {
    $root = (Resolve-Path "$PSScriptRoot/../..").Path
    $manifest = Join-Path $root 'PancreasSeg.psd1'
    Import-Module $manifest -Force
}

AfterAll {
    Remove-Module PancreasSeg
}

Describe 'The module' {
    It 'has a valid manifest' {
        (Test-ModuleManifest $manifest).PowerShellVersion | Should -Be '7.6'
    }

    It 'exports cmdlets only, with approved verbs' {
        $module = Get-Module PancreasSeg
        $module.ExportedFunctions.Count | Should -Be 0
        $module.ExportedCmdlets.Values.Verb | Sort-Object -Unique | Should -BeIn (Get-Verb).Verb
    }

    It 'makes its types known to scripts' {
        [PancreasSeg.CtVolume].FullName | Should -Be 'PancreasSeg.CtVolume'
    }

    It 'loads no engine when it is imported' -Skip:(-not $IsLinux) {
        $maps = & (Get-Process -Id $PID).Path -NoProfile -Command "Import-Module '$manifest'; Get-Content /proc/self/maps"
        $maps -match 'libtorch|libonnxruntime' | Should -BeNullOrEmpty
    }

    It 'can be imported again and removed' {
        Import-Module $manifest -Force
        (Get-PancreasRuntime).Torch | Should -Match '^2\.'
        Remove-Module PancreasSeg
        Get-Command Get-PancreasRuntime -ErrorAction Ignore | Should -BeNullOrEmpty
        Import-Module $manifest
    }

    It 'explains <_> with a synopsis, a description and two examples' -ForEach @('Get-PancreasRuntime') {
        $help = Get-Help $_ -Full
        $help.Synopsis | Should -Not -Match "^\s*$_"
        $help.Description.Text | Should -Not -BeNullOrEmpty
        $help.Examples.Example.Count | Should -BeGreaterOrEqual 2
    }

    It 'has an about topic' {
        Get-Help about_PancreasSeg | Should -Match 'SHORT DESCRIPTION'
    }
}

Describe 'Get-PancreasRuntime' {
    It 'finds both engines in the module folder' {
        $runtime = Get-PancreasRuntime
        $runtime | Should -BeOfType PancreasSeg.PancreasRuntimeInfo
        $runtime.TorchProblem | Should -BeNullOrEmpty
        $runtime.OnnxProblem | Should -BeNullOrEmpty
        $runtime.Devices[0] | Should -Be 'cpu'
        $runtime.LoadedLibraries | ForEach-Object { $_ | Should -BeLike "$root*" }
    }

    It 'tells where it looks' {
        $lines = Get-PancreasRuntime -Verbose 4>&1 | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] }
        $lines -match 'native' | Should -Not -BeNullOrEmpty
    }

    It 'is shown as a list' {
        Get-PancreasRuntime | Out-String | Should -Match '(?m)^Devices\s+: \{cpu'
    }

    It 'works in parallel runspaces' {
        $versions = 1..3 | ForEach-Object -Parallel { Import-Module $using:manifest; (Get-PancreasRuntime).Torch }
        $versions | Should -HaveCount 3
    }

    It 'works in a thread job' -Skip:(-not (Get-Command Start-ThreadJob -ErrorAction Ignore)) {
        $job = Start-ThreadJob { Import-Module $using:manifest; (Get-PancreasRuntime).Torch }
        $job | Receive-Job -Wait -AutoRemoveJob | Should -Match '^2\.'
    }
}
