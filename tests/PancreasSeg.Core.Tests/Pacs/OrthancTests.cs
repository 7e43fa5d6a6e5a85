using System.Net;
using PancreasSeg.Dicom;
using PancreasSeg.Pacs;

namespace PancreasSeg.Core.Tests.Pacs;

/// <summary>The same against a real archive.</summary>
public sealed class OrthancTests : IClassFixture<OrthancTests.Running>
{
    private static int s_studies;

    private readonly OrthancServer _orthanc;
    private readonly string _study = $"1.2.826.0.1.98.{Interlocked.Increment(ref s_studies)}";

    public OrthancTests(Running running)
    {
        Assert.SkipUnless(OrthancServer.Absent is null, OrthancServer.Absent ?? "");
        _orthanc = running.Orthanc;
    }

    [Fact]
    public void A_series_is_sent_proven_found_and_comes_back_as_it_was()
    {
        using TestSeries series = Series(24);
        SendResult[] results = Send(series);
        Assert.All(results, r => Assert.Equal((SendStatus.Stored, 1), (r.Status, r.Tries)));
        Assert.All(Send(series), r => Assert.Equal((SendStatus.AlreadyThere, 0), (r.Status, r.Tries)));
        DicomSeriesReference found = Find().Single();
        Assert.Equal((24, "CT", 3), (found.InstanceCount, found.Modality, found.SeriesNumber));
        CtVolume ct = SeriesReceiver.ReadCt(found);
        Assert.Equal(series.Read().Integers.ToArray(), ct.Integers.ToArray());
        Assert.Equal(series.Read().Grid.ToString(), ct.Grid.ToString());
    }

    [Fact]
    public void A_hundred_and_thirty_instances_are_listed_over_pages()
    {
        using TestSeries series = Series(130);
        Assert.All(Send(series), r => Assert.Equal(SendStatus.Stored, r.Status));
        Assert.All(Send(series), r => Assert.Equal(SendStatus.AlreadyThere, r.Status));
        using var folder = new TemporaryFolder();
        Assert.Equal(130, SeriesReceiver.Receive(Find().Single(), folder.FullName).Count);
    }

    [Fact]
    public void Instances_of_two_studies_arrive_in_both()
    {
        using TestSeries series = Series(4);
        series.Each((slice, k) => slice.Text(DicomTag.StudyInstanceUid, "UI", $"{_study}.{k % 2}")
            .Text(DicomTag.SeriesInstanceUid, "UI", $"{_study}.{k % 2}.1")).Save();
        Assert.All(Send(series), r => Assert.Equal(SendStatus.Stored, r.Status));
        Assert.Single(Find($"{_study}.0"));
        Assert.Single(Find($"{_study}.1"));
    }

    [Fact]
    public void A_wrong_password_is_told_as_such()
    {
        var error = Assert.Throws<CoreException>(() =>
            ArchiveSearch.Find(_orthanc.Server("wrong-one"), new StudyQuery { StudyInstanceUid = _study }).Count());
        Assert.Equal(Fault.CredentialRefused, error.Fault);
        Assert.DoesNotContain("wrong-one", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_series_that_was_deleted_is_gone()
    {
        using TestSeries series = Series(3);
        Send(series);
        DicomSeriesReference found = Find().Single();
        DicomSeriesReference gone = found with { SeriesInstanceUid = $"{_study}.404" };
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<CoreException>(() => SeriesReceiver.Receive(gone, folder.FullName));
        Assert.Equal(Fault.SeriesGone, error.Fault);
        Assert.Empty(folder.Files);
    }

    [Fact]
    public void Tls_is_spoken_and_its_certificate_looked_at()
    {
        Assert.SkipUnless(OrthancServer.ProxyAbsent is null, OrthancServer.ProxyAbsent ?? "");
        using TestSeries series = Series(5);
        DicomWebServer Server(string? fingerprint) =>
            new(_orthanc.TlsUri, new NetworkCredential(OrthancServer.User, OrthancServer.Password), fingerprint: fingerprint);
        Assert.All(InstanceSender.Send(Server(_orthanc.Fingerprint), Directory.GetFiles(series.Folder)),
            r => Assert.Equal(SendStatus.Stored, r.Status));
        var query = new StudyQuery { StudyInstanceUid = _study };
        Assert.Equal(5, SeriesReceiver.ReadCt(ArchiveSearch.Find(Server(_orthanc.Fingerprint), query).Single()).Grid.Slices);
        foreach (string? other in new[] { null, new string('A', 64) })
            Assert.Equal(Fault.CertificateUntrusted,
                Assert.Throws<CoreException>(() => ArchiveSearch.Find(Server(other), query).Count()).Fault);
    }

    [Fact]
    public void Unknown_keys_and_dates_are_what_this_archive_does_with_them()
    {
        using TestSeries series = Series(2);
        series.Each((slice, _) => slice.Text(DicomTag.StudyDate, "DA", "20261120").Text(DicomTag.AccessionNumber, "SH", "A7")).Save();
        Send(series);
        var day = new DateOnly(2026, 11, 20);
        StudyQuery query = new() { StudyInstanceUid = _study, From = day, To = day, AccessionNumber = "A7", PatientId = "SECRET-ID" };
        Assert.Single(ArchiveSearch.Find(_orthanc.Server(), query));
        Assert.Empty(ArchiveSearch.Find(_orthanc.Server(), query with { From = day.AddDays(1), To = null }));
        Assert.Empty(ArchiveSearch.Find(_orthanc.Server(), query with { AccessionNumber = "A" }));
        Assert.Empty(ArchiveSearch.Find(_orthanc.Server(), query with { Without = "CT" }));
    }

    private TestSeries Series(int slices)
    {
        var series = new TestSeries(slices, $"{_study}.1");
        return series.Each((slice, _) => slice.Text(DicomTag.StudyInstanceUid, "UI", _study)).Save();
    }

    private SendResult[] Send(TestSeries series) => [.. InstanceSender.Send(_orthanc.Server(), Directory.GetFiles(series.Folder))];

    private IEnumerable<DicomSeriesReference> Find(string? study = null) =>
        ArchiveSearch.Find(_orthanc.Server(), new StudyQuery { StudyInstanceUid = study ?? _study });

    public sealed class Running : IDisposable
    {
        internal OrthancServer Orthanc { get; } = new();

        public void Dispose() => Orthanc.Dispose();
    }
}
