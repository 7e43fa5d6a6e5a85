using System.Diagnostics;
using PancreasSeg.Batch;

namespace PancreasSeg.Tests;

public sealed class BatchTests(ModuleRunspace module) : IClassFixture<ModuleRunspace>, IDisposable
{
    private static readonly string s_phantom = Path.Combine(Repository.Root, "examples", "data", "phantom");
    private static readonly string s_model = Path.Combine(Repository.Root, "tests", "Fixtures", "bright-tissue.safetensors");
    private static readonly string s_script = Path.Combine(Repository.Root, "examples", "nightly-batch.ps1");

    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("New-CtPhantom -Seed 1, 2 -Size 16, 16, 8 -Spacing 20")]
    [InlineData("Get-PancreasBatch $args[0]")]
    public void An_error_further_down_the_pipeline_is_not_one_of_the_cmdlet(string command)
    {
        Study("good");
        module.Invoke("Start-PancreasBatch $args[0] $args[1] $args[2]", _folder["studies"], _folder["out"], s_model).ThrowIfFailed();
        Invocation run = module.Invoke($"{command} | ForEach-Object {{ throw 'enough' }}", _folder["out"]);
        Assert.Equal("enough", run.Terminating!.Message);
        Assert.Empty(run.Errors);
    }

    [Theory]
    [InlineData("absent", "out", "FileNotFound")]
    [InlineData("studies", "studies/good/slice001.dcm", "SettingInvalid")]
    [InlineData("studies", "file", "FileWriteFailed")]
    public void What_cannot_be_used_ends_the_batch_before_the_first_study(string studies, string output, string id)
    {
        Study("good");
        File.WriteAllText(_folder["file"], "no folder");
        Invocation run = module.Invoke("Start-PancreasBatch $args[0] $args[1] $args[2]", _folder[studies], _folder[output], s_model);
        Assert.StartsWith($"{id},", Assert.Single(run.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Theory]
    [InlineData("-TERM", 5)]
    [InlineData("-KILL", 137)]
    public void A_batch_that_is_ended_by_a_signal_goes_on_where_it_was(string signal, int code)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "no signals");
        foreach (int i in Enumerable.Range(0, 12)) Study($"s{i:00}");
        using (Process process = ShellProcess.Start(Arguments))
        {
            // The first row of the table of studies: one is done.
            while (process.StandardOutput.ReadLine() is { } line && !line.StartsWith("s0", StringComparison.Ordinal)) { }
            using (Process kill = Process.Start("kill", [signal, $"{process.Id}"])) kill.WaitForExit();
            _ = process.StandardError.ReadToEndAsync();
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.Equal(code, process.ExitCode);
        }
        Assert.InRange(Done().Length, 1, 11);
        Assert.Equal(0, ShellProcess.Run(Arguments).ExitCode);
        Assert.Equal(12, Done().Length);
        Assert.Equal(12, Done().Distinct().Count());
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["out/.work"]));
    }

    [Fact]
    public void What_an_archive_could_not_file_is_named_and_the_night_goes_on()
    {
        Study("good");
        module.Invoke("Import-CtSeries $args[0] | Export-Nifti $args[1]", s_phantom, _folder["studies/nifti.nii"]).ThrowIfFailed();
        Assert.Equal(0, ShellProcess.Run([.. Arguments, "-DicomOutput", "Seg,Preview"]).ExitCode);
        BatchItem item = module.Invoke("Get-PancreasBatch $args[0] nifti -History", _folder["out"]).Only<BatchItem>();
        Assert.Equal((BatchState.Done, true), (item.State, item.IsFlagged));
        Assert.Contains(nameof(Fault.DicomSeriesEmpty), item.Reasons);
        Assert.Equal(2, Directory.GetFiles(_folder["out/cases/good"], "*.dcm").Length);
        Assert.Contains("DICOM Seg was not written.", item.Message, StringComparison.Ordinal);
        Assert.Contains("DICOM Preview was not written.", item.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(_folder["out/cases/nifti"], "*.dcm"));
    }

    private string[] Done() =>
        [.. module.Invoke("Get-PancreasBatch $args[0] -History", _folder["out"]).Values.Cast<BatchItem>()
            .Where(i => i.State == BatchState.Done).Select(i => i.Study)];

    private string[] Arguments =>
        ["-NoProfile", "-File", s_script, "-StudyRoot", _folder["studies"], "-OutputPath", _folder["out"], "-Model", s_model];

    private void Study(string name)
    {
        Directory.CreateDirectory(_folder[$"studies/{name}"]);
        foreach (string file in Directory.EnumerateFiles(s_phantom))
            File.Copy(file, Path.Combine(_folder[$"studies/{name}"], Path.GetFileName(file)));
    }
}
