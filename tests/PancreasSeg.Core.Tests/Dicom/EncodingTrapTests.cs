using PancreasSeg.Dicom;

namespace PancreasSeg.Core.Tests.Dicom;

/// <summary>Every way to write the same data set gives the same volume.</summary>
public class EncodingTrapTests
{
    private const string Deflated = "1.2.840.10008.1.2.1.99";
    private const string JpegLossless = "1.2.840.10008.1.2.4.70";

    [Theory]
    [InlineData(TransferSyntax.ImplicitLittleEndianUid)]
    [InlineData(TransferSyntax.ExplicitLittleEndianUid)]
    [InlineData(TransferSyntax.ExplicitBigEndianUid)]
    [InlineData(Deflated)]
    public void Trap56_63_native_syntaxes_read_alike_with_sequences_of_both_kinds(string syntax)
    {
        foreach (bool undefined in new[] { false, true })
        {
            using TestSeries series = new TestSeries().Each((s, _) => WithSequences(s)).Save(syntax, undefined);
            series.AssertRight();
        }
    }

    [Theory]
    [InlineData(TransferSyntax.ImplicitLittleEndianUid)]
    [InlineData(TransferSyntax.ExplicitLittleEndianUid)]
    [InlineData(TransferSyntax.ExplicitBigEndianUid)]
    public void Trap55_a_bare_data_set_is_read_without_preamble_and_meta(string syntax)
    {
        using var series = new TestSeries();
        for (int k = 0; k < 7; k++) File.WriteAllBytes(series.PathOf(k), series.Slices[k].Dataset(syntax));
        series.AssertRight();
    }

    [Fact]
    public void Trap55_no_preamble_or_no_group_length_is_read()
    {
        using var series = new TestSeries();
        for (int k = 0; k < 7; k++)
            File.WriteAllBytes(series.PathOf(k), series.Slices[k].File(preamble: k % 2 == 0, groupLength: k % 3 == 0));
        series.AssertRight();
    }

    [Fact]
    public void Trap55_meta_without_a_transfer_syntax_is_read_from_the_bytes()
    {
        using var series = new TestSeries();
        for (int k = 0; k < 7; k++)
        {
            byte[] meta = new DicomWriter().Text(DicomTag.MediaStorageSopInstanceUid, "UI", "1.2")
                .Dataset(TransferSyntax.ExplicitLittleEndianUid);
            string syntax = k % 2 == 0 ? TransferSyntax.ImplicitLittleEndianUid : TransferSyntax.ExplicitLittleEndianUid;
            File.WriteAllBytes(series.PathOf(k), [.. new byte[128], .. "DICM"u8, .. meta, .. series.Slices[k].Dataset(syntax)]);
        }
        series.AssertRight();
    }

    [Theory]
    [InlineData(TransferSyntax.ImplicitLittleEndianUid, TransferSyntax.ExplicitLittleEndianUid)]
    [InlineData(TransferSyntax.ExplicitLittleEndianUid, TransferSyntax.ImplicitLittleEndianUid)]
    public void Trap55_wrong_little_endian_syntax_is_seen_through(string real, string declared)
    {
        using var series = new TestSeries();
        for (int k = 0; k < 7; k++) File.WriteAllBytes(series.PathOf(k), series.Slices[k].File(real, declared: declared));
        series.AssertRight();
    }

    [Theory]
    [InlineData(TransferSyntax.ExplicitBigEndianUid, TransferSyntax.ExplicitLittleEndianUid)]
    [InlineData(TransferSyntax.ExplicitLittleEndianUid, TransferSyntax.ExplicitBigEndianUid)]
    [InlineData(TransferSyntax.ExplicitLittleEndianUid, Deflated)]
    [InlineData(TransferSyntax.ExplicitLittleEndianUid, JpegLossless)]
    public void Trap55_contradictory_syntax_is_refused(string real, string declared)
    {
        using var series = new TestSeries();
        for (int k = 0; k < 7; k++) File.WriteAllBytes(series.PathOf(k), series.Slices[k].File(real, declared: declared));
        var error = Assert.Throws<CoreException>(() => series.Read());
        Assert.True(
            error.Fault is Fault.DicomFileInvalid or Fault.DicomSeriesEmpty or Fault.DicomTransferSyntaxNotSupported, error.Message);
    }

    [Fact]
    public void Trap56_group_lengths_private_data_odd_lengths_and_trailing_padding_are_stepped_over()
    {
        using TestSeries series = new TestSeries().Each((s, _) => s
            .Raw(0x0008_0000, "UL", [4, 0, 0, 0])
            .Text(0x0009_0010, "LO", "PRIVATE")
            .Raw(0x0009_1001, "UN", new byte[9999])
            .Sequence(0x0009_1002, new DicomWriter().Text(0x0009_1003, "LO", "deep"))
            .Sequence(0x0008_1140)
            .Raw(0xFFFC_FFFC, "OB", new byte[64]));
        for (int k = 0; k < 7; k++)
        {
            // An odd length, which the standard forbids and writers produce.
            byte[] odd = [8, 0, 1, 0, (byte)'L', (byte)'O', 3, 0, 1, 2, 3];
            byte[] file = series.Slices[k].File();
            int at = file.AsSpan().IndexOf((ReadOnlySpan<byte>)[8, 0, 8, 0, (byte)'C', (byte)'S']);
            File.WriteAllBytes(series.PathOf(k), [.. file[..at], .. odd, .. file[at..], .. new byte[37]]);
        }
        series.AssertRight();
    }

    [Fact]
    public void Trap56_unknown_type_of_undefined_length_is_an_implicit_sequence()
    {
        using TestSeries series = new TestSeries().Each((s, _) => s.Text(0x0009_0010, "LO", "PRIVATE"));
        byte[] inner = new DicomWriter().Sequence(0x0009_1005, new DicomWriter().Text(DicomTag.Rows, "LO", "no"))
            .Dataset(TransferSyntax.ImplicitLittleEndianUid, true);
        byte[] unknown = [9, 0, 1, 16, (byte)'U', (byte)'N', 0, 0, 255, 255, 255, 255,
            .. DicomWriter.Item(DicomTag.Item, -1), .. inner, .. DicomWriter.Item(DicomTag.ItemDelimiter, 0),
                .. DicomWriter.Item(DicomTag.SequenceDelimiter, 0)];
        for (int k = 0; k < 7; k++)
        {
            byte[] file = series.Slices[k].File();
            int at = file.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x10, 0, 0x10, 0, (byte)'P', (byte)'N']);
            File.WriteAllBytes(series.PathOf(k), [.. file[..at], .. unknown, .. file[at..]]);
        }
        series.AssertRight();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Trap57_pixel_data_of_an_icon_are_not_the_image(bool undefined)
    {
        using TestSeries series = new TestSeries().Each((s, _) => s.Sequence(0x0088_0200, new DicomWriter()
            .Number(DicomTag.Rows, 2).Number(DicomTag.Columns, 2).Samples(DicomTag.PixelData, [1, 2, 3, 4])));
        series.Save(undefinedLengths: undefined).AssertRight();
    }

    [Fact]
    public void Trap57_a_compressed_icon_is_stepped_over()
    {
        using TestSeries series = new TestSeries().Each((s, _) => s.Sequence(0x0088_0200, new DicomWriter()
            .Number(DicomTag.Rows, 2).Fragments(DicomTag.PixelData, [], [0xFF, 0xD8, 0xFE, 0xFF, 0xDD, 0xE0, 0, 0]))).Save();
        series.AssertRight();
    }

    [Theory]
    [InlineData("1.2.840.10008.1.2.4.51.9", "unknown transfer syntax")]
    [InlineData("1.2.840.10008.1.2.4.55", "JPEG Full Progression")]
    [InlineData("1.2.840.10008.1.2.4.201", "High-Throughput JPEG 2000")]
    [InlineData("1.2.840.10008.1.2.4.102", "MPEG-4")]
    public void Trap61_unread_syntax_is_refused_with_name_uid_and_way_out(string uid, string name)
    {
        using TestSeries series = new TestSeries().Each((s, _) => s.Fragments(DicomTag.PixelData, [], [1, 2, 3, 4])).Save(uid);
        CtSeriesInfo info = series.AssertRefused(SeriesReason.TransferSyntaxNotSupported, Fault.DicomTransferSyntaxNotSupported);
        Assert.Contains(name, info.Detail, StringComparison.Ordinal);
        Assert.Contains(uid, info.Detail, StringComparison.Ordinal);
        Assert.Contains("gdcmconv --raw", Assert.Throws<CoreException>(() => series.Read()).Remedy, StringComparison.Ordinal);
        Assert.Equal([0.5, 0.75, 5], info.Spacing);
    }

    [Theory]
    // One frame takes every fragment, whatever the table says.
    [InlineData(1, "", "FFD8,0000,1111", "0+1+2")]
    [InlineData(1, "0,999", "FFD8,FEFFDDE0,1111", "0+1+2")]
    // As many fragments as frames.
    [InlineData(3, "", "AA,BB,CC", "0 1 2")]
    [InlineData(3, "0,7,9", "AA,BB,CC", "0 1 2")]
    // A right table.
    [InlineData(2, "0,20", "AAAA,BBBB,CCCC", "0+1 2")]
    [InlineData(2, "0,10", "AAAA,BBBB,CCCC", "0 1+2")]
    // A wrong or empty one: the streams themselves tell.
    [InlineData(2, "0,14", "FFD8,0000,FF4F,1111", "0+1 2+3")]
    [InlineData(2, "", "FFD8,0000,FFD8FF,1111", "0+1 2+3")]
    [InlineData(2, "0,4", "FFD8,0000,FF4F,1111", "0+1 2+3")]
    [InlineData(2, "", "FFD8,0000,FF4F,FFD8,1111", null)]
    [InlineData(2, "", "FF4F,0000,1111", null)]
    [InlineData(4, "", "AA,BB", null)]
    public void Trap58_fragments_are_assigned_to_frames(int frames, string table, string fragments, string? expected)
    {
        byte[] offsets = [.. table.Split(',', StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(o => BitConverter.GetBytes(uint.Parse(o, System.Globalization.CultureInfo.InvariantCulture)))];
        byte[][] pieces = [.. fragments.Split(',').Select(Convert.FromHexString)];
        byte[][] items = [offsets, .. pieces];
        byte[] bytes = [.. items.SelectMany(f => DicomWriter.Item(DicomTag.Item, f.Length).Concat(f)),
            .. DicomWriter.Item(DicomTag.SequenceDelimiter, 0)];
        using var input = new DicomInput(new MemoryStream(bytes), bytes.Length);
        if (expected is null)
        {
            Assert.Throws<CoreException>(() => EncapsulatedPixels.Read(input, DicomEncoding.Explicit, frames, default));
            return;
        }
        PixelFragment[][] assigned = EncapsulatedPixels.Read(input, DicomEncoding.Explicit, frames, default);
        // Each fragment is found again by its bytes.
        string[] told = [.. assigned.Select(frame => string.Join('+', frame.Select(f =>
            Array.FindIndex(pieces, p => p.AsSpan().SequenceEqual(bytes.AsSpan((int)f.Offset, f.Length))))))];
        Assert.Equal(expected, string.Join(' ', told));
    }

    private static void WithSequences(DicomWriter slice) => slice.Sequence(0x0008_1115,
        new DicomWriter().Text(0x0020_000E, "UI", "9.9.9").Sequence(0x0008_1199,
            new DicomWriter().Text(0x0008_1155, "UI", "9.9.8").Number(DicomTag.Rows, 77),
            new DicomWriter()),
        new DicomWriter().Text(DicomTag.RescaleSlope, "DS", "17"));
}
