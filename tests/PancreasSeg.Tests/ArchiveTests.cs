using System.Management.Automation;
using System.Net;
using PancreasSeg.Pacs;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Tests;

/// <summary>Archives as users' scripts see them, against a small one in this process.</summary>
public sealed class ArchiveTests(ModuleRunspace module) : IClassFixture<ModuleRunspace>, IDisposable
{
    private const string User = "batch", Password = "pass-w0rd-of-test";

    private readonly TestFolder _folder = new();
    private readonly TestArchive _archive = new() { User = $"{User}:{Password}" };
    private readonly PSCredential _credential = new(User, new NetworkCredential("", Password).SecurePassword);

    public void Dispose()
    {
        _archive.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Search_import_and_segmentation_stream_and_leave_no_file()
    {
        AddPhantoms(3);
        string[] before = Directory.GetDirectories(Path.GetTempPath(), "pancreasseg-series-*");
        var order = new List<string>();
        _archive.Fault = request =>
        {
            lock (order) order.Add(request.Path.Contains("/instances", StringComparison.Ordinal) ? "instances" : request.Path);
            return null;
        };
        SegmentationResult[] results = [.. Ask("Find-DicomStudy $args[0] -Credential $args[1] | Import-CtSeries"
            + " | Invoke-PancreasSegmentation -Model $args[2] -AcceptAnyInput -WarningAction Ignore").ThrowIfFailed().Values.Cast<SegmentationResult>()];
        Assert.Equal(3, results.Length);
        Assert.All(results, r => Assert.NotNull(r.Mask));
        Assert.Equal(["1.2.826.0.1.97.1", "1.2.826.0.1.97.2", "1.2.826.0.1.97.3"], results.Select(r => r.Source!.SeriesUid).Order());
        Assert.All(results, r => Assert.Null(r.Source!.Path));
        Assert.Empty(Directory.GetDirectories(Path.GetTempPath(), "pancreasseg-series-*").Except(before));
        // The first series is fetched before the last study is looked at.
        Assert.True(order.FindIndex(IsRetrieval) < order.FindLastIndex(p => p.EndsWith("/series", StringComparison.Ordinal)));
    }

    [Fact]
    public void First_ends_the_search()
    {
        AddPhantoms(3);
        Assert.Single(Ask("Find-DicomStudy $args[0] -Credential $args[1] -First 1").ThrowIfFailed().Output);
        Assert.Single(_archive.Requests.Where(r => r.Contains("/series?", StringComparison.Ordinal)).DistinctBy(r => r.Split('/')[3]));
    }

    [Fact]
    public void What_is_found_shows_nothing_of_the_patient_nor_how_to_sign_on()
    {
        AddPhantoms(1);
        Invocation found = Ask("Find-DicomStudy $args[0] -Credential $args[1] -PatientId PLANTED-1 -Verbose").ThrowIfFailed();
        string shown = string.Join(' ', [.. found.Output.SelectMany(Shown), .. found.Verbose]);
        Assert.Contains("1.2.826.0.1.97.1", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("PLANTED", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("Phantom", shown, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, shown, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Find-DicomStudy {0} -PatientId PLANTED-1 -StudyDate 2026-11-20", 500, "ServerUnreachable")]
    [InlineData("Find-DicomStudy {0} -PatientId PLANTED-1", 401, "CredentialRefused")]
    [InlineData("Find-DicomStudy {0} -PatientId PLANTED-1", 404, "ServerRequestRefused")]
    [InlineData("Find-DicomStudy {0} -PatientId 'PLANTED-*'", 200, "SettingInvalid")]
    [InlineData("Find-DicomStudy {0} -AccessionNumber PLANTED-1", 200, "ServerAnswerInvalid")]
    [InlineData("Send-DicomFile -LiteralPath in/slice001.dcm -Uri {0}", 404, "InstanceRefused")]
    public void An_error_tells_neither_patient_nor_password(string command, int status, string id)
    {
        PhantomSeries.Write(_folder["in"], TestVolumes.Ct(), "1.2.826.0.1.97.9", "PLANTED-1");
        _archive.Fault = request => status == 404 && request.Method == "GET" && request.Path != "studies" ? null
            : TestArchive.Answer(status, "text/html", "PLANTED-1"u8.ToArray());
        Invocation run =
            module.InvokeIn(_folder.FullName, $"{string.Format(null, command, "$args[0]")} -Credential $args[1] -Verbose", _archive.Uri, _credential);
        Assert.Equal(id, IdOf(run));
        ErrorRecord error = run.Errors[0];
        string told = string.Join(' ', [.. run.Verbose, .. run.Warnings, .. run.Progress.Select(p => $"{p}"),
            $"{error} {error.Exception} {error.ErrorDetails} {error.CategoryInfo} {error.TargetObject}"]);
        Assert.DoesNotContain("PLANTED", told, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, told, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{User}:{Password}")), told, StringComparison.Ordinal);
    }

    [Fact]
    public void A_series_is_received_into_a_folder_that_the_other_cmdlets_read()
    {
        AddPhantoms(1);
        const string receive = "Find-DicomStudy $args[0] -Credential $args[1] | Receive-DicomSeries in";
        Assert.Equal("FileNotFound", IdOf(Ask(receive)));
        Ask($"{receive} -WhatIf -Force").ThrowIfFailed();
        Assert.False(Directory.Exists(_folder["in"]));
        CtVolume ct = Ask($"{receive} -Force | Import-CtSeries").Only<CtVolume>();
        Assert.Equal(TestVolumes.Ct().Integers.ToArray(), ct.Integers.ToArray());
        Assert.Equal("NoClobber", IdOf(Ask(receive)));
        Assert.Equal("1.2.826.0.1.97.1", Ask($"{receive} -Force").Only<DirectoryInfo>().Name);
    }

    [Fact]
    public void Files_are_sent_once_and_a_bad_one_keeps_no_other_from_going()
    {
        PhantomSeries.Write(_folder["in"], TestVolumes.Ct(), "1.2.826.0.1.97.9", "PLANTED-1");
        File.WriteAllText(_folder["in/readme.txt"], "no DICOM");
        int count = Directory.GetFiles(_folder["in"]).Length - 1;
        const string send = "Send-DicomFile in $args[0] -Credential $args[1]";
        Assert.Empty(Ask($"{send} -WhatIf").Output);
        Assert.Equal(0, _archive.Posts);
        Invocation first = Ask(send);
        Assert.Equal("DicomFileInvalid", IdOf(first));
        Assert.Equal(Enumerable.Repeat(SendStatus.Stored, count), first.Values.Cast<SendResult>().Select(r => r.Status));
        File.Delete(_folder["in/readme.txt"]);
        Invocation again = Ask("'in' | Send-DicomFile -Uri $args[0] -Credential $args[1]").ThrowIfFailed();
        Assert.Equal(Enumerable.Repeat(SendStatus.AlreadyThere, count), again.Values.Cast<SendResult>().Select(r => r.Status));
        Assert.Equal(1, _archive.Posts);
    }

    [Fact]
    public void A_folder_and_its_own_files_are_sent_once()
    {
        PhantomSeries.Write(_folder["in/study"], TestVolumes.Ct(), "1.2.826.0.1.97.9", "PLANTED-1");
        int count = Directory.GetFiles(_folder["in/study"]).Length;
        Invocation run = Ask("'in/study', 'in/study/slice001.dcm', 'in' | Send-DicomFile -Uri $args[0] -Credential $args[1]").ThrowIfFailed();
        Assert.Equal(Enumerable.Repeat(SendStatus.Stored, count), run.Values.Cast<SendResult>().Select(r => r.Status));
    }

    [Theory]
    [InlineData("HOSP\\batch")]
    [InlineData("batch@hospital")]
    public void A_user_name_with_a_domain_goes_as_it_is(string user)
    {
        _archive.User = $"{user}:{Password}";
        var credential = new PSCredential(user, _credential.Password);
        PhantomSeries.Write(_folder["in"], TestVolumes.Ct(), "1.2.826.0.1.97.9", "PLANTED-1");
        module.InvokeIn(_folder.FullName, "Send-DicomFile in $args[0] -Credential $args[1]", _archive.Uri, credential).ThrowIfFailed();
        Assert.Single(module.InvokeIn(_folder.FullName, "Find-DicomStudy $args[0] -Credential $args[1]", _archive.Uri, credential)
            .ThrowIfFailed().Output);
    }

    [Fact]
    public void What_is_refused_is_a_result_and_an_error()
    {
        PhantomSeries.Write(_folder["in"], TestVolumes.Ct(), "1.2.826.0.1.97.9", "PLANTED-1");
        _archive.Fault = request => request.Method == "POST" ? _archive.Own(request with { Target = "/dicom-web/studies/9.9" }) : null;
        Invocation run = Ask("Send-DicomFile in/slice001.dcm $args[0] -Credential $args[1]");
        Assert.Equal("InstanceRefused", IdOf(run));
        Assert.Equal(SendStatus.Refused, Assert.IsType<SendResult>(run.Values.Single()).Status);
    }

    [Fact]
    public void A_server_is_tried_before_anything_else()
    {
        AddPhantoms(2);
        DicomServerInfo info = Ask("Test-DicomServer $args[0] -Credential $args[1]").Only<DicomServerInfo>();
        Assert.True(info is { IsUsable: true, CanSearch: true, CanRetrieve: true, CanStore: true, IsEncrypted: false, PageLimit: null });
        Assert.Empty(info.Problems);
        _archive.PageCap = 1;
        _archive.IgnoresKeys = true;
        info = Ask("Test-DicomServer $args[0] -Credential $args[1]").Only<DicomServerInfo>();
        Assert.Equal(1, info.PageLimit);
        Assert.Contains("ignores search keys", Assert.Single(info.Problems), StringComparison.Ordinal);
        info = Ask("Test-DicomServer $args[0]").Only<DicomServerInfo>();
        Assert.False(info.IsUsable);
        Assert.Contains("(401)", Assert.Single(info.Problems), StringComparison.Ordinal);
        _archive.Fault = request => request.Method == "POST" ? TestArchive.Answer(405) : null;
        Assert.True(Ask("Test-DicomServer $args[0] -Credential $args[1]").Only<DicomServerInfo>()
            is { IsUsable: false, CanSearch: true, CanStore: false });
        _archive.Dispose();
        info = Ask("Test-DicomServer $args[0] -Credential $args[1]").Only<DicomServerInfo>();
        Assert.Contains("cannot be reached", Assert.Single(info.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_batch_takes_series_and_brings_their_objects_back_once()
    {
        AddPhantoms(2);
        int images = _archive.Count;
        const string batch = "Start-PancreasBatch -Server $args[0] -Credential $args[1] -OutputPath out -Model $args[2] -AcceptAnyInput"
            + " -Query @{ MinimumInstanceCount = 3; PatientId = 'PLANTED-1' } -SendBack Seg, Preview -SendFlagged -WarningAction Ignore";
        Assert.Empty(Ask($"{batch} -WhatIf").ThrowIfFailed().Output);
        Assert.Empty(_archive.Requests);
        Assert.False(Directory.Exists(_folder["out"]));
        Invocation run = Ask(batch).ThrowIfFailed();
        Assert.Equal(["Done", "Completed"], run.Output.Select(o => $"{o.Properties["State"]?.Value ?? o.Properties["Outcome"].Value}"));
        Assert.Equal("Seg; Preview", $"{run.Output[0].Properties["Sent"].Value}");
        Assert.True(_archive.Count > images);
        int posts = _archive.Posts;
        Assert.Equal("True", $"{Ask(batch).ThrowIfFailed().Output[0].Properties["IsSkipped"].Value}");
        Assert.Equal(posts, _archive.Posts);
    }

    [Theory]
    [InlineData("-Server $args[0] -OutputPath o -Model m.safetensors -Query @{ StudyDay = '2026-11-20' }", "There is no key 'StudyDay'.")]
    [InlineData("-Server $args[0] -OutputPath o -Model m.safetensors -Query @{ StudyDate = 'soon' }", "'StudyDate' takes days or $null, not 'soon'.")]
    [InlineData("-Server $args[0] -OutputPath o -Model $args[2] -Group Study", "-Group and -Filter are about folders")]
    [InlineData("-Server $args[0] -OutputPath o -Model $args[2] -Filter @{ Newest = $true }", "-Group and -Filter are about folders")]
    [InlineData("-Path in -OutputPath o -Model $args[2] -SendBack Seg", "Parameter set cannot be resolved")]
    public void What_does_not_go_with_an_archive_is_refused(string parameters, string message)
    {
        Invocation run = Ask($"Start-PancreasBatch {parameters}");
        Assert.Contains(message, $"{run.Terminating?.Message} {string.Join(' ', run.Errors)}", StringComparison.Ordinal);
        Assert.Empty(_archive.Requests);
    }

    [Fact]
    public void A_password_over_plain_http_to_another_machine_ends_the_command() =>
        Assert.Equal("SettingInvalid", IdOf(module.Invoke("Find-DicomStudy http://pacs.example/dicom-web -Credential $args[0]", _credential)));

    [Fact]
    public void A_search_that_hangs_can_be_stopped()
    {
        using var asked = new ManualResetEventSlim();
        using var end = new ManualResetEventSlim();
        _archive.Fault = _ =>
        {
            asked.Set();
            end.Wait(TimeSpan.FromMinutes(1));
            return null;
        };
        using PowerShell shell = module.Start("Find-DicomStudy $args[0] -Credential $args[1]", _archive.Uri, _credential);
        IAsyncResult run = shell.BeginInvoke();
        Assert.True(asked.Wait(TimeSpan.FromSeconds(30)));
        shell.Stop();
        Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(run));
        end.Set();
    }

    // What any view or conversion can get at: two levels of properties.
    private static IEnumerable<string> Shown(PSObject value) => value.Properties.SelectMany(p =>
        p.Value is null ? [] : new PSObject(p.Value).Properties.Select(q => $"{q.Value}").Prepend($"{p.Value}")).Prepend($"{value}");

    private static bool IsRetrieval(string path) => path.Split('/') is ["studies", _, "series", _];

    private static string IdOf(Invocation run) => Assert.Single(run.Errors).FullyQualifiedErrorId.Split(',')[0];

    private Invocation Ask(string script) => module.InvokeIn(_folder.FullName, script, _archive.Uri, _credential,
        Path.Combine(Repository.Root, "tests", "Fixtures", "bright-tissue.safetensors"));

    private void AddPhantoms(int count)
    {
        for (int i = 1; i <= count; i++)
        {
            string folder = _folder[$"made{i}"];
            PhantomSeries.Write(folder, TestVolumes.Ct(), $"1.2.826.0.1.97.{i}", $"PLANTED-{i}", $"1.2.826.0.1.96.{i}");
            _archive.Add(folder);
            Directory.Delete(folder, recursive: true);
        }
    }
}
