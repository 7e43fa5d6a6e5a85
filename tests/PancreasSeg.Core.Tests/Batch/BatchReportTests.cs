using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using PancreasSeg.Batch;
using PancreasSeg.Core.Tests.Evaluation;
using PancreasSeg.Network;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Core.Tests.Batch;

public sealed class BatchReportTests : IDisposable
{
    private readonly BatchFixture _batch = new();

    public void Dispose() => _batch.Dispose();

    [Fact]
    public void Studies_to_look_at_come_first_with_the_sentences_of_their_reasons()
    {
        _batch.Study("plain.nii");
        _batch.Study("zero.nii", hu: -50);
        string page = File.ReadAllText(_batch.Run().Summary.Report!);
        int flagged = page.IndexOf(">zero</span>", StringComparison.Ordinal), plain = page.IndexOf(">plain</span>", StringComparison.Ordinal);
        Assert.InRange(flagged, 1, plain);
        string sentence = WebUtility.HtmlEncode(ReasonText.Of(nameof(SegmentationReason.MaskEmpty)));
        Assert.Contains(sentence, page[flagged..plain], StringComparison.Ordinal);
        Assert.Contains("<code>MaskEmpty</code>", page[flagged..plain], StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_expected_to_be_worst_comes_first_and_below_the_bound_is_flagged()
    {
        foreach ((string name, int width) in ((string, int)[])[("a", 16), ("b", 8), ("c", 12)]) _batch.Study($"{name}.nii", width);
        PancreasModel one = BatchFixture.Model();
        PancreasModel model = ModelEnsemble.Of("e", [one, one], null, null, QualityModels.ByVolume(BatchFixture.Millilitres(16)));
        (BatchSummary run, List<BatchItem> items) = _batch.Run(o => o with { ReviewBelow = 0.5 }, model: model);
        Assert.Equal([false, true, false], items.Select(i => i.IsFlagged));
        Assert.Equal([nameof(SegmentationReason.QualityDoubtful)], items[1].Reasons);
        Assert.Equal((2, "VolumeUnusual"), (items[1].MembersUsed, items[1].ReviewReason));
        Assert.True(items[1].ExpectedDice < items[2].ExpectedDice && items[2].ExpectedDice < items[0].ExpectedDice);
        Assert.Equal(items.Select(i => (i.ExpectedDice, i.ExpectedDiceLow, i.ReviewReason, i.MembersUsed)),
            _batch.History().OrderBy(i => i.Study).Select(i => (i.ExpectedDice, i.ExpectedDiceLow, i.ReviewReason, i.MembersUsed)));

        string page = File.ReadAllText(run.Report!);
        Assert.Equal(["b", "c", "a"], Regex.Matches(page, "<span class=\"name\">(.)</span>").Select(m => m.Groups[1].Value));
        Assert.Matches($"data-h=\"Expected Dice\">{items[1].ExpectedDice:0.00} <small>{items[1].ExpectedDiceLow:0.00} or more</small> <code>VolumeUnusual</code>", page);
        string[] lines = File.ReadAllLines(Path.ChangeExtension(run.Report!, ".csv")), heads = lines[0].Split(',');
        string[] worst = lines.First(line => line.StartsWith("b,", StringComparison.Ordinal)).Split(',');
        Assert.Equal("VolumeUnusual", worst[^(heads.Length - Array.IndexOf(heads, "ReviewReason"))]);
    }

    [Fact]
    public void Pictures_and_files_lie_beside_the_page_and_every_link_leads_to_one()
    {
        _batch.Study("a b#.nii");
        BatchSummary run = _batch.Run().Summary;
        string page = File.ReadAllText(run.Report!);
        Assert.DoesNotContain("base64,", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http:", page, StringComparison.Ordinal);
        Assert.DoesNotContain("https:", page, StringComparison.Ordinal);
        string[] links = [.. Regex.Matches(page, "(?:href|src)=\"([^\"]+)\"").Select(m => WebUtility.HtmlDecode(m.Groups[1].Value))];
        Assert.Contains(links, link => link.EndsWith("thumbnail.png", StringComparison.Ordinal));
        Assert.Contains(links, link => link.EndsWith(".csv", StringComparison.Ordinal));
        Assert.All(links, link => Assert.True(File.Exists(Path.Combine(_batch.Output.Reports, Uri.UnescapeDataString(link))), link));
    }

    [Fact]
    public void The_policy_lets_through_the_pages_own_script_and_style_and_nothing_else()
    {
        _batch.Study("a.nii");
        string page = File.ReadAllText(_batch.Run().Summary.Report!);
        string policy = Regex.Match(page, "Content-Security-Policy\" content=\"([^\"]+)\"").Groups[1].Value;
        Assert.StartsWith("default-src 'none';", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        foreach (string tag in (string[])["script", "style"])
        {
            string content = Assert.Single(Regex.Matches(page, $"<{tag}>(.*?)</{tag}>", RegexOptions.Singleline)).Groups[1].Value;
            string hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(content)));
            Assert.Contains($"{tag}-src 'sha256-{hash}'", policy, StringComparison.Ordinal);
        }
        // What a policy of hashes would silence.
        Assert.DoesNotMatch("<[^>]+ (style|on[a-z]+)=", Regex.Replace(page, "<(script|style)>.*?</", "", RegexOptions.Singleline));
    }

    [Fact]
    public void A_row_is_small_and_text_of_names_stays_text()
    {
        string name = OperatingSystem.IsWindows() ? "a & b' (1)" : "<img src=x onerror=alert(1)>";
        _batch.Study("one.nii");
        long one = new FileInfo(_batch.Run().Summary.Report!).Length;
        _batch.Study("two.nii");
        _batch.Study($"{name}.nii");
        BatchSummary run = _batch.Run(o => o with { Force = true, PatientKeys = new Dictionary<string, string> { ["two"] = "<b>key" } }).Summary;
        string page = File.ReadAllText(run.Report!);
        Assert.InRange(page.Length - one, 500, 4000);
        Assert.DoesNotContain("<img src=x", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>key", page, StringComparison.Ordinal);
        Assert.Contains("&lt;b&gt;key", page, StringComparison.Ordinal);
    }

    [Fact]
    public void The_table_lies_beside_it_as_csv_in_every_culture()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
        try
        {
            _batch.Study("a.nii");
            _batch.Study("b.nii", width: 12, hu: -50);
            _batch.Study("=cmd.nii");
            string[] lines = File.ReadAllLines(Path.ChangeExtension(_batch.Run().Summary.Report!, ".csv"));
            Assert.Equal(4, lines.Length);
            Assert.StartsWith("Study,State,Status,Reasons,Message,VolumeMl,MeanHu,", lines[0], StringComparison.Ordinal);
            Assert.Contains(lines, line => line.StartsWith("a,Done,", StringComparison.Ordinal) && line.Contains(",92.160,", StringComparison.Ordinal));
            Assert.Contains(lines, line => line.StartsWith("b,Done,Empty,MaskEmpty,\"No voxel", StringComparison.Ordinal));
            Assert.DoesNotContain(lines, line => line.StartsWith('='));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void Volumes_of_a_key_stand_over_time_and_are_left_out_where_there_is_no_key()
    {
        _batch.Study("first.nii", width: 12);
        var keys = new Dictionary<string, string> { ["first"] = "K1", ["second"] = "K1" };
        _batch.Run(o => o with { PatientKeys = keys });
        _batch.Study("second.nii");
        string page = File.ReadAllText(_batch.Run(o => o with { PatientKeys = keys }).Summary.Report!);
        string course = page[page.IndexOf("Volume over time", StringComparison.Ordinal)..];
        Assert.Matches("69\\.1 mL, \\w+, first(.|\\n)*92\\.2 mL, \\w+, second", course);
        Assert.Equal(2, Regex.Count(course, "<circle "));
        // The larger volume lies higher.
        double[] heights = [.. Regex.Matches(course, "cy=\"([0-9.]+)\"").Select(m => double.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture))];
        Assert.True(heights[1] < heights[0]);
        _batch.Study("third.nii");
        page = File.ReadAllText(_batch.Run().Summary.Report!);
        Assert.Contains("Left out: no study of this run has a patient key", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<circle ", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(10, "Repeat scans of one visit (10 of this model) differ: what changes by less than 22% may not have changed.", 2)]
    [InlineData(9, "Without a band: 9 repeat scans of this model are too few.", 0)]
    public void Repeat_scans_that_the_keys_name_give_a_band_where_there_are_enough(int pairs, string words, int bands)
    {
        DateTimeOffset start = DateTimeOffset.UtcNow;
        BatchItem Scan(string study, string key, double volume, string model = "m") => new()
        {
            Study = study,
            PatientKey = key,
            VolumeMl = volume,
            ModelSha256 = model,
            State = BatchState.Done,
            Status = SegmentationStatus.Ok,
            Started = start = start.AddMinutes(1),
            Ended = start,
        };
        // The logarithms of a pair lie 0.1 apart: 1.96 of their standard deviation is 0.196, and exp(0.196) is 1.217.
        List<BatchItem> history = [.. Enumerable.Range(0, pairs).SelectMany(i => new[]
        {
            Scan($"a{i}", $"K{i}/1", 80 + i), Scan($"b{i}", $"K{i}/1", (80 + i) * Math.Exp(0.1)),
            // Neither another visit nor another model says anything of these.
            Scan($"c{i}", $"K{i}/2", 40), Scan($"a{i}", $"K{i}/1", 300, "other"),
        })];
        history.Add(Scan("x", "X/1", 90));
        history.Add(Scan("y", "X", 60));
        var run = new BatchSummary { Run = "r", Started = start, Ended = start };
        string page = File.ReadAllText(BatchReport.Write(_batch.Output, run, history[^2..], history));
        string course = page[page.IndexOf("Volume over time", StringComparison.Ordinal)..];
        Assert.Contains(words, course, StringComparison.Ordinal);
        Assert.Equal((2, bands), (Regex.Count(course, "<circle "), Regex.Count(course, "<line ")));
        Assert.Contains("<code>X</code>", course, StringComparison.Ordinal);
        Assert.DoesNotContain("<code>K1", course, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("report.css")]
    [InlineData("view.css")]
    public void Letters_stand_out_from_their_ground_by_four_and_a_half_to_one(string file)
    {
        string style = PageAssets.Read(file);
        MatchCollection themes = Regex.Matches(style, ":root \\{[^}]*--ink[^}]*\\}");
        Assert.NotEmpty(themes);
        foreach (Match theme in themes)
        {
            Dictionary<string, string> colours = Regex.Matches(theme.Value, "--(\\w+): #([0-9a-f]+)")
                .ToDictionary(m => m.Groups[1].Value, m => m.Groups[2].Value);
            foreach (string letters in (string[])["ink", "soft", "link"])
                foreach (string ground in (string[])["paper", "raised"])
                    Assert.True(Contrast(colours[letters], colours[ground]) >= 4.5, $"{letters} on {ground}");
        }
        foreach (Match badge in Regex.Matches(style, "background: #([0-9a-f]{6})"))
            Assert.True(Contrast("fff", badge.Groups[1].Value) >= 4.5, badge.Value);
    }

    // WCAG 2.2, relative luminance and contrast ratio.
    private static double Contrast(string a, string b)
    {
        double[] light = [Luminance(a), Luminance(b)];
        return (light.Max() + 0.05) / (light.Min() + 0.05);
    }

    private static double Luminance(string colour)
    {
        string hex = colour.Length == 3 ? string.Concat(colour.Select(c => $"{c}{c}")) : colour;
        double Channel(int at)
        {
            double c = int.Parse(hex.AsSpan(at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0;
            return c <= 0.04045 ? c / 12.92 : Math.Pow((c + 0.055) / 1.055, 2.4);
        }
        return 0.2126 * Channel(0) + 0.7152 * Channel(2) + 0.0722 * Channel(4);
    }
}
