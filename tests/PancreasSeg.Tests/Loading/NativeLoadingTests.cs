namespace PancreasSeg.Tests.Loading;

public class NativeLoadingTests
{
    private const string Engines =
        "$r = Get-PancreasRuntime; \"torch=$($r.Torch)\"; \"onnx=$($r.OnnxRuntime)\"; \"problem=$($r.TorchProblem)\"; $r.LoadedLibraries";

    private static string[] Lines(ShellProcess.Result result)
    {
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        return result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    [Fact]
    public void Engines_come_out_of_the_staged_folder_into_the_modules_own_context()
    {
        string[] lines = Lines(ShellProcess.Command(Engines
            + "; [Runtime.Loader.AssemblyLoadContext]::All.Where({ $_.Assemblies.GetName().Name -contains 'TorchSharp' }).Name"));
        Assert.StartsWith("torch=2.", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("onnx=1.", lines[1], StringComparison.Ordinal);
        Assert.Equal("problem=", lines[2]);
        Assert.Equal("PancreasSeg", lines[^1]);
        Assert.All(lines[3..^1], file => Assert.StartsWith(ModuleCopy.Complete, file, StringComparison.Ordinal));
        Assert.True(lines.Length > 6);
    }

    [Fact]
    public void A_module_without_libtorch_says_so_in_one_line_and_writes_nothing_else()
    {
        using var module = new ModuleCopy();
        string[] lines = Lines(module.Run(Engines));
        Assert.Equal(3, lines.Length);
        Assert.Equal(["torch=", "onnx="], lines[..2]);
        Assert.StartsWith($"problem=The native library 'c10' for {NativeLibraries.Rid} is not in '{module.Natives}'.", lines[2],
            StringComparison.Ordinal);
        Assert.Contains("PANCREASSEG_NATIVE", lines[2], StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(module.Natives));
    }

    [Fact]
    public void A_broken_library_is_named_with_the_systems_reason()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the loader's words are Linux's");
        using var module = new ModuleCopy("libc10.so", "libonnxruntime.so");
        string broken = Path.Combine(module.Natives, "libtorch_cpu.so");
        File.WriteAllText(broken, new string('x', 200));
        string[] lines = Lines(module.Run(Engines));
        Assert.Equal($"problem='{broken}' cannot be loaded here: {broken}: invalid ELF header", lines[2].Split(" Install")[0]);
        Assert.StartsWith("onnx=1.", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public void The_named_folder_is_searched_first()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "broken libraries are Linux's here");
        using var module = new ModuleCopy();
        string[] lines =
            Lines(module.Run(Engines, new Dictionary<string, string> { [NativeLibraries.OverrideVariable] = ModuleCopy.Complete }));
        Assert.StartsWith("torch=2.", lines[0], StringComparison.Ordinal);
        Assert.All(lines[3..], file => Assert.StartsWith(ModuleCopy.Complete, file, StringComparison.Ordinal));

        File.WriteAllText(Path.Combine(module.Natives, "libc10.so"), new string('x', 200));
        string problem =
            Lines(ShellProcess.Command(Engines, new Dictionary<string, string> { [NativeLibraries.OverrideVariable] = module.Natives }))[2];
        Assert.Contains(module.Natives, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void What_another_module_loaded_before_serves_that_module_alone()
    {
        string own = Path.Combine(Repository.StagedBin, "dependencies"), folder = Directory.CreateTempSubdirectory("other").FullName;
        try
        {
            // The other module has no native library that this process can find.
            foreach (string file in Directory.GetFiles(own)) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
            Directory.CreateDirectory(Path.Combine(folder, "studies"));
            ShellProcess.Result result = ShellProcess.Command(
                $"Get-ChildItem '{folder}' -Filter *.dll | ForEach-Object {{ [Runtime.Loader.AssemblyLoadContext]::Default.LoadFromAssemblyPath($_.FullName) }} | Out-Null; "
                + $"(Start-PancreasBatch '{folder}/studies' '{folder}/out' '{Repository.Root}/tests/Fixtures/bright-tissue.safetensors').Outcome; "
                + "(Get-PancreasRuntime).TorchProblem; "
                + "[Runtime.Loader.AssemblyLoadContext]::All.Where({ $_.Name -eq 'PancreasSeg' }).Assemblies.Location");
            string[] lines = Lines(result);
            Assert.Equal("NothingFound", lines[0]);
            Assert.All(lines[1..], file => Assert.StartsWith(Repository.StagedBin, file, StringComparison.Ordinal));
            string[] needed = ["PancreasSeg.Core", "Microsoft.Data.Sqlite", "SQLitePCLRaw.core", "TorchSharp", "Microsoft.ML.OnnxRuntime"];
            foreach (string name in needed)
                Assert.Contains(lines, file => Path.GetFileName(file) == $"{name}.dll");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Scripts_find_the_types_of_the_modules_own_context()
    {
        string[] lines = Lines(ShellProcess.Command(
            "$missing = [PancreasSeg.CtVolume].Assembly.GetExportedTypes().Where({ -not $_.IsNested -and -not ($_.FullName -as [type]) }); \"missing=$missing\"; "
            + "([Collections.Generic.List[pancreasseg.ctvolume]]::new()).GetType().GenericTypeArguments[0] -eq [PancreasSeg.CtVolume]; "
            + "[Runtime.Loader.AssemblyLoadContext]::GetLoadContext([PancreasSeg.CtVolume].Assembly).Name"));
        Assert.Equal(["missing=", "True", "PancreasSeg"], lines);
    }

    [Fact]
    public void A_package_without_libtorch_is_told_from_a_broken_one()
    {
        using var module = new ModuleCopy([.. Directory.GetFiles(ModuleCopy.Complete, "*onnxruntime*").Select(f => Path.GetFileName(f))]);
        ShellProcess.Result result = module.Run(
            $"New-CtPhantom -Size 32, 32, 16 -Spacing 12 | Invoke-PancreasTraining '{Path.GetTempPath()}never.safetensors' -ErrorAction SilentlyContinue; "
            + "$Error[0].FullyQualifiedErrorId; $Error[0].ErrorDetails.RecommendedAction");
        string[] said = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^2..];
        Assert.StartsWith("NativeRuntimeMissing,", said[0], StringComparison.Ordinal);
        Assert.StartsWith("This package comes without libtorch and segments with ONNX Runtime (-Engine Onnx). To train, install the package",
            said[1], StringComparison.Ordinal);
        Assert.DoesNotContain("again", said[1], StringComparison.Ordinal);
    }
}
