using PancreasSeg.Network;

namespace PancreasSeg.Core.Tests.Network.Foreign;

/// <summary>Damaged models of nnU-Net in every form, some of which ask for a program to be run, and damaged bundles of MONAI.</summary>
public sealed class ModelFuzzTests(ITestOutputHelper output) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Damaged_models_end_in_a_model_or_an_ordinary_error_and_run_nothing()
    {
        string trace = _folder.File("trace");
        byte[] intruder = [.. CheckpointWriter.Name("posix", "system"), .. CheckpointWriter.Text($"touch {trace}"), 0x85, (byte)'R'];
        string[] folders = [Write("zip", false, null), Write("stream", true, null), Write("evil zip", false, intruder),
            Write("evil stream", true, intruder)];
        PancreasModel model = ForeignModel.ReadNnUNet(folders[0], classes: ["pancreas"]);
        string files = Directory.CreateDirectory(_folder.File("files")).FullName;
        foreach (string name in (string[])["m.safetensors", "m.onnx"]) ModelFile.Write(model, Path.Combine(files, name));
        output.WriteLine(await FuzzProcess.Run(200, [.. folders, files, BundleWriter.Write(_folder.File("bundle"))]));
        Assert.False(File.Exists(trace));
    }

    private string Write(string name, bool isStream, byte[]? intruder)
    {
        var small = new SmallNnUNet { IsStream = isStream };
        small.Folds["fold_0"] = () => new CheckpointWriter { WithOptimizer = true, Intruder = intruder };
        return small.Write(_folder.File(name));
    }
}
