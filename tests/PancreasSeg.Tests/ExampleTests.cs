namespace PancreasSeg.Tests;

/// <summary>The scripts of examples/ as a newcomer runs them, in the console shell.</summary>
public sealed class ExampleTests : IDisposable
{
    private static readonly string s_examples = Path.Combine(Repository.Root, "examples");
    private static readonly string s_model = Path.Combine(Repository.Root, "models", "pancreas-starter.safetensors");

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_quick_start_shows_where_the_mask_lies()
    {
        ShellProcess.Result run = ShellProcess.Run(["-File", Path.Combine(s_examples, "quick-start.ps1"), "-OutputPath", _folder["out"]]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains($"Mask: {_folder["out/phantom_mask.nii.gz"]}", run.Output.ReplaceLineEndings(" ").Replace('\\', '/'), StringComparison.Ordinal);
        Assert.Equal(["out/phantom.nii.gz", "out/phantom_mask.nii.gz"], _folder.Files);
        Assert.Contains("Usable", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_nightly_batch_ends_with_1_when_a_study_failed_and_0_when_none_did()
    {
        string[] arguments = ["-File", Path.Combine(s_examples, "nightly-batch.ps1"), "-StudyRoot", _folder["studies"], "-OutputPath", _folder["masks"], "-Model", s_model];
        foreach (string file in Directory.EnumerateFiles(Path.Combine(s_examples, "data", "phantom")))
        {
            Directory.CreateDirectory(_folder["studies/good"]);
            File.Copy(file, Path.Combine(_folder["studies/good"], Path.GetFileName(file)));
        }
        Directory.CreateDirectory(_folder["studies/empty"]);
        ShellProcess.Result first = ShellProcess.Run(arguments);
        Assert.Equal(1, first.ExitCode);
        Assert.Contains("Failed", first.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(_folder["masks/good_mask.nii.gz"]));

        Directory.Delete(_folder["studies/empty"]);
        Assert.Equal(0, ShellProcess.Run(arguments).ExitCode);
    }
}
