using System.Globalization;

namespace PancreasSeg.Tests.Commands;

public class GetPancreasRuntimeTests(ModuleRunspace module) : IClassFixture<ModuleRunspace>
{
    [Fact]
    public void It_emits_one_description_and_says_where_it_looked()
    {
        Invocation said = module.Invoke("Get-PancreasRuntime -Verbose");
        var info = said.Only<PancreasRuntimeInfo>();
        Assert.Equal((null, null), (info.TorchProblem, info.OnnxProblem));
        Assert.Contains(said.Verbose, line => line.Contains(info.NativeFolders[0], StringComparison.Ordinal));
        Assert.Contains(said.Verbose, line => line.Contains("LibTorchSharp", StringComparison.Ordinal));
        Assert.Empty(said.Warnings);
    }

    [Fact]
    public void Types_of_the_module_are_known_to_scripts() =>
        Assert.Equal("PancreasSeg.CtVolume", module.Invoke("[PancreasSeg.CtVolume].FullName").Only<string>());

    [Fact]
    public void Tab_completes_the_name() => Assert.Equal(["Get-PancreasRuntime"], module.Complete("Get-PancreasR"));

    [Fact]
    public void Parallel_runspaces_share_the_engines()
    {
        Invocation said = module.Invoke("1..3 | ForEach-Object -Parallel { Import-Module $using:args[0]; (Get-PancreasRuntime).Torch }", Repository.Manifest).ThrowIfFailed();
        Assert.Equal(3, said.Output.Count);
        Assert.Single(said.Values.Distinct());
    }

    [Fact]
    public void A_german_user_sees_the_same()
    {
        const string Script = "[Threading.Thread]::CurrentThread.CurrentCulture = $args[0]; $r = Get-PancreasRuntime; $r.ModuleVersion, $r.Torch, $r.OnnxRuntime, $r.Platform";
        Assert.Equal(
            module.Invoke(Script, CultureInfo.InvariantCulture).ThrowIfFailed().Values,
            module.Invoke(Script, CultureInfo.GetCultureInfo("de-DE")).ThrowIfFailed().Values);
    }
}
