using System.Globalization;
using System.Net;
using System.Text;
using PancreasSeg.Pacs;
using PancreasSeg.Simulation;

namespace PancreasSeg.Tests;

/// <summary>examples/orthanc/nightly.ps1 against a real Orthanc. PANCREASSEG_ORTHANC_STUDIES makes a longer night of it.</summary>
public sealed class OrthancExampleTests : IDisposable
{
    private static readonly int s_studies =
        int.Parse(Environment.GetEnvironmentVariable("PANCREASSEG_ORTHANC_STUDIES") ?? "2", CultureInfo.InvariantCulture);

    private readonly TestFolder _folder = new();
    private readonly OrthancServer _orthanc = new();

    public void Dispose()
    {
        _orthanc.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Each_study_is_segmented_once_and_its_objects_stored_once()
    {
        Assert.SkipUnless(OrthancServer.Absent is null, OrthancServer.Absent ?? "");
        for (int i = 1; i <= s_studies; i++) AddStudy(i);
        int images = Count("instances");

        ShellProcess.Result first = Night();
        Assert.True(first.ExitCode == 0, $"{first.ExitCode}: {first.Output} {first.Error}");
        Assert.True(Instances("SEG") == s_studies, $"{first.Output} {first.Error}");
        Assert.Equal(s_studies, Count("series") - 2 * s_studies);
        int stored = Count("instances");
        Assert.Equal(images + 2 * s_studies, stored);
        Assert.Empty(Directory.GetFiles(_folder["work/.work"], "*", SearchOption.AllDirectories));

        // Nothing is sent again, nor fetched.
        int changes = Changes();
        long segmented = Directory.GetFiles(_folder["work"], "result.json", SearchOption.AllDirectories).Sum(f => File.GetLastWriteTimeUtc(f).Ticks);
        Assert.Equal(0, Night().ExitCode);
        Assert.Equal((changes, stored), (Changes(), Count("instances")));
        Assert.Equal(segmented,
            Directory.GetFiles(_folder["work"], "result.json", SearchOption.AllDirectories).Sum(f => File.GetLastWriteTimeUtc(f).Ticks));

        // A slice that comes late makes the study new; what came of it goes into the same series.
        AddStudy(1, late: true);
        Assert.Equal(0, Night().ExitCode);
        Assert.Equal(s_studies + 1, Instances("SEG"));

        // The archive is away: nothing is lost.
        AddStudy(s_studies + 1);
        _orthanc.Kill();
        Assert.Equal(4, Night().ExitCode);
        _orthanc.Restart();
        Assert.Equal(0, Night().ExitCode);
        Assert.Equal(s_studies + 2, Instances("SEG"));

        string told = string.Join(' ', first.Output, first.Error, ReadAll("work"));
        foreach (string secret in new[] { OrthancServer.Password, "PLANTED", "SECRET-ID", "1.2.826.0.1.95" })
            Assert.DoesNotContain(secret, told, StringComparison.Ordinal);
    }

    private ShellProcess.Result Night()
    {
        string xml = _folder["gate.xml"];
        string script = Path.Combine(Repository.Root, "examples", "orthanc", "nightly.ps1");
        // In the same process, because only there the exported credential is sure to be readable.
        return ShellProcess.Run(["-NoProfile", "-Command",
            $"[pscredential]::new('{OrthancServer.User}', (ConvertTo-SecureString '{OrthancServer.Password}' -AsPlainText -Force))"
            + $" | Export-Clixml -LiteralPath '{xml}'; & '{script}' -Uri {_orthanc.Uri} -CredentialPath '{xml}' -OutputPath '{_folder["work"]}'"
            + " -StudyDate 2026-11-20 -SendFlagged; exit $LASTEXITCODE"]);
    }

    private void AddStudy(int number, bool late = false)
    {
        PhantomCase phantom =
            CtPhantom.Create(new PhantomOptions { Seed = number, Size = (144, 112, 48), Spacing = new(2.75, 2.75, 4), NoiseHu = 9 });
        string folder = _folder[$"made{number}"];
        PhantomSeries.Write(folder, phantom.Image, $"1.2.826.0.1.95.{number}.1", $"PLANTED-{number}", $"1.2.826.0.1.95.{number}");
        string[] files = [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal)];
        Assert.All(InstanceSender.Send(_orthanc.Server(), late ? files : files[..^1]), r => Assert.True(r.IsThere));
    }

    private int Instances(string modality) => ArchiveSearch.Find(_orthanc.Server(), new StudyQuery { Modality = modality })
        .Sum(s => s.InstanceCount ?? 0);

    private int Count(string level) => Get($"{level}").Split(',').Length;

    // What the archive notes by itself after a while, that a study has come to rest, does not count.
    private int Changes() => Get("changes?limit=100000").Split("\"NewInstance\"").Length;

    private string Get(string path)
    {
        using var client = new HttpClient(new HttpClientHandler
        {
            Credentials = new NetworkCredential(OrthancServer.User, OrthancServer.Password),
            UseProxy = false,
        });
        return client.GetStringAsync(new Uri(_orthanc.Uri, $"/{path}")).GetAwaiter().GetResult();
    }

    private string ReadAll(string folder) => string.Join(' ', Directory.GetFiles(_folder[folder], "*", SearchOption.AllDirectories)
        .Where(f => !f.EndsWith(".dcm", StringComparison.Ordinal)).Select(f => f + Encoding.Latin1.GetString(File.ReadAllBytes(f))));
}
