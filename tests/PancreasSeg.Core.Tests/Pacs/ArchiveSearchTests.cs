using System.Globalization;
using System.Text;
using PancreasSeg.Dicom;
using PancreasSeg.Pacs;

namespace PancreasSeg.Core.Tests.Pacs;

/// <summary>What a search finds, and that every answer is held against the question again.</summary>
public sealed class ArchiveSearchTests : IDisposable
{
    private readonly TestArchive _archive = new();

    public void Dispose() => _archive.Dispose();

    [Fact]
    public void A_series_is_found_with_what_a_retrieval_needs()
    {
        AddStudy(1, slices: 3);
        DicomSeriesReference series = Assert.Single(Find(new StudyQuery { PatientId = "P1" }));
        Assert.Equal(("1.2.3.1", "1.2.3.1.9", "CT", 3, 3),
            (series.StudyInstanceUid, series.SeriesInstanceUid, series.Modality, series.SeriesNumber, series.InstanceCount));
        Assert.Null(series.Description);
        Assert.DoesNotContain("1.2.3", series.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Descriptions_are_matched_and_shown_only_when_asked_for()
    {
        AddStudy(1);
        Assert.Single(Find(new StudyQuery { Description = d => d.Contains("portal", StringComparison.Ordinal) }));
        Assert.Empty(Find(new StudyQuery { Description = d => d.Contains("native", StringComparison.Ordinal) }));
        Assert.Equal("Abdomen portal 1", Find(new StudyQuery { ShowDescription = true }).Single().Description);
    }

    [Fact]
    public void A_key_that_the_server_ignores_counts_nevertheless()
    {
        for (int i = 1; i <= 5; i++) AddStudy(i);
        _archive.IgnoresKeys = true;
        Assert.Equal("1.2.3.2", Find(new StudyQuery { PatientId = "P2" }).Single().StudyInstanceUid);
        Assert.Equal("1.2.3.3", Find(new StudyQuery { AccessionNumber = "A3" }).Single().StudyInstanceUid);
        Assert.Equal("1.2.3.4", Find(new StudyQuery { StudyInstanceUid = "1.2.3.4" }).Single().StudyInstanceUid);
        Assert.Equal(["1.2.3.3", "1.2.3.4"], Find(new StudyQuery { From = new(2026, 11, 3), To = new(2026, 11, 4) })
            .Select(s => s.StudyInstanceUid).Order());
        Assert.Equal(3, Find(new StudyQuery { From = new(2026, 11, 3) }).Count());
        Assert.Equal("1.2.3.5.9", Find(new StudyQuery { SeriesInstanceUid = "1.2.3.5.9" }).Single().SeriesInstanceUid);
        Assert.Empty(Find(new StudyQuery { Modality = "MR" }));
    }

    [Fact]
    public void Studies_that_hold_a_segmentation_can_be_left_out()
    {
        for (int i = 1; i <= 3; i++) AddStudy(i);
        _archive.Add(Slice(2, 0).Text(DicomTag.Modality, "CS", "SEG").Text(DicomTag.SeriesInstanceUid, "UI", "1.2.3.2.8")
            .Text(DicomTag.SopInstanceUid, "UI", "1.2.3.2.8.1").File());
        Assert.Equal(["1.2.3.1", "1.2.3.3"], Find(new StudyQuery { Without = "SEG" }).Select(s => s.StudyInstanceUid).Order());
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(100)]
    [InlineData(37)]
    [InlineData(1)]
    public void Every_study_is_found_once_whatever_pages_the_server_gives(int cap)
    {
        _archive.PageCap = cap;
        int count = cap == 1 ? 12 : 120;
        for (int i = 1; i <= count; i++) AddStudy(i);
        Assert.Equal(count, Find(new StudyQuery()).Select(s => s.StudyInstanceUid).Distinct().Count());
    }

    [Fact]
    public void A_server_without_pages_is_read_twice_and_no_more()
    {
        for (int i = 1; i <= 150; i++) AddStudy(i);
        _archive.Fault = request => request.Path != "studies" ? null
            : _archive.Own(request with { Target = "/dicom-web/studies" });
        Assert.Equal(150, Find(new StudyQuery()).Count());
        Assert.Equal(4, _archive.Requests.Count(r => r.Contains("/studies?", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_server_without_pages_whose_list_grows_meanwhile_is_read_to_its_end()
    {
        for (int i = 1; i <= 150; i++) AddStudy(i);
        int asked = 0;
        _archive.Fault = request =>
        {
            if (request.Path != "studies") return null;
            if (++asked == 2) AddStudy(151);
            return asked > 20 ? throw new IOException() : _archive.Own(request with { Target = "/dicom-web/studies" });
        };
        Assert.Equal(151, Find(new StudyQuery()).Count());
    }

    // Newest first, as archives list: each arrival shifts all pages by one.
    [Fact]
    public void Of_a_thousand_studies_with_ten_arriving_meanwhile_each_is_found_once()
    {
        for (int i = 1; i <= 1000; i++) AddStudy(i);
        int arrived = 0;
        _archive.Fault = request =>
        {
            if (request.Path == "studies" && arrived < 10) AddStudy(1001 + arrived++);
            return null;
        };
        string[] found = [.. Find(new StudyQuery()).Select(s => s.StudyInstanceUid)];
        Assert.Equal(found.Distinct().Count(), found.Length);
        Assert.Equal(1010, found.Length);
    }

    // A study that goes shifts the pages the other way: one would be stepped over.
    [Fact]
    public void A_study_that_another_ones_leaving_hides_is_found_too()
    {
        string[] uids = [.. Enumerable.Range(1, 250).Select(i => $"1.2.3.{i}")];
        int asked = 0;
        _archive.Fault = request =>
        {
            if (request.Path != "studies") return TestArchive.Answer(200, "application/dicom+json", "[]"u8.ToArray());
            int offset = int.Parse(request.Keys["offset"], CultureInfo.InvariantCulture);
            IEnumerable<string> list = uids.Skip(asked++ == 0 ? 0 : 1).Skip(offset).Take(100);
            string body = $"[{string.Join(',', list.Select(u => $$$"""{"0020000D":{"vr":"UI","Value":["{{{u}}}"]}}"""))}]";
            return TestArchive.Answer(200, "application/dicom+json", Encoding.UTF8.GetBytes(body));
        };
        _ = Find(new StudyQuery()).Count();
        string[] asks = [.. _archive.Requests.Where(r => r.Contains("/series?", StringComparison.Ordinal)).Select(r => r.Split('/')[3])];
        Assert.Equal(uids.Order(), asks.Order());
    }

    [Theory]
    [InlineData(204, "text/plain", "")]
    [InlineData(200, "application/dicom+json", "[]")]
    public void No_hit_is_an_empty_list_however_it_is_said(int status, string type, string body)
    {
        _archive.Fault = _ => TestArchive.Answer(status, type, Encoding.ASCII.GetBytes(body));
        Assert.Empty(Find(new StudyQuery()));
    }

    [Theory]
    [InlineData("<html>Sign in</html>")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("")]
    [InlineData("[{\"0020000D\":")]
    public void An_answer_that_is_no_list_is_refused(string body)
    {
        _archive.Fault = _ => TestArchive.Answer(200, "application/dicom+json", Encoding.UTF8.GetBytes(body));
        AssertFault(Fault.ServerAnswerInvalid, () => Find(new StudyQuery()).Count());
    }

    [Fact]
    public void An_answer_nested_too_deep_or_too_long_is_refused()
    {
        _archive.Fault = _ => TestArchive.Answer(200, "application/dicom+json",
            Encoding.ASCII.GetBytes($"[{{\"1\":{new string('[', 40)}{new string(']', 40)}}}]"));
        AssertFault(Fault.ServerAnswerInvalid, () => Find(new StudyQuery()).Count());
        _archive.Fault = _ => TestArchive.Answer(200, "application/dicom+json", Encoding.ASCII.GetBytes(new string(' ', 65 << 20) + "[]"));
        AssertFault(Fault.ServerAnswerInvalid, () => Find(new StudyQuery()).Count());
    }

    [Fact]
    public void Odd_values_are_no_hit_and_no_crash()
    {
        _archive.Fault = _ => TestArchive.Answer(200, "application/dicom+json", Encoding.ASCII.GetBytes(
            """[{"0020000D":{"vr":"UI","Value":["../../etc"]}},{"0020000D":{"vr":"UI"}},{"0020000D":5},{"0020000D":{"Value":["\ud800"]}},{}]"""));
        Assert.Empty(Find(new StudyQuery()));
    }

    public static TheoryData<StudyQuery> Misunderstood() => new(
        new StudyQuery { PatientId = "P*" }, new StudyQuery { PatientId = "" }, new StudyQuery { PatientId = new string('1', 65) },
        new StudyQuery { AccessionNumber = "A\\B" }, new StudyQuery { AccessionNumber = "A\n" }, new StudyQuery { StudyInstanceUid = "1..2" },
        new StudyQuery { SeriesInstanceUid = "1.2/../3" }, new StudyQuery { Modality = "ct" }, new StudyQuery { Without = "SEG,SR" },
        new StudyQuery { From = new(2026, 11, 2), To = new(2026, 11, 1) });

    [Theory]
    [MemberData(nameof(Misunderstood))]
    public void A_value_that_a_server_would_misunderstand_is_never_sent(StudyQuery query)
    {
        AssertFault(Fault.SettingInvalid, () => Find(query).Count());
        Assert.Empty(_archive.Requests);
    }

    [Fact]
    public void Values_are_escaped()
    {
        AddStudy(1, patient: "A&limit=0#é 1");
        Assert.Single(Find(new StudyQuery { PatientId = "A&limit=0#é 1" }));
        Assert.Contains("PatientID=A%26limit%3D0%23%C3%A9%201&", _archive.Requests[0], StringComparison.Ordinal);
    }

    internal static void AssertFault(Fault fault, Func<int> action)
    {
        var error = Assert.Throws<CoreException>(() => action());
        Assert.Equal(fault, error.Fault);
        Assert.NotNull(error.Remedy);
    }

    private IEnumerable<DicomSeriesReference> Find(StudyQuery query) => ArchiveSearch.Find(_archive.Server(), query);

    private void AddStudy(int number, int slices = 1, string? patient = null)
    {
        for (int k = 0; k < slices; k++)
            _archive.Add(Slice(number, k).Text(DicomTag.PatientId, "LO", patient ?? $"P{number}").File());
    }

    private static DicomWriter Slice(int number, int k) => TestSeries.Slice(k, $"1.2.3.{number}.9")
        .Text(DicomTag.StudyInstanceUid, "UI", $"1.2.3.{number}").Text(DicomTag.AccessionNumber, "SH", $"A{number}")
        .Text(DicomTag.StudyDate, "DA", string.Create(CultureInfo.InvariantCulture, $"202611{number % 100:00}"))
        .Text(DicomTag.SeriesDescription, "LO", $"Abdomen portal {number}");
}
