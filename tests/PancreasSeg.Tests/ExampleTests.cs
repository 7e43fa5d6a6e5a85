namespace PancreasSeg.Tests;

/// <summary>The scripts of examples/ as a newcomer runs them, in the console shell.</summary>
public sealed class ExampleTests : IDisposable
{
    private static readonly string s_examples = Path.Combine(Repository.Root, "examples");

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_quick_start_shows_where_the_mask_lies()
    {
        ShellProcess.Result run = ShellProcess.Run(["-File", Path.Combine(s_examples, "quick-start.ps1"), "-OutputPath", _folder["out"]]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains($"Mask:    {_folder["out/phantom_mask.nii.gz"]}", run.Output.ReplaceLineEndings(" ").Replace('\\', '/'), StringComparison.Ordinal);
        Assert.Equal(["out/phantom.nii.gz", "out/phantom_mask.nii.gz", "out/phantom_preview.png"], _folder.Files);
        Assert.Contains("Usable", run.Output, StringComparison.Ordinal);
    }

    /// <summary>Two patients with one CT: everything up to the first epoch works, labels laid over DICOM by voxel, and the copy is found.</summary>
    [Fact]
    public void Training_on_the_layout_of_Pancreas_CT_reads_and_checks_every_patient()
    {
        foreach (string patient in new[] { "PANCREAS_0001", "PANCREAS_0002" })
        {
            Directory.CreateDirectory(_folder[$"set/{patient}"]);
            foreach (string file in Directory.EnumerateFiles(Path.Combine(s_examples, "data", "phantom"))) File.Copy(file, Path.Combine(_folder[$"set/{patient}"], Path.GetFileName(file)));
            File.Copy(Path.Combine(s_examples, "data", "phantom-pancreas.nii.gz"), _folder[$"set/label{patient[^4..]}.nii.gz"]);
        }
        ShellProcess.Result run = ShellProcess.Run(["-File", Path.Combine(s_examples, "train-ct82.ps1"), "-DataSet", _folder["set"], "-Destination", _folder["m.safetensors"], "-Folds", "2"]);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("these cases show the same CT", (run.Output + run.Error).ReplaceLineEndings(" "), StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(_folder["pancreasseg-cache"]));
        Assert.False(File.Exists(_folder["m.safetensors"]));
    }

    [Fact]
    public void The_starter_models_script_trains_joins_and_goes_on()
    {
        string[] arguments = ["-File", Path.Combine(s_examples, "train-starter-model.ps1"), "-WorkPath", _folder["work"], "-Destination", _folder["starter.safetensors"],
            "-LocatorEpoch", "1", "-RefinerEpoch", "1", "-StepPerEpoch", "1", "-ValidationCase", "1", "-LocatorFilter", "2", "-RefinerFilter", "2"];
        Assert.Equal((0, ""), (ShellProcess.Run(arguments).ExitCode, ""));
        byte[] model = File.ReadAllBytes(_folder["starter.safetensors"]);
        Assert.Equal(0, ShellProcess.Run(arguments).ExitCode);
        Assert.Equal(model, File.ReadAllBytes(_folder["starter.safetensors"]));
    }
}
