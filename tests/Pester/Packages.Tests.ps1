#requires -Version 7.6
#requires -Modules @{ ModuleName = 'Pester'; ModuleVersion = '5.5.0' }

# Of the packages that lie in artifacts/, where ./build.ps1 -Task Pack has put them; without any, what can be told from the repository.
BeforeDiscovery {
    $root = (Resolve-Path "$PSScriptRoot/../..").Path
    $zips = @(Get-ChildItem (Join-Path $root 'artifacts') -Filter 'PancreasSeg-*.zip' -ErrorAction Ignore)
    $packages = @(Get-ChildItem (Join-Path $root 'artifacts' 'repositories') -Recurse -Filter '*.nupkg' -ErrorAction Ignore)
}

BeforeAll {
    $root = (Resolve-Path "$PSScriptRoot/../..").Path
    $version = (Import-PowerShellDataFile (Join-Path $root 'PancreasSeg.psd1')).ModuleVersion
    $rid = $IsWindows ? 'win-x64' : $IsMacOS ? 'osx-arm64' : 'linux-x64'

    # Imports by name from a folder of modules, in a process of its own.
    function Import-ByName([string] $Modules) {
        $path = $env:PSModulePath
        try {
            $env:PSModulePath = $Modules + [IO.Path]::PathSeparator + $path
            & (Get-Process -Id $PID).Path -NoProfile -NonInteractive -Command "Import-Module PancreasSeg; (Get-Module PancreasSeg).ModuleBase; (Get-Command -Module PancreasSeg -CommandType Cmdlet).Count; (Get-PancreasRuntime).OnnxRuntime; (Get-Help Get-CtSeries).Synopsis"
        }
        finally { $env:PSModulePath = $path }
    }

    # Links of a package's pages that lead to no file of it.
    function Find-DeadLink([string[]] $File, [string] $Base) {
        foreach ($page in $File -like '*.md') {
            $text = [regex]::Replace([IO.File]::ReadAllText((Join-Path $Base $page)), '(?ms)^(`{3,}).*?^\1', '')
            foreach ($link in [regex]::Matches($text, '\]\(([^)#:]+)(#[^)]*)?\)')) {
                $target = [IO.Path]::GetRelativePath($Base, [IO.Path]::GetFullPath((Join-Path $Base (Split-Path $page) $link.Groups[1].Value))).Replace('\', '/').TrimEnd('/')
                if ($target -notin $File -and -not ($File -like "$target/*")) { "${page}: $($link.Groups[1].Value)" }
            }
        }
    }
}

Describe 'What a package carries' {
    It 'has every page that its pages lead to' {
        $files = & {
            Get-ChildItem $root -File | Where-Object { $_.Extension -in '.md', '.psd1', '.ps1xml' -or $_.Name -eq 'LICENSE' }
            'en-US', 'docs', 'models', 'examples' | ForEach-Object { Get-ChildItem (Join-Path $root $_) -Recurse -File }
            Get-ChildItem (Join-Path $root 'benchmarks') -File
        } | ForEach-Object { [IO.Path]::GetRelativePath($root, $_.FullName).Replace('\', '/') }
        Find-DeadLink $files $root | Should -BeNullOrEmpty
    }

    It 'needs of Linux what the install page says, as its libraries state it' -Skip:(-not (Test-Path "$PSScriptRoot/../../bin/runtimes/linux-x64")) {
        $needs = foreach ($file in Get-ChildItem (Join-Path $root 'bin/runtimes/linux-x64/native') -File) {
            $text = [Text.Encoding]::Latin1.GetString([IO.File]::ReadAllBytes($file))
            [regex]::Matches($text, '\0(GLIBC|GLIBCXX)_(\d+(\.\d+)+)(?=\0)') | ForEach-Object {
                [pscustomobject]@{ File = $file.Name; Of = $_.Groups[1].Value; Version = [version]$_.Groups[2].Value }
            }
        }
        # Weak: nothing calls it (CONTRIBUTING, native libraries).
        $needs = $needs.Where({ -not ($_.File -eq 'libLibTorchSharp.so' -and $_.Version -eq [version]'3.4.32') })
        function Get-Most($Rows, $Of) { ($Rows | Where-Object Of -eq $Of | Sort-Object Version -Descending)[0].Version }
        $page = Get-Content (Join-Path $root 'docs/install.md') | Where-Object { $_ -like '| Linux x64 |*' }
        $all, $onnx = $page.Split('|')[2, 3]
        $all | Should -Match "glibc $(Get-Most $needs GLIBC),.*GLIBCXX_$(Get-Most $needs GLIBCXX)\)"
        $light = $needs.Where({ $_.File -match 'onnxruntime|sqlite' })
        $onnx | Should -Match "glibc $(Get-Most $light GLIBC),.*GLIBCXX_$(Get-Most $light GLIBCXX)\)"
    }
}

if ($zips) {
    Describe 'The package <_.Name>' -ForEach $zips {
        It 'unpacks into a folder of modules, and is imported by name' {
            $modules = Join-Path $TestDrive $_.BaseName
            [IO.Compression.ZipFile]::ExtractToDirectory($_.FullName, $modules)
            (Get-ChildItem $modules).Name | Should -Be 'PancreasSeg'
            (Get-ChildItem (Join-Path $modules 'PancreasSeg')).Name | Should -Be $version
            $base = Join-Path $modules 'PancreasSeg' $version
            $files = Get-ChildItem $base -Recurse -File | ForEach-Object { [IO.Path]::GetRelativePath($base, $_.FullName).Replace('\', '/') }
            Find-DeadLink $files $base | Should -BeNullOrEmpty
            if ($_.Name -notlike "*-$rid*") { return }
            $told = Import-ByName $modules
            $told[0] | Should -Be $base
            $told[1] | Should -Be (Import-PowerShellDataFile (Join-Path $root 'PancreasSeg.psd1')).CmdletsToExport.Count
            $told[2] | Should -Match '^1\.'
            $told[3] | Should -BeLike 'Lists the DICOM series*'
        }
    }
}

if ($packages) {
    Describe 'The package for a repository, <_.Directory.Name>' -ForEach $packages {
        It 'is what Install-PSResource looks for, and what it makes of it is imported by name' {
            $unpacked = Join-Path $TestDrive $_.Directory.Name
            [IO.Compression.ZipFile]::ExtractToDirectory($_.FullName, $unpacked)
            [xml]$spec = Get-Content (Join-Path $unpacked 'PancreasSeg.nuspec')
            $spec.package.metadata.id | Should -Be 'PancreasSeg'
            $spec.package.metadata.version | Should -Be $version
            $spec.package.metadata.tags -split ' ' | Should -Contain 'PSModule'
            $_.Name | Should -Be "PancreasSeg.$version.nupkg"
            Join-Path $unpacked 'PancreasSeg.psd1' | Should -Exist
            # PSResourceGet takes the package's own parts away and moves the rest to <modules>/<id>/<version>.
            Remove-Item -Recurse -Force (Join-Path $unpacked '_rels'), (Join-Path $unpacked 'package')
            Remove-Item -LiteralPath (Join-Path $unpacked '[Content_Types].xml')
            Remove-Item (Join-Path $unpacked 'PancreasSeg.nuspec')
            if ($_.Directory.Name -notlike "$rid*") { return }
            $modules = Join-Path $TestDrive "installed-$($_.Directory.Name)"
            New-Item -ItemType Directory (Join-Path $modules 'PancreasSeg') -Force | Out-Null
            Move-Item $unpacked (Join-Path $modules 'PancreasSeg' $version)
            (Import-ByName $modules)[0] | Should -Be (Join-Path $modules 'PancreasSeg' $version)
        }
    }
}
