using PancreasSeg.Network;
using PancreasSeg.Nifti;
using PancreasSeg.Simulation;

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

    /// <summary>Labels are laid over DICOM by voxel, one patient trains, the other one validates.</summary>
    [Fact]
    public void Training_on_the_layout_of_Pancreas_CT_gives_a_validated_model_for_whole_volumes()
    {
        foreach ((int patient, int seed) in new[] { (1, 10), (2, 12) })
        {
            PhantomCase phantom = CtPhantom.Create(new PhantomOptions { Seed = seed, Size = (144, 112, 48), Spacing = new(2.75, 2.75, 4), NoiseHu = 9 });
            PhantomSeries.Write(_folder[$"set/PANCREAS_000{patient}"], phantom.Image, $"1.2.826.0.1.99.{patient}", $"{patient}");
            LabelVolume pancreas = phantom.Label.Select((byte)PhantomLabel.Pancreas);
            NiftiFile.Write(_folder[$"set/label000{patient}.nii.gz"], pancreas);
        }
        ShellProcess.Result run = ShellProcess.Run(["-File", Path.Combine(s_examples, "train-ct82.ps1"), "-DataSet", _folder["set"], "-Destination", _folder["m.safetensors"],
            "-Folds", "2", "-Spacing", "10", "-BaseFilter", "2", "-MaxEpoch", "1"]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        PancreasModel model = ModelFile.Read(_folder["m.safetensors"]);
        Assert.StartsWith("PANCREAS_000", Assert.Single(model.Validation).Case, StringComparison.Ordinal);
        Assert.Equal((NetworkNorm.Instance, 10.0), (model.Network.Norm, model.Plan.Spacing![2]));
        Assert.Contains("\"patchSize\": null", File.ReadAllText(_folder["m.run/run.json"]), StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetFiles(_folder["pancreasseg-cache"]).Length);
    }

    /// <summary>Two patients with one CT.</summary>
    [Fact]
    public void Training_on_the_layout_of_Pancreas_CT_finds_a_copy_before_the_first_epoch()
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
        ShellProcess.Result run = ShellProcess.Run(arguments);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        byte[] model = File.ReadAllBytes(_folder["starter.safetensors"]);
        Assert.Equal(0, ShellProcess.Run(arguments).ExitCode);
        Assert.Equal(model, File.ReadAllBytes(_folder["starter.safetensors"]));
    }
}
