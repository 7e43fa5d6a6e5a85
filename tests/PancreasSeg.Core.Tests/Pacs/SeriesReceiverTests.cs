using System.Globalization;
using System.Text;
using PancreasSeg.Dicom;
using PancreasSeg.Pacs;

namespace PancreasSeg.Core.Tests.Pacs;

/// <summary>A series arrives whole, or nothing of it is kept.</summary>
// One looks at the folders for temporary files, so that no other may receive meanwhile.
[Collection(nameof(SeriesReceiverTests))]
public sealed class SeriesReceiverTests : IDisposable
{
    private const string Bare = "multipart/related; type=application/dicom; boundary=b1";
    private readonly TestArchive _archive = new();
    private readonly TestSeries _series = new();
    private readonly TemporaryFolder _folder = new();

    public SeriesReceiverTests() => _archive.Add(_series.Save().Folder);

    public void Dispose()
    {
        _archive.Dispose();
        _series.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Files_come_as_they_were_stored_and_go_under_their_uids()
    {
        IReadOnlyList<string> files = Receive();
        Assert.Equal(_series.Slices.Select((_, k) => $"{TestSeries.Uid}.{k + 1}.dcm"), files.Select(Path.GetFileName));
        for (int k = 0; k < files.Count; k++) Assert.Equal(File.ReadAllBytes(_series.PathOf(k)), File.ReadAllBytes(files[k]));
        Assert.Equal([Target], Directory.GetFileSystemEntries(_folder.FullName));
    }

    [Fact]
    public void A_folder_that_is_there_is_kept_unless_it_may_be_replaced()
    {
        Receive();
        string file = Path.Combine(Target, "note.txt");
        File.WriteAllText(file, "mine");
        Assert.Equal(Fault.NoClobber, Assert.Throws<CoreException>(() => Receive()).Fault);
        Assert.True(File.Exists(file));
        Assert.Equal(7, SeriesReceiver.Receive(Reference(), _folder.FullName, overwrite: true).Count);
        Assert.False(File.Exists(file));
    }

    [Fact]
    public void A_ct_is_read_and_its_files_are_gone()
    {
        string[] before = Directory.GetDirectories(Path.GetTempPath(), "pancreasseg-series-*");
        CtVolume ct = SeriesReceiver.ReadCt(Reference());
        Assert.Equal(_series.Read().Integers.ToArray(), ct.Integers.ToArray());
        Assert.Equal((TestSeries.Uid, null, TestSeries.Uid), (ct.Source.SeriesUid, ct.Source.Path, ct.Name));
        Assert.Empty(Directory.GetDirectories(Path.GetTempPath(), "pancreasseg-series-*").Except(before));
    }

    [Fact]
    public void An_answer_without_lengths_and_with_a_bare_type_is_read()
    {
        _archive.Fault = On(() => TestArchive.Answer(200, Bare, Plain(Parts())));
        Assert.Equal(7, Receive().Count);
    }

    [Theory]
    [InlineData(406)]
    [InlineData(500)]
    public void A_server_that_cannot_keep_the_encoding_is_asked_for_a_plain_one(int status)
    {
        var asked = new List<string>();
        _archive.Fault = request =>
        {
            if (!request.Path.EndsWith(TestSeries.Uid, StringComparison.Ordinal)) return null;
            asked.Add(request.Headers["accept"]);
            return asked[^1].Contains('*', StringComparison.Ordinal) ? TestArchive.Answer(status) : null;
        };
        Assert.Equal(7, Receive().Count);
        Assert.Equal(2, asked.Count);
        Assert.Contains("transfer-syntax=*", asked[0], StringComparison.Ordinal);
        Assert.Contains("1.2.840.10008.1.2.1", asked[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(406)]
    [InlineData(500)]
    public void A_check_of_the_server_retrieves_as_a_retrieval_does(int status)
    {
        _archive.Fault = request => request.Headers.GetValueOrDefault("accept", "").Contains("transfer-syntax=*", StringComparison.Ordinal)
            ? TestArchive.Answer(status) : null;
        DicomServerInfo info = ServerCheck.Run(_archive.Server());
        Assert.Empty(info.Problems);
        Assert.True(info.CanRetrieve);
    }

    [Fact]
    public void A_server_without_pages_has_no_limit_of_them()
    {
        _archive.Fault = request => request.Target.Contains("offset", StringComparison.Ordinal)
            ? _archive.Own(request with { Target = "/dicom-web/studies" }) : null;
        Assert.Null(ServerCheck.Run(_archive.Server()).PageLimit);
    }

    [Fact]
    public void A_series_that_is_short_is_asked_for_once_more()
    {
        int asked = 0;
        _archive.Fault = On(() => ++asked == 1 ? TestArchive.Answer(200, Bare, TestArchive.Multipart("b1", Parts()[..5])) : null);
        Assert.Equal(7, Receive().Count);
        Assert.Equal(2, asked);
    }

    [Fact]
    public void A_series_that_stays_short_is_refused_and_nothing_kept()
    {
        int asked = 0;
        _archive.Fault = On(() =>
        {
            asked++;
            return TestArchive.Answer(200, Bare, TestArchive.Multipart("b1", Parts()[..5]));
        });
        AssertNothingKept(Fault.SeriesIncomplete);
        Assert.Equal(2, asked);
    }

    [Fact]
    public void A_message_in_place_of_an_instance_counts_as_not_sent()
    {
        _archive.Fault = On(() =>
        {
            byte[] body = TestArchive.Multipart("b1", Parts());
            string text = Encoding.Latin1.GetString(body);
            int first = text.IndexOf("application/dicom", StringComparison.Ordinal);
            return TestArchive.Answer(200, Bare, Encoding.Latin1.GetBytes($"{text[..first]}text/html{text[(first + 17)..]}"));
        });
        AssertNothingKept(Fault.SeriesIncomplete);
    }

    [Fact]
    public void An_answer_cut_at_any_place_is_refused_and_nothing_kept()
    {
        byte[] body = TestArchive.Multipart("b1", Parts());
        for (int length = 0; length < body.Length - 2; length += 97)
        {
            int cut = length;
            _archive.Fault = On(() => TestArchive.Answer(200, Bare, body[..cut], stateLength: false));
            AssertNothingKept(Fault.ServerAnswerInvalid);
        }
    }

    [Fact]
    public void A_connection_that_breaks_is_tried_again_as_a_whole()
    {
        byte[] whole = TestArchive.Answer(200, Bare, TestArchive.Multipart("b1", Parts()));
        int asked = 0;
        _archive.Fault = On(() => ++asked < 3 ? whole[..(whole.Length / 2)] : null);
        Assert.Equal(7, Receive().Count);
        Assert.Equal(3, asked);
        _archive.Fault = On(() => whole[..(whole.Length / 2)]);
        Directory.Delete(Target, recursive: true);
        AssertNothingKept(Fault.ServerUnreachable);
    }

    [Fact]
    public void An_answer_with_another_boundary_than_stated_is_refused()
    {
        _archive.Fault = On(() => TestArchive.Answer(200, Bare, TestArchive.Multipart("b2", Parts())));
        AssertNothingKept(Fault.ServerAnswerInvalid);
    }

    [Theory]
    [InlineData("application/json", "")]
    [InlineData(Bare, "Content-Encoding: gzip\r\n")]
    public void An_answer_of_another_kind_is_refused(string type, string headers)
    {
        _archive.Fault = On(() => TestArchive.Answer(200, type, TestArchive.Multipart("b1", Parts()), headers));
        AssertNothingKept(Fault.ServerAnswerInvalid);
    }

    [Fact]
    public void The_same_instance_twice_is_one_and_two_of_one_uid_are_refused()
    {
        byte[][] parts = Parts();
        _archive.Fault = On(() => TestArchive.Answer(200, Bare, TestArchive.Multipart("b1", [.. parts, parts[3]])));
        Assert.Equal(7, Receive().Count);
        Directory.Delete(Target, recursive: true);
        byte[] other = [.. parts[3]];
        other[^1] ^= 1;
        _archive.Fault = On(() => TestArchive.Answer(200, Bare, TestArchive.Multipart("b1", [.. parts, other])));
        AssertNothingKept(Fault.ServerAnswerInvalid);
    }

    [Fact]
    public void Six_instances_and_one_twice_are_not_seven()
    {
        byte[][] parts = Parts();
        _archive.Fault = On(() => TestArchive.Answer(200, Bare, TestArchive.Multipart("b1", [.. parts[..6], parts[0]])));
        AssertNothingKept(Fault.SeriesIncomplete);
    }

    [Theory]
    [InlineData("1.2.840.99")]
    [InlineData("../../1.2.3")]
    [InlineData("..")]
    public void An_instance_of_another_series_or_no_uid_is_refused(string series)
    {
        byte[] other = TestSeries.Slice(3).Text(DicomTag.SeriesInstanceUid, "UI", series).File();
        _archive.Fault = On(() => TestArchive.Answer(200, Bare, TestArchive.Multipart("b1", [.. Parts()[..6], other])));
        AssertNothingKept(Fault.ServerAnswerInvalid);
    }

    [Fact]
    public void A_file_never_gets_a_name_out_of_its_folder()
    {
        byte[] other = TestSeries.Slice(3).Text(DicomTag.SopInstanceUid, "UI", "../../evil").File();
        _archive.Fault = On(() => TestArchive.Answer(200, Bare, TestArchive.Multipart("b1", [.. Parts()[..6], other])));
        AssertNothingKept(Fault.ServerAnswerInvalid);
    }

    [Fact]
    public void A_series_that_is_gone_is_told_as_such()
    {
        _archive.Fault = On(() => TestArchive.Answer(404));
        AssertNothingKept(Fault.SeriesGone);
    }

    [Fact]
    public void More_instances_than_were_listed_are_a_series_that_grew()
    {
        DicomSeriesReference listed = Reference();
        _archive.Add(TestSeries.Slice(7).File());
        Assert.Equal(8, SeriesReceiver.Receive(listed, _folder.FullName).Count);
    }

    [Fact]
    public void Stopping_leaves_nothing()
    {
        using var stop = new CancellationTokenSource();
        _archive.Fault = On(() =>
        {
            stop.Cancel();
            return null;
        });
        Assert.ThrowsAny<OperationCanceledException>(() =>
            SeriesReceiver.Receive(Reference(), _folder.FullName, cancellation: stop.Token));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.FullName));
    }

    // What damages the transfer may do: the whole series with its own bytes, or a failure and no file.
    [Fact]
    public void Damaged_answers_never_leave_half_a_series()
    {
        int count = int.Parse(Environment.GetEnvironmentVariable("PANCREASSEG_FUZZ_COUNT") ?? "200", CultureInfo.InvariantCulture) / 10;
        byte[] body = TestArchive.Multipart("b1", Parts());
        DicomSeriesReference series = Reference();
        for (int i = 0; i < count; i++)
        {
            var random = new Random(i);
            byte[] damaged = [.. body];
            int at = random.Next(body.Length), length = Math.Min(random.Next(1, 200), body.Length - at);
            if (i % 3 == 0) damaged = [.. body[..at], .. body[(at + length)..]];
            else if (i % 3 == 1) damaged = [.. body[..(at + length)], .. body[at..]];
            else random.NextBytes(damaged.AsSpan(at, Math.Min(length, 8)));
            _archive.Fault = On(() => TestArchive.Answer(200, Bare, damaged));
            try
            {
                Assert.Equal(7, SeriesReceiver.Receive(series, _folder.FullName).Count);
                Directory.Delete(Target, recursive: true);
            }
            catch (CoreException e)
            {
                Assert.True(e.Fault is Fault.ServerAnswerInvalid or Fault.SeriesIncomplete, e.Message);
                Assert.Empty(Directory.GetFileSystemEntries(_folder.FullName));
            }
        }
    }

    private string Target => Path.Combine(_folder.FullName, TestSeries.Uid);

    private DicomSeriesReference Reference() => ArchiveSearch.Find(_archive.Server(), new StudyQuery()).Single();

    private IReadOnlyList<string> Receive() => SeriesReceiver.Receive(Reference(), _folder.FullName);

    private byte[][] Parts() => [.. Enumerable.Range(0, 7).Select(k => File.ReadAllBytes(_series.PathOf(k)))];

    private static byte[] Plain(byte[][] parts) =>
        [.. parts.SelectMany(p => (byte[])[.. "--b1\r\n\r\n"u8, .. p, .. "\r\n"u8]), .. "--b1--"u8];

    // Only the retrieval of the series itself.
    private static Func<TestArchive.Request, byte[]?> On(Func<byte[]?> answer) => request =>
        request.Path.EndsWith(TestSeries.Uid, StringComparison.Ordinal) ? answer() : null;

    private void AssertNothingKept(Fault fault)
    {
        DicomSeriesReference series = Reference();
        var error = Assert.Throws<CoreException>(() => SeriesReceiver.Receive(series, _folder.FullName));
        Assert.Equal(fault, error.Fault);
        Assert.DoesNotContain("secret", $"{error} {error.Target}", StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(TestSeries.Uid, $"{error.Message} {error.Target}", StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.FullName));
    }
}
