using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using PancreasSeg.Batch;
using PancreasSeg.Dicom;

namespace PancreasSeg.Core.Tests.Batch;

/// <summary>What of the headers gets into the files of a batch: searched for byte by byte.</summary>
public sealed class BatchPrivacyTests : IDisposable
{
    private const string Uid = "1.2.840.99.19210203.7";

    private readonly BatchFixture _batch = new();

    public void Dispose() => _batch.Dispose();

    private static DicomWriter Marked(DicomWriter slice, string uid, int k, string kernel) => slice
        .Text(DicomTag.SeriesInstanceUid, "UI", uid).Text(DicomTag.SopInstanceUid, "UI", $"{uid}.{k}")
        .Text(DicomTag.StudyInstanceUid, "UI", "1.2.840.99.20200202.5").Text(DicomTag.ConvolutionKernel, "SH", kernel)
        .Text(0x0008_0020, "DA", "19210203").Text(0x0008_0080, "LO", "SECRET-HOSPITAL").Text(0x0008_0050, "SH", "SECRET-ACCESSION")
        .Text(0x0008_1030, "LO", "SECRET-STUDY").Text(0x0008_103E, "LO", "SECRET-SERIES").Text(0x0018_1030, "LO", "SECRET-PROTOCOL");

    private void Studies()
    {
        _batch.DicomStudy("chosen/a", change: (s, k) => Marked(s, Uid, k, "SECRET-KERNEL"));
        string other = _batch.DicomStudy("chosen/b", change: (s, k) => Marked(s, $"{Uid}.2", k, "SECRET-KERNEL"));
        File.Delete(Path.Combine(other, "47.dcm"));
        _batch.DicomStudy("twice/a", change: (s, k) => Marked(s, $"{Uid}.3", k, "SECRET-KERNEL"));
        _batch.DicomStudy("twice/b", change: (s, k) => Marked(s, $"{Uid}.4", k, "SECRET-KERNEL"));
    }

    private (string Text, List<BatchItem> Items) Told(bool fullUid, BatchGrouping group = BatchGrouping.Entry)
    {
        List<BatchItem> items = _batch.Run(o => o with
        {
            FullUid = fullUid,
            Group = group,
            Series = new CtSeriesOptions { Rules = new SeriesRules { MostSlices = true } },
        }).Items;
        var text = new StringBuilder();
        foreach (BatchItem item in items) text.AppendJoin(" ", [$"{item}", item.Message, .. item.SeriesPassedOver]);
        foreach (string file in Directory.GetFiles(_batch.Output.Root, "*", SearchOption.AllDirectories))
            text.Append(Encoding.Latin1.GetString(Path.GetExtension(file) == ".gz" ? Unzipped(file) : File.ReadAllBytes(file)));
        return ($"{text}", items);
    }

    private static byte[] Unzipped(string file)
    {
        using var stream = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }

    private static string Sha256(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(text)));

    [Theory]
    [InlineData(BatchGrouping.Entry)]
    [InlineData(BatchGrouping.Study)]
    public void Uids_are_hashes_in_every_file_and_no_text_of_a_header_is_told(BatchGrouping group)
    {
        Studies();
        (string told, List<BatchItem> items) = Told(fullUid: false, group);
        Assert.All(new[] { "19210203", "20200202", "SECRET", "Secret", "1.2.840.99" },
            text => Assert.DoesNotContain(text, told, StringComparison.Ordinal));
        if (group == BatchGrouping.Study) return;
        Assert.Equal([nameof(Fault.DicomSeriesAmbiguous)], items.Single(i => i.Study == "twice").Reasons);
        Assert.Contains($"\"seriesUidSha256\": \"{Sha256(Uid)}\"", told, StringComparison.Ordinal);
        Assert.Contains($"uid:{Sha256($"{Uid}.3")[..12]} (48 images", items.Single(i => i.Study == "twice").Message,
            StringComparison.Ordinal);
        Assert.StartsWith($"uid:{Sha256($"{Uid}.2")[..12]} (47 images",
            Assert.Single(items.Single(i => i.Study == "chosen").SeriesPassedOver), StringComparison.Ordinal);
    }

    [Fact]
    public void Full_uids_come_where_they_are_asked_for()
    {
        Studies();
        (string told, List<BatchItem> items) = Told(fullUid: true);
        Assert.Contains($"\"seriesUid\": \"{Uid}\"", told, StringComparison.Ordinal);
        Assert.Contains($"{Uid}.3 (48 images", items.Single(i => i.Study == "twice").Message, StringComparison.Ordinal);
    }

    /// <summary>The one text of a header that is told: what tells parts of one series apart, cut at 32 characters.</summary>
    [Fact]
    public void A_kernel_is_told_where_it_tells_parts_of_a_series_apart()
    {
        _batch.DicomStudy("parts/a", change: (s, k) => Marked(s, Uid, k, "KERNEL-A"));
        string other = _batch.DicomStudy("parts/b", change: (s, k) => Marked(s, Uid, k + 100, "KERNEL-B"));
        File.Delete(Path.Combine(other, "47.dcm"));
        (string told, List<BatchItem> items) = Told(fullUid: false);
        Assert.Equal(BatchState.Done, Assert.Single(items).State);
        Assert.Contains("KERNEL-B", Assert.Single(items[0].SeriesPassedOver), StringComparison.Ordinal);
        Assert.All(new[] { "19210203", "SECRET", "1.2.840.99" }, text => Assert.DoesNotContain(text, told, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("holds no series 1.2.840.10008.5.1. It", "holds no series uid:* It")]
    [InlineData("2.25.308365117934827362514 and 2.25.4", "uid:* and 2.25.4")]
    [InlineData("'/export/1.2.3.4.5.6/1.2.3.4.5.7.dcm' is damaged: 1.2.3.4.5.6.", "'/export/1.2.3.4.5.6/1.2.3.4.5.7.dcm' is damaged: uid:*")]
    [InlineData("'1.2.3.4.5.6' frame 3", "'1.2.3.4.5.6' frame 3")]
    [InlineData("0.5 x 0.75 x 5 mm, version 10.0.3, 127.0.0.1", "0.5 x 0.75 x 5 mm, version 10.0.3, 127.0.0.1")]
    public void Names_of_files_and_other_numbers_stay(string text, string expected) =>
        Assert.Matches($"^{Regex.Escape(expected).Replace(@"\*", "[0-9a-f]{12}\\.?", StringComparison.Ordinal)}$", UidText.Hashed(text));
}
