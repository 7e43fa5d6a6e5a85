using PancreasSeg.Network;
using PancreasSeg.Nifti;
using PancreasSeg.Simulation;

namespace PancreasSeg.Tests;

/// <summary>The script of examples/ that needs DICOM of several patients; the others are tried in tests/Pester.</summary>
public sealed class ExampleTests : IDisposable
{
    private static readonly string s_examples = Path.Combine(Repository.Root, "examples");

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Labels are laid over DICOM by voxel, one patient trains, the other one validates.</summary>
    [Fact]
    public void Training_on_the_layout_of_Pancreas_CT_gives_a_validated_model_for_whole_volumes()
    {
        foreach ((int patient, int seed) in new[] { (1, 10), (2, 12) })
        {
            PhantomCase phantom =
                CtPhantom.Create(new PhantomOptions { Seed = seed, Size = (144, 112, 48), Spacing = new(2.75, 2.75, 4), NoiseHu = 9 });
            PhantomSeries.Write(_folder[$"set/PANCREAS_000{patient}"], phantom.Image, $"1.2.826.0.1.99.{patient}", $"{patient}");
            LabelVolume pancreas = phantom.Label.Select((byte)PhantomLabel.Pancreas);
            NiftiFile.Write(_folder[$"set/label000{patient}.nii.gz"], pancreas);
        }
        ShellProcess.Result run = ShellProcess.Run(
            ["-NoProfile", "-File", Path.Combine(s_examples, "train-ct82.ps1"), "-DataSet", _folder["set"], "-Destination",
                _folder["m.safetensors"],
            "-Folds", "2", "-Spacing", "10", "-BaseFilter", "2", "-MaxEpoch", "1"]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        PancreasModel model = ModelFile.Read(_folder["m.safetensors"]);
        Assert.StartsWith("PANCREAS_000", Assert.Single(model.Validation).Case, StringComparison.Ordinal);
        Assert.Equal((NetworkNorm.Instance, 10.0), (model.Network.Norm, model.Plan.Spacing![2]));
        Assert.Contains("\"patchSize\": null", File.ReadAllText(_folder["m.run/run.json"]), StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetFiles(_folder["pancreasseg-cache"]).Length);
    }
}
