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
        $info = Test-ModuleManifest $manifest
        $info.PowerShellVersion | Should -Be '7.6'
        $info.CompatiblePSEditions | Should -Be 'Core'
        $info.Tags | Should -Contain 'PSEdition_Core'
        $info.ProjectUri | Should -Be 'https://github.com/pancreasseg/PancreasSeg'
        "$($info.LicenseUri)" | Should -BeLike "$($info.ProjectUri)*"
        # Update-Help would look there for pages that nobody offers.
        $info.HelpInfoUri | Should -BeNullOrEmpty
    }

    It 'exports the cmdlets and aliases there are, and nothing else' {
        $module = Get-Module PancreasSeg
        $types = $module.ImplementingAssembly.GetTypes() | Where-Object { $_.IsDefined([System.Management.Automation.CmdletAttribute], $false) }
        $module.ExportedCmdlets.Values.ImplementingType.FullName | Sort-Object | Should -Be ($types.FullName | Sort-Object)
        $module.ExportedAliases.Keys | Should -Be 'Resize-CtVolume'
        $module.ExportedFunctions.Count | Should -Be 0
    }

    It 'has cmdlets with approved verbs, declared outputs and sealed classes named after them' {
        Import-Module $manifest -Force -WarningVariable warnings
        $warnings | Should -BeNullOrEmpty
        foreach ($command in Get-Command -Module PancreasSeg -CommandType Cmdlet) {
            $command.OutputType | Should -Not -BeNullOrEmpty -Because $command.Name
            $command.ImplementingType.Name | Should -Be "$($command.Verb)$($command.Noun)Command"
            $command.ImplementingType.IsSealed | Should -BeTrue -Because $command.Name
        }
    }

    It 'has one version in manifest and assemblies' {
        $module = Get-Module PancreasSeg
        foreach ($assembly in $module.ImplementingAssembly, [PancreasSeg.CtVolume].Assembly) {
            [System.Diagnostics.FileVersionInfo]::GetVersionInfo($assembly.Location).ProductVersion -replace '[+-].*' | Should -Be $module.Version
        }
    }

    It 'has the files that belong to it, and no dependency where PowerShell would load it for everyone' {
        foreach ($file in 'PancreasSeg.Format.ps1xml', 'en-US/PancreasSeg.dll-Help.xml', 'bin/dependencies/TorchSharp.dll') { Join-Path $root $file | Should -Exist }
        (Get-ChildItem (Join-Path $root 'bin') -Filter *.dll).Name | Should -Be 'PancreasSeg.Core.dll', 'PancreasSeg.dll', 'PancreasSeg.Loader.dll'
    }

    It 'makes its types known to scripts' {
        [PancreasSeg.CtVolume].FullName | Should -Be 'PancreasSeg.CtVolume'
    }

    It 'loads no engine when it is imported' -Skip:(-not $IsLinux) {
        $maps = & (Get-Process -Id $PID).Path -NoProfile -Command "Import-Module '$manifest'; Get-Content /proc/self/maps"
        $maps -match 'PancreasSeg\.Core\.dll' | Should -Not -BeNullOrEmpty
        $maps -match 'libtorch|libonnxruntime|TorchSharp' | Should -BeNullOrEmpty
    }

    It 'can be imported again and removed' {
        1..2 | ForEach-Object {
            Import-Module $manifest -Force
            (Get-PancreasRuntime).Torch | Should -Match '^2\.'
        }
        Remove-Module PancreasSeg
        Get-Command Get-PancreasRuntime -ErrorAction Ignore | Should -BeNullOrEmpty
        Import-Module $manifest
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
        Get-PancreasRuntime | Out-String | Should -Not -Match 'Problem'
    }

    It 'is shown with the reason in place of a missing version' {
        [pscustomobject]@{ PSTypeName = 'PancreasSeg.PancreasRuntimeInfo'; TorchProblem = 'no torch'; OnnxRuntime = '1.2.3' } | Out-String |
            Should -Match '(?m)^Torch\s+: no torch\r?\nOnnxRuntime\s+: 1\.2\.3'
    }

    It 'says the same in a culture with a decimal comma' {
        $culture = [cultureinfo]::CurrentCulture
        $expected = Get-PancreasRuntime | Select-Object ModuleVersion, Torch, OnnxRuntime, Platform | ConvertTo-Json
        try {
            [cultureinfo]::CurrentCulture = 'de-DE'
            Get-PancreasRuntime | Select-Object ModuleVersion, Torch, OnnxRuntime, Platform | ConvertTo-Json | Should -Be $expected
        }
        finally { [cultureinfo]::CurrentCulture = $culture }
    }

    It 'works in parallel runspaces' {
        $versions = 1..3 | ForEach-Object -Parallel { Import-Module $using:manifest; (Get-PancreasRuntime).Torch }
        $versions | Should -HaveCount 3
        $versions | Sort-Object -Unique | Should -HaveCount 1
    }

    It 'works in a thread job' -Skip:(-not (Get-Command Start-ThreadJob -ErrorAction Ignore)) {
        $job = Start-ThreadJob { Import-Module $using:manifest; (Get-PancreasRuntime).Torch }
        $job | Receive-Job -Wait -AutoRemoveJob | Should -Match '^2\.'
    }
}
