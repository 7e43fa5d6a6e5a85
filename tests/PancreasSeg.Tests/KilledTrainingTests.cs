using System.Diagnostics;

namespace PancreasSeg.Tests;

public sealed class KilledTrainingTests(ModuleRunspace module) : IClassFixture<ModuleRunspace>, IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Killed while cases are prepared, within a fold and between folds, each time some milliseconds later than the line it
    /// follows, which no seed repeats.</summary>
    [Fact]
    public async Task A_cross_validation_killed_again_and_again_ends_in_the_files_of_one_that_was_not()
    {
        Directory.CreateDirectory(_folder["set/imagesTr"]);
        Directory.CreateDirectory(_folder["set/labelsTr"]);
        module.Invoke("""
            $set = $args[0]
            0..3 | ForEach-Object {
                $phantom = New-CtPhantom -Seed $_ -Size 32, 32, 16 -Spacing 12, 10, 12
                $phantom.Image | Export-Nifti "$set/imagesTr/$('abcd'[$_]).nii.gz"
                $phantom.Label.Select(1) | Export-Nifti "$set/labelsTr/$('abcd'[$_]).nii.gz"
            }
            """, _folder["set"]).ThrowIfFailed();
        ShellProcess.Result whole = ShellProcess.Command(Script("whole"));
        Assert.True(whole.ExitCode == 0, whole.Error);
        foreach (int lines in (int[])[0, 1, 1]) await Kill(lines);
        ShellProcess.Result last = ShellProcess.Command(Script("cut"));
        Assert.True(last.ExitCode == 0, last.Error);
        Assert.Equal(Kept("whole"), Kept("cut"));
        foreach (string file in Kept("whole").Where(f => !StatesSeconds(f)))
            Assert.True(
                File.ReadAllBytes(_folder[$"whole/{file}"]).AsSpan().SequenceEqual(File.ReadAllBytes(_folder[$"cut/{file}"])), file);
        Assert.Equal(4, Directory.GetFiles(_folder["cut-cache"], "*.prepared").Length);
    }

    private async Task Kill(int lines)
    {
        using Process process = ShellProcess.Start(["-NoProfile", "-Command", $"Import-Module '{Repository.Manifest}'; {Script("cut")}"]);
        for (int line = 0; line <= lines; line++) await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        await Task.Delay(Random.Shared.Next(200), TestContext.Current.CancellationToken);
        process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Says when it begins, then a line for each epoch.</summary>
    private string Script(string destination) =>
        $"[Console]::WriteLine('begin'); Invoke-PancreasCrossValidation '{_folder[destination]}' -DataSet '{_folder["set"]}' -Folds 2 "
        + "-Size 32, 32, 16 -BaseFilter 2 -Network @{ Stages = 2 } -MaxEpoch 2 -ThreadCount 1 -WarningAction SilentlyContinue -Resume "
        + $"-CachePath '{_folder[destination]}-cache' | ForEach-Object {{ [Console]::WriteLine('epoch') }}";

    /// <summary>Lock files go with the process that holds them, what was half-written stays under a name of its own; a log is one more for
    /// each start.</summary>
    private string[] Kept(string destination) => [.. _folder.Files.Where(f => f.StartsWith($"{destination}/", StringComparison.Ordinal)
        && !f.EndsWith(".lock", StringComparison.Ordinal) && !f.EndsWith(".tmp", StringComparison.Ordinal)
        && !f.Contains("tfevents", StringComparison.Ordinal))
        .Select(f => f[(destination.Length + 1)..])];

    private static bool StatesSeconds(string file) =>
        file.EndsWith("epochs.csv", StringComparison.Ordinal) || file.EndsWith("last.safetensors", StringComparison.Ordinal);
}
