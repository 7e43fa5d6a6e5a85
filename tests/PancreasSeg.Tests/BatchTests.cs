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

    [Fact]
    public void A_batch_emits_each_study_then_its_summary_and_the_journal_shows_the_same()
    {
        Study("good");
        Directory.CreateDirectory(_folder["studies/empty"]);
        Invocation run = module.InvokeIn(_folder.FullName, "Start-PancreasBatch ./studies ./out $args[0] -PatientKey @{ good = 'K7' } -Filter @{ Newest = $true } -Viewer", s_model);
        Assert.Null(run.Terminating);
        BatchItem[] items = [.. run.Values.OfType<BatchItem>().OrderBy(i => i.Study)];
        Assert.Equal(["empty", "good"], items.Select(i => i.Study));
        Assert.Equal("K7", items[1].PatientKey);
        var summary = Assert.IsType<BatchSummary>(run.Values.Last());
        Assert.Equal((BatchOutcome.SomeFailed, 2, 1, 1), (summary.Outcome!.Value, summary.ExitCode!.Value, summary.Done, summary.Failed));
        Assert.Contains(run.Warnings, w => w.StartsWith("empty: ", StringComparison.Ordinal));
        Assert.True(File.Exists(_folder["out/cases/good/mask.nii.gz"]));
        bool hasViewer = File.Exists(Path.Combine(Repository.StagedBin, "viewer", "niivue.umd.js"));
        Assert.Equal(hasViewer, File.Exists(_folder["out/cases/good/view.html"]));
        Assert.Equal(!hasViewer, run.Warnings.Any(w => w.Contains("-t:FetchViewer", StringComparison.Ordinal)));

        Assert.Equal(items.Select(i => (i.Study, i.State)), module.Invoke("Get-PancreasBatch $args[0]", _folder["out"]).Values.Cast<BatchItem>().OrderBy(i => i.Study).Select(i => (i.Study, i.State)));
        Assert.Equal("good", module.Invoke("Get-PancreasBatch $args[0] g* -History", _folder["out"]).Only<BatchItem>().Study);
        Assert.Equal(BatchOutcome.SomeFailed, module.Invoke("Get-PancreasBatch $args[0] -Run", _folder["out"]).Only<BatchSummary>().Outcome);
        Assert.All(module.InvokeIn(_folder.FullName, "Start-PancreasBatch ./studies ./out $args[0] -Filter @{ Newest = $true }", s_model).Values.OfType<BatchItem>(), i => Assert.True(i.IsSkipped));
    }

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

    [Fact]
    public void WhatIf_creates_nothing()
    {
        Study("good");
        Assert.Empty(module.Invoke("Start-PancreasBatch $args[0] $args[1] $args[2] -WhatIf", _folder["studies"], _folder["out"], s_model).ThrowIfFailed().Output);
        Assert.False(Directory.Exists(_folder["out"]));
    }

    [Theory]
    [InlineData("absent", "out", "FileNotFound")]
    [InlineData("studies", "studies/good/slice001.dcm", "FileWriteFailed")]
    public void What_cannot_be_used_ends_the_batch_before_the_first_study(string studies, string output, string id)
    {
        Study("good");
        Invocation run = module.Invoke("Start-PancreasBatch $args[0] $args[1] $args[2]", _folder[studies], _folder[output], s_model);
        Assert.StartsWith($"{id},", Assert.Single(run.Errors).FullyQualifiedErrorId, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    [Fact]
    public void No_journal_is_an_error_and_not_an_empty_answer() =>
        Assert.StartsWith("FileNotFound,", Assert.Single(module.Invoke("Get-PancreasBatch $args[0]", _folder.FullName).Errors).FullyQualifiedErrorId, StringComparison.Ordinal);

    [Fact]
    public void The_nightly_script_ends_with_its_exit_codes_and_explore_reads_what_it_left()
    {
        Directory.CreateDirectory(_folder["studies"]);
        Assert.Equal(3, Nightly());
        Study("good");
        Directory.CreateDirectory(_folder["studies/empty"]);
        Assert.Equal(2, Nightly());
        Assert.Equal(0, Nightly());
        Assert.Equal(4, Nightly("-Model", _folder["absent.safetensors"]));
        Assert.Equal(6, Nightly("-OutputPath", _folder["studies/good/slice001.dcm"]));

        ShellProcess.Result explored = ShellProcess.Run(["-File", Path.Combine(Repository.Root, "examples", "explore.ps1"), "-OutputPath", _folder["out"]]);
        Assert.Equal((0, ""), (explored.ExitCode, explored.Error));
        Assert.Contains("2 studies, 2 to look at:", explored.Output, StringComparison.Ordinal);
        Assert.Contains("    1  DicomSeriesEmpty", explored.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-TERM", 5)]
    [InlineData("-KILL", 137)]
    public void A_batch_that_is_ended_by_a_signal_goes_on_where_it_was(string signal, int code)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "no signals");
        foreach (int i in Enumerable.Range(0, 12)) Study($"s{i:00}");
        using (Process process = ShellProcess.Start(Arguments()))
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
        Assert.Equal(0, Nightly());
        Assert.Equal(12, Done().Length);
        Assert.Equal(12, Done().Distinct().Count());
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder["out/.work"]));
    }

    private string[] Done() => [.. module.Invoke("Get-PancreasBatch $args[0] -History", _folder["out"]).Values.Cast<BatchItem>().Where(i => i.State == BatchState.Done).Select(i => i.Study)];

    private string[] Arguments(params string[] more) =>
        ["-File", s_script, "-StudyRoot", _folder["studies"], .. more.Contains("-OutputPath") ? more : ["-OutputPath", _folder["out"], .. more], .. more.Contains("-Model") ? (string[])[] : ["-Model", s_model]];

    private int Nightly(params string[] more) => ShellProcess.Run(Arguments(more)).ExitCode;

    private void Study(string name)
    {
        Directory.CreateDirectory(_folder[$"studies/{name}"]);
        foreach (string file in Directory.EnumerateFiles(s_phantom)) File.Copy(file, Path.Combine(_folder[$"studies/{name}"], Path.GetFileName(file)));
    }
}
