using System.Management.Automation;
using System.Reflection;
using PancreasSeg.Common;

namespace PancreasSeg.Tests;

public class ManifestTests(ModuleRunspace module) : IClassFixture<ModuleRunspace>
{
    private static readonly Type[] s_cmdlets =
        [.. typeof(Errors).Assembly.GetTypes().Where(t => t.IsDefined(typeof(CmdletAttribute), false)).OrderBy(t => t.Name)];

    private static string NameOf(Type cmdlet) =>
        cmdlet.GetCustomAttribute<CmdletAttribute>() is { } name ? $"{name.VerbName}-{name.NounName}" : "";

    [Fact]
    public void The_manifest_is_valid_and_for_this_powershell()
    {
        PSModuleInfo info = module.Invoke("Test-ModuleManifest -Path $args[0]", Repository.Manifest).Only<PSModuleInfo>();
        Assert.Equal(new Version(7, 6), info.PowerShellVersion);
        Assert.Equal(["Core"], info.CompatiblePSEditions);
        Assert.Contains("PSEdition_Core", info.Tags);
        Assert.Equal("https://github.com/pancreasseg/PancreasSeg", info.ProjectUri.OriginalString);
        Assert.StartsWith(info.ProjectUri.OriginalString, info.LicenseUri.OriginalString, StringComparison.Ordinal);
        // Update-Help would look there for pages that nobody offers.
        Assert.True(string.IsNullOrEmpty(info.HelpInfoUri));
    }

    [Fact]
    public void The_manifest_exports_exactly_the_cmdlets_and_aliases_there_are()
    {
        PSModuleInfo info = module.Invoke("Get-Module PancreasSeg").Only<PSModuleInfo>();
        Assert.Equal(s_cmdlets.Select(NameOf).Order(), info.ExportedCmdlets.Keys.Order());
        Assert.Equal(s_cmdlets.SelectMany(t => t.GetCustomAttribute<AliasAttribute>()?.AliasNames ?? []).Order(), info.ExportedAliases.Keys.Order());
        Assert.Empty(info.ExportedFunctions);
    }

    [Fact]
    public void Module_and_assemblies_have_one_version()
    {
        PSModuleInfo info = module.Invoke("Get-Module PancreasSeg").Only<PSModuleInfo>();
        foreach (Assembly assembly in new[] { typeof(Errors).Assembly, typeof(CtVolume).Assembly })
        {
            string version = assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
            Assert.Equal(info.Version.ToString(), version.Split('+', '-')[0]);
        }
    }

    [Fact]
    public void Cmdlets_have_approved_verbs_declared_outputs_and_a_class_named_after_them()
    {
        Assert.Empty(module.Invoke("Import-Module -Name $args[0] -Force", Repository.Manifest).Warnings);
        Assert.All(s_cmdlets, type =>
        {
            Assert.NotEmpty(type.GetCustomAttributes<OutputTypeAttribute>());
            Assert.Equal($"{NameOf(type).Replace("-", "", StringComparison.Ordinal)}Command", type.Name);
            Assert.True(type.IsSealed);
        });
    }

    [Fact]
    public void Files_the_manifest_names_are_there() =>
        Assert.All(["bin/PancreasSeg.dll", "bin/PancreasSeg.Core.dll", "bin/dependencies/TorchSharp.dll", "PancreasSeg.Format.ps1xml", "en-US/PancreasSeg.dll-Help.xml"],
            file => Assert.True(File.Exists(Path.Combine(Repository.Root, file)), file));

    [Fact]
    public void No_dependency_lies_where_powershell_would_load_it_for_everyone() =>
        Assert.Equal(["PancreasSeg.Core.dll", "PancreasSeg.dll"], Directory.GetFiles(Repository.StagedBin, "*.dll").Select(Path.GetFileName).Order());
}
