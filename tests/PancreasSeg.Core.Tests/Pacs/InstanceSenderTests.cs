using System.Globalization;
using System.Text;
using PancreasSeg.Dicom;
using PancreasSeg.Pacs;

namespace PancreasSeg.Core.Tests.Pacs;

/// <summary>What is told to be stored is in the archive, whatever it answered.</summary>
public sealed class InstanceSenderTests : IDisposable
{
    private const string Json = "application/dicom+json";
    private readonly TestArchive _archive = new();
    private readonly TestSeries _series = new TestSeries().Save();

    public void Dispose()
    {
        _archive.Dispose();
        _series.Dispose();
    }

    [Fact]
    public void Files_are_stored_byte_by_byte_and_a_second_time_nothing_is_sent()
    {
        AssertAll(SendStatus.Stored, Send());
        Assert.Equal(1, _archive.Posts);
        SendResult[] again = Send();
        AssertAll(SendStatus.AlreadyThere, again);
        Assert.All(again, r => Assert.Equal(0, r.Tries));
        Assert.Equal(1, _archive.Posts);
        using var folder = new TemporaryFolder();
        IReadOnlyList<string> back =
            SeriesReceiver.Receive(ArchiveSearch.Find(_archive.Server(), new StudyQuery()).Single(), folder.FullName);
        Assert.Equal(Files().Select(File.ReadAllBytes), back.Select(File.ReadAllBytes));
    }

    [Fact]
    public void Only_what_is_missing_is_sent()
    {
        _archive.Add(File.ReadAllBytes(_series.PathOf(2)));
        SendResult[] results = Send();
        Assert.Equal(SendStatus.AlreadyThere, results[2].Status);
        Assert.Equal(6, results.Count(r => r.Status == SendStatus.Stored));
    }

    [Fact]
    public void Studies_go_in_requests_of_their_own()
    {
        TwoStudies();
        AssertAll(SendStatus.Stored, Send());
        Assert.Equal(["POST /dicom-web/studies/1.2.3.0", "POST /dicom-web/studies/1.2.3.1"],
            _archive.Requests.Where(r => r.StartsWith("POST", StringComparison.Ordinal)).Order());
    }

    [Fact]
    public void A_mixed_answer_of_409_is_read_instance_by_instance()
    {
        _archive.Fault = request => request.Method != "POST" ? null
            : _archive.Own(request with { Target = "/dicom-web/studies/9.9" });
        _archive.Add(File.ReadAllBytes(_series.PathOf(0)));
        SendResult[] results = Send();
        Assert.Equal(SendStatus.AlreadyThere, results[0].Status);
        Assert.All(results[1..], r => Assert.Equal(SendStatus.Refused, r.Status));
        Assert.Contains("(0110)", results[1].Reason, StringComparison.Ordinal);
        Assert.Equal(1, _archive.Posts);
    }

    [Fact]
    public void What_a_400_does_not_name_is_asked_for_and_what_is_missing_sent_alone_once_more()
    {
        _archive.Fault = request =>
        {
            if (request.Method != "POST") return null;
            foreach (byte[] part in request.Parts().SkipLast(2)) _archive.Add(part);
            return TestArchive.Answer(400, Json, """{"00081199":{"vr":"SQ","Value":[]}}"""u8.ToArray());
        };
        SendResult[] results = Send();
        Assert.Equal(5, results.Count(r => r.Status == SendStatus.Stored));
        Assert.Equal(2, results.Count(r => r is { Status: SendStatus.Unknown, Tries: 2 }));
        Assert.Equal(3, _archive.Posts);
    }

    // A gateway that says yes and loses images.
    [Fact]
    public void What_the_archive_says_it_stored_but_does_not_list_is_sent_again_and_never_told_as_stored()
    {
        _archive.Fault = request => request.Method != "POST" ? null : TestArchive.Answer(200, Json, Encoding.ASCII.GetBytes(
            $$$"""{"00081199":{"vr":"SQ","Value":[{"00081155":{"vr":"UI","Value":["{{{TestSeries.Uid}}}.1"]}}]}}"""));
        SendResult[] results = Send();
        AssertAll(SendStatus.Unknown, results);
        Assert.Equal(5, _archive.Posts);
        Assert.All(results, r => Assert.Equal(5, r.Tries));
    }

    [Theory]
    [InlineData(503)]
    [InlineData(429)]
    [InlineData(408)]
    [InlineData(500)]
    public void A_busy_server_is_tried_again(int status)
    {
        int posts = 0;
        _archive.Fault = request => request.Method == "POST" && ++posts < 3 ? TestArchive.Answer(status) : null;
        AssertAll(SendStatus.Stored, Send());
        Assert.Equal(3, posts);
    }

    [Fact]
    public void A_connection_that_breaks_after_the_archive_has_stored_doubles_nothing()
    {
        int posts = 0;
        _archive.Fault = request =>
        {
            if (request.Method != "POST") return null;
            posts++;
            _archive.Own(request);
            return [];
        };
        AssertAll(SendStatus.Stored, Send());
        Assert.Equal((1, 7), (posts, _archive.Count));
    }

    [Fact]
    public void An_archive_that_lists_late_is_waited_for()
    {
        int lists = 0;
        _archive.Fault = request => request.Method == "GET" && ++lists <= 3
            ? TestArchive.Answer(200, Json, "[]"u8.ToArray()) : null;
        AssertAll(SendStatus.Stored, Send());
        Assert.Equal(7, _archive.Count);
    }

    [Fact]
    public void A_server_that_is_away_ends_in_a_failure()
    {
        DicomWebServer server = _archive.Server();
        _archive.Dispose();
        Assert.Equal(Fault.ServerUnreachable, Assert.Throws<CoreException>(() => InstanceSender.Send(server, Files()).ToArray()).Fault);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    public void A_user_who_may_not_store_ends_all(int status)
    {
        TwoStudies();
        _archive.Fault = request => request.Method == "POST" ? TestArchive.Answer(status) : null;
        Assert.Equal(Fault.CredentialRefused, Assert.Throws<CoreException>(() => Send()).Fault);
        Assert.Equal(1, _archive.Posts);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(405)]
    public void An_address_that_stores_nothing_refuses_all_at_once(int status)
    {
        _archive.Fault = request => request.Method == "POST" ? TestArchive.Answer(status) : null;
        SendResult[] results = Send();
        AssertAll(SendStatus.Refused, results);
        Assert.Equal($"nothing at the address stores objects ({status})", results[0].Reason);
        Assert.Equal(1, _archive.Posts);
    }

    [Theory]
    [InlineData(4, 3)]
    [InlineData(2, 7)]
    public void A_request_that_is_too_large_is_halved_until_it_fits(int most, int posts)
    {
        _archive.Fault = request => request.Method == "POST" && request.Parts().Count() > most ? TestArchive.Answer(413) : null;
        AssertAll(SendStatus.Stored, Send());
        Assert.Equal(posts, _archive.Posts);
    }

    [Theory]
    [InlineData(413, "larger than the archive or a proxy before it takes (413)")]
    [InlineData(415, "does not take this kind of object (415)")]
    [InlineData(422, "refuses the request (422)")]
    public void One_object_that_is_refused_keeps_no_other_from_going(int status, string reason)
    {
        TwoStudies();
        byte[] bad = File.ReadAllBytes(_series.PathOf(2));
        _archive.Fault = request => request.Method == "POST" && request.Parts().Any(p => p.SequenceEqual(bad))
            ? TestArchive.Answer(status) : null;
        SendResult[] results = Send();
        Assert.Equal(7, results.Length);
        SendResult refused = Assert.Single(results, r => !r.IsThere);
        Assert.Equal((SendStatus.Refused, _series.PathOf(2)), (refused.Status, refused.Path));
        Assert.Contains(reason, refused.Reason, StringComparison.Ordinal);
        Assert.Equal(6, _archive.Count);
    }

    [Fact]
    public void A_study_at_which_the_archive_always_fails_keeps_no_other_from_going()
    {
        TwoStudies();
        _archive.Fault = request => request.Method == "POST" && request.Path == "studies/1.2.3.0" ? TestArchive.Answer(500) : null;
        SendResult[] results = Send();
        Assert.Equal(4, results.Count(r => r is { Status: SendStatus.Unknown, StudyInstanceUid: "1.2.3.0", Tries: 7 }));
        Assert.All(results.Where(r => r.Status == SendStatus.Unknown), r => Assert.Contains("(500)", r.Reason, StringComparison.Ordinal));
        Assert.Equal(3, results.Count(r => r is { Status: SendStatus.Stored, StudyInstanceUid: "1.2.3.1" }));
    }

    // 500 for ever; the connection cut for ever; a 400 that names nothing: each because of one object.
    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(400)]
    [InlineData(0)]
    public void One_object_at_which_the_archive_fails_without_a_word_keeps_no_other_from_going(int status)
    {
        byte[] bad = File.ReadAllBytes(_series.PathOf(2));
        _archive.Fault = request => request.Method != "POST" || !request.Parts().Any(p => p.SequenceEqual(bad)) ? null
            : status == 0 ? [] : TestArchive.Answer(status);
        SendResult[] results = Send();
        SendResult left = Assert.Single(results, r => !r.IsThere);
        Assert.Equal((SendStatus.Unknown, _series.PathOf(2), 6), (left.Status, left.Path, _archive.Count));
        Assert.All(results.Where(r => r.IsThere), r => Assert.Equal(SendStatus.Stored, r.Status));
    }

    // One of 500 takes two requests for each halving, and no more.
    [Fact]
    public void One_object_of_five_hundred_is_found_by_halving()
    {
        using var series = new TestSeries(500);
        string[] files = [.. Enumerable.Range(0, 500).Select(k => Path.Combine(series.Folder, $"{k:000}.dcm"))];
        for (int k = 0; k < 500; k++) File.WriteAllBytes(files[k], series.Slices[k].File());
        byte[] bad = File.ReadAllBytes(files[321]);
        _archive.Fault = request => request.Method == "POST" && request.Parts().Any(p => p.SequenceEqual(bad))
            ? TestArchive.Answer(500) : null;
        Assert.Equal(files[321], Assert.Single(InstanceSender.Send(_archive.Server(), files), r => !r.IsThere).Path);
        Assert.InRange(_archive.Posts, 6, 5 + 2 * 9);
    }

    [Fact]
    public void An_archive_that_fails_at_everything_is_not_asked_for_each_object()
    {
        using var series = new TestSeries(300);
        _archive.Fault = request => request.Method == "POST" ? TestArchive.Answer(500) : null;
        AssertAll(SendStatus.Unknown, [.. InstanceSender.Send(_archive.Server(), Directory.GetFiles(series.Save().Folder))]);
        Assert.InRange(_archive.Posts, 5, 5 + 13);
    }

    [Fact]
    public void A_store_request_that_is_sent_to_a_page_for_signing_on_is_refused_once()
    {
        _archive.Fault = request => request.Method == "POST" ? TestArchive.Answer(302, "Location: https://login.example/\r\n") : null;
        SendResult[] results = Send();
        AssertAll(SendStatus.Refused, results);
        Assert.Contains("sends it elsewhere (302)", results[0].Reason, StringComparison.Ordinal);
        Assert.Equal(1, _archive.Posts);
    }

    [Fact]
    public void What_is_known_is_told_before_a_failure_that_ends_all()
    {
        int posts = 0;
        _archive.Add(File.ReadAllBytes(_series.PathOf(0)));
        _archive.Fault = request => request.Method != "POST" ? null : ++posts switch
        {
            1 => TestArchive.Answer(413),
            2 => null,
            _ => TestArchive.Answer(403),
        };
        var results = new List<SendResult>();
        var error = Assert.Throws<CoreException>(() =>
        {
            foreach (SendResult result in InstanceSender.Send(_archive.Server(), Files())) results.Add(result);
        });
        Assert.Equal(Fault.CredentialRefused, error.Fault);
        Assert.Equal([SendStatus.AlreadyThere, .. Enumerable.Repeat(SendStatus.Unknown, 6)], results.Select(r => r.Status));
    }

    // The connection broke behind the last byte; the archive then takes its own instances for duplicates.
    [Fact]
    public void A_duplicate_of_an_earlier_try_is_stored_and_not_refused()
    {
        int lists = 0, posts = 0;
        _archive.Fault = request =>
        {
            if (request.Method == "GET") return ++lists <= 2 ? TestArchive.Answer(200, Json, "[]"u8.ToArray()) : null;
            _archive.Own(request);
            IEnumerable<string> items = Enumerable.Range(1, 7)
                .Select(k => $$$"""{"00081155":{"Value":["{{{TestSeries.Uid}}}.{{{k}}}"]},"00081197":{"Value":[273]}}""");
            return ++posts == 1 ? []
                : TestArchive.Answer(409, Json, Encoding.ASCII.GetBytes($$$"""{"00081198":{"Value":[{{{string.Join(',', items)}}}]}}"""));
        };
        AssertAll(SendStatus.Stored, Send());
        Assert.Equal(2, posts);
    }

    [Fact]
    public void What_a_400_does_not_name_may_be_listed_late()
    {
        int lists = 0;
        _archive.Fault = request =>
        {
            if (request.Method == "GET") return ++lists <= 2 ? TestArchive.Answer(200, Json, "[]"u8.ToArray()) : null;
            _archive.Own(request);
            return TestArchive.Answer(400);
        };
        AssertAll(SendStatus.Stored, Send());
        Assert.Equal(1, _archive.Posts);
    }

    [Fact]
    public void Requests_have_at_most_500_instances()
    {
        using var series = new TestSeries(1203);
        AssertAll(SendStatus.Stored, [.. InstanceSender.Send(_archive.Server(), Directory.GetFiles(series.Save().Folder))]);
        Assert.Equal(3, _archive.Posts);
    }

    [Fact]
    public void A_file_that_cannot_be_sent_is_told_before_anything_goes_out()
    {
        byte[] good = File.ReadAllBytes(_series.PathOf(0));
        string path = Path.Combine(_series.Folder, "zz");
        foreach (byte[] bad in new[] { good[..^20], "no DICOM at all"u8.ToArray(), [],
            TestSeries.Slice(1).Remove(DicomTag.SopInstanceUid).File(), TestSeries.Slice(1).Text(DicomTag.SopInstanceUid, "UI", "a/b").File() })
        {
            File.WriteAllBytes(path, bad);
            Assert.Equal(Fault.DicomFileInvalid, Assert.Throws<CoreException>(() => Send([.. Files(), path])).Fault);
        }
        File.WriteAllBytes(path, good);
        Assert.Equal(Fault.SettingInvalid, Assert.Throws<CoreException>(() => Send([.. Files(), path])).Fault);
        Assert.Equal(Fault.SettingInvalid,
            Assert.Throws<CoreException>(() => InstanceSender.Send(_archive.Server(), Files(), "1.2.3").ToArray()).Fault);
        Assert.Empty(_archive.Requests);
    }

    [Theory]
    [InlineData(0x0122, "kind of object (0122)")]
    [InlineData(0xA700, "out of space")]
    [InlineData(0xA902, "does not fit its class (A902)")]
    [InlineData(0xC123, "does not understand it (C123)")]
    [InlineData(0x1234, "reason 1234")]
    [InlineData(null, "no reason given")]
    public void Reasons_are_told_in_words(int? reason, string words) =>
        Assert.Contains(words, StoreAnswer.Words(reason), StringComparison.Ordinal);

    [Fact]
    public void What_the_archive_changed_is_remarked()
    {
        _archive.Fault = request =>
        {
            if (request.Method != "POST") return null;
            _archive.Own(request);
            return TestArchive.Answer(202, Json, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
                $$$"""{"00081199":{"vr":"SQ","Value":[{"00081155":{"Value":["{{{TestSeries.Uid}}}.1"]},"00081196":{"Value":[{{{0xB000}}}]}}]}}""")));
        };
        SendResult[] results = Send();
        AssertAll(SendStatus.Stored, results);
        Assert.Equal("the archive changed elements (B000)", results[0].Reason);
    }

    private void TwoStudies() => _series.Each((slice, k) => slice.Text(DicomTag.StudyInstanceUid, "UI", $"1.2.3.{k % 2}")).Save();

    private string[] Files() => [.. Enumerable.Range(0, 7).Select(_series.PathOf)];

    private SendResult[] Send(string[]? files = null) => [.. InstanceSender.Send(_archive.Server(), files ?? Files())];

    private static void AssertAll(SendStatus status, SendResult[] results) => Assert.All(results, r => Assert.Equal(status, r.Status));
}
