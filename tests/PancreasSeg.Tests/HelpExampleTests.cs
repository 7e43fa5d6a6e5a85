using System.Text.Json;
using System.Text.Json.Nodes;
using PancreasSeg.Network;

namespace PancreasSeg.Tests;

/// <summary>Every example of every help page runs, reports no error and harms no file of the reader.</summary>
public sealed class HelpExampleTests
{
    private const int Fewest = 60;

    private static readonly Lazy<PesterResult[]> s_results = new(Run);

    public static TheoryData<PesterResult> Results => [.. s_results.Value];

    [Theory]
    [MemberData(nameof(Results), DisableDiscoveryEnumeration = true)]
    public void Example(PesterResult result) => Assert.True(result.Result == "Passed", result.Message);

    [Fact]
    public void None_is_forgotten() => Assert.InRange(s_results.Value.Length, Fewest, int.MaxValue);

    private static PesterResult[] Run()
    {
        using var module = new ModuleRunspace();
        string root = Directory.CreateTempSubdirectory("examples").FullName, folder = Path.Combine(root, "work");
        try
        {
            Directory.CreateDirectory(folder);
            WriteModels(folder);
            string script = Path.Combine(Repository.Root, "tests", "PancreasSeg.Tests", "Invoke-HelpExamples.ps1"),
                results = Path.Combine(root, "results.json");
            ShellProcess.Result run = ShellProcess.Run(
                ["-NoProfile", "-File", script, "-Root", Repository.Root, "-Folder", folder, "-Destination", results]);
            Assert.True(run.ExitCode == 0, run.Output + run.Error);
            return JsonSerializer.Deserialize<PesterResult[]>(File.ReadAllBytes(results))!;
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static void WriteModels(string folder)
    {
        new KerasTestFile().Write(Path.Combine(folder, "weights.hdf5"));

        PancreasModel starter = ModelFile.Read(Path.Combine(Repository.Root, "models", "pancreas-starter.safetensors"));
        ModelFile.Write(starter.Locator!, Path.Combine(folder, "locator.safetensors"));
        ModelFile.Write(new PancreasModel(starter.Header, starter.Weights), Path.Combine(folder, "refiner.safetensors"));

        var small = new SmallNnUNet();
        small.DataSet["labels"] = JsonNode.Parse("""{ "background": 0, "spleen": 1, "pancreas": 2, "liver": 3 }""");
        small.Configuration["spacing"] = JsonNode.Parse("[12.0, 12.0, 12.0]");
        string zip = small.WriteZip(folder);
        foreach (string name in (string[])["export", "Dataset291_TotalSegmentator_part1_organs_1559subj", "Dataset298_TotalSegmentator_total_6mm_1559subj"])
            File.Copy(zip, Path.Combine(folder, $"{name}.zip"));
        File.Delete(zip);
        Directory.Move(Path.Combine(folder, "Dataset900_Small"), Path.Combine(folder, "Dataset801_Pancreas"));

        ChannelNetwork.Write(Path.Combine(folder, "network.onnx"), 12);
    }
}
