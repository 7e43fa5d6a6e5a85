using PancreasSeg.Core.Tests.Dicom.Codecs;
using PancreasSeg.Dicom;
using PancreasSeg.Dicom.Codecs;

namespace PancreasSeg.Core.Tests.Dicom;

/// <summary>
/// Whole series in every encoding without loss, of 12-bit unsigned and of 16-bit signed samples: exact HU, and the slice after the one
/// that is wrong named. The frames are those of other tools (Codecs/Fixtures/make_fixtures.py); each slice has its own intercept.
/// </summary>
public class CompressedSeriesTests
{
    [Theory]
    [InlineData("1.2.840.10008.1.2.5", "u12.rle")]
    [InlineData("1.2.840.10008.1.2.5", "s16.rle")]
    [InlineData("1.2.840.10008.1.2.4.57",
        "u12-predictor1.ljpg u12-predictor2.ljpg u12-predictor3.ljpg u12-predictor4.ljpg u12-predictor5.ljpg u12-predictor6.ljpg u12-predictor7.ljpg")]
    [InlineData("1.2.840.10008.1.2.4.57",
        "s16-predictor1.ljpg s16-predictor2.ljpg s16-predictor3.ljpg s16-predictor4.ljpg s16-predictor5.ljpg s16-predictor6.ljpg s16-predictor7.ljpg")]
    [InlineData("1.2.840.10008.1.2.4.70", "u12-predictor1.ljpg u12-restart.ljpg")]
    [InlineData("1.2.840.10008.1.2.4.70", "s16-predictor1.ljpg s16-restart.ljpg")]
    [InlineData("1.2.840.10008.1.2.4.80", "u12.jls u12-restart.jls u12-presets.jls u12-precision12.jls")]
    [InlineData("1.2.840.10008.1.2.4.80", "s16.jls s16-restart.jls")]
    [InlineData("1.2.840.10008.1.2.4.90", "u12.j2k u12-tiles.jp2 u12-signed.j2k")]
    [InlineData("1.2.840.10008.1.2.4.90", "s16.j2k")]
    [InlineData("1.2.840.10008.1.2.4.91", "u12.j2k")]
    [InlineData("1.2.840.10008.1.2.4.91", "s16.j2k")]
    [InlineData(TransferSyntax.ImplicitLittleEndianUid, "u12")]
    [InlineData(TransferSyntax.ImplicitLittleEndianUid, "s16")]
    [InlineData(TransferSyntax.ExplicitLittleEndianUid, "u12")]
    [InlineData(TransferSyntax.ExplicitLittleEndianUid, "s16")]
    [InlineData(TransferSyntax.ExplicitBigEndianUid, "u12")]
    [InlineData(TransferSyntax.ExplicitBigEndianUid, "s16")]
    [InlineData("1.2.840.10008.1.2.1.99", "u12")]
    [InlineData("1.2.840.10008.1.2.1.99", "s16")]
    public void Trap59_60_a_series_without_loss_has_exact_values(string syntax, string files)
    {
        string[] frames = files.Split(' ');
        FrameFormat format = CodecSlices.Format(frames[0]);
        using TestSeries series = Series(format, (slice, k) => Encode(slice, syntax, frames[k % frames.Length], format)).Save(syntax);
        Assert.SkipWhen(series.Info().Reason == SeriesReason.TransferSyntaxNotSupported, "no OpenJPEG library");
        AssertExact(series.Read(), format);
    }

    /// <summary>All frames in one file, also within an archive, with the offset table right, wrong or absent.</summary>
    [Theory]
    [InlineData("1.2.840.10008.1.2.5", "u12.rle", "right")]
    [InlineData("1.2.840.10008.1.2.4.70", "s16-predictor1.ljpg", "wrong")]
    [InlineData("1.2.840.10008.1.2.4.80", "u12.jls", "absent")]
    public void Trap58_frames_of_one_file_in_several_fragments(string syntax, string file, string table)
    {
        FrameFormat format = CodecSlices.Format(file);
        using TestSeries series = EnhancedTests.Multi("1.2.840.10008.5.1.4.1.1.2.1", shared: true);
        byte[][] fragments = [.. Enumerable.Range(0, 7).SelectMany(_ => Fragments(file, table == "absent" ? 1 : 2))];
        int step = Fragments(file, 2).Sum(f => f.Length + 8);
        uint[] offsets = table == "absent" ? [] : [.. Enumerable.Range(0, 7).Select(k => (uint)(k * step + (table == "wrong" ? 2 : 0)))];
        Describe(series.Slices[0], format).Fragments(DicomTag.PixelData, [[.. offsets.SelectMany(BitConverter.GetBytes)], .. fragments]);
        series.Save(syntax);
        CtVolume volume = series.Read();
        AssertExact(volume, format);

        using var folder = new TemporaryFolder();
        System.IO.Compression.ZipFile.CreateFromDirectory(series.Folder, folder.File("study.zip"));
        CtVolume zipped = CtSeriesReader.Read(folder.File("study.zip"));
        Assert.True(zipped.Grid.Equals(volume.Grid));
        AssertExact(zipped, format);
    }

    [Fact]
    public void Without_its_library_a_series_is_listed_as_not_readable_with_what_to_do()
    {
        using TestSeries series =
            Series(CodecSlices.Format("u12"), (slice, _) => Encode(slice, "1.2.840.10008.1.2.4.90", "u12.j2k", CodecSlices.Format("u12")))
            .Save("1.2.840.10008.1.2.4.90");
        IReadOnlyList<CtSlice> slices = series.Info().Slices;
        SeriesProblem? problem = SeriesDescriber.FindUnreadSyntax(slices, _ => new Jpeg2000Codec(() => "no such file"));
        Assert.Equal(SeriesReason.TransferSyntaxNotSupported, problem!.Reason);
        Assert.Contains("JPEG 2000 (Lossless Only) (1.2.840.10008.1.2.4.90)", problem.Detail, StringComparison.Ordinal);
        CoreException error = problem.ToException(series.Folder);
        Assert.Equal(Fault.DicomTransferSyntaxNotSupported, error.Fault);
        Assert.Contains("apt-get install libopenjp2-7", error.Remedy, StringComparison.Ordinal);
        Assert.Contains("gdcmconv --raw", error.Remedy, StringComparison.Ordinal);
        Assert.Null(SeriesDescriber.FindUnreadSyntax(slices, _ => new RleCodec()));
    }

    /// <summary>Seven slices of 61 x 47.</summary>
    internal static TestSeries Series(FrameFormat format, Action<DicomWriter, int> encode) => new TestSeries().Each((slice, k) =>
    {
        Describe(slice, format).Numbers(DicomTag.RescaleIntercept, -1024 - k);
        encode(slice, k);
    });

    internal static void Encode(DicomWriter slice, string syntax, string file, FrameFormat format)
    {
        if (TransferSyntax.Of(syntax).IsNative) slice.Samples(DicomTag.PixelData, [.. CodecSlices.Truth(format).Select(v => (ushort)v)]);
        else slice.Fragments(DicomTag.PixelData, [[], .. Fragments(file, 3)]);
    }

    private static DicomWriter Describe(DicomWriter slice, FrameFormat format) => slice
        .Number(DicomTag.Rows, format.Rows).Number(DicomTag.Columns, format.Columns).Number(DicomTag.BitsAllocated, format.BitsAllocated)
        .Number(DicomTag.BitsStored, format.BitsStored).Number(DicomTag.HighBit, format.BitsStored - 1)
        .Number(DicomTag.PixelRepresentation, format.IsSigned ? 1 : 0);

    /// <summary>A stored frame cut into fragments of even length.</summary>
    private static byte[][] Fragments(string file, int count)
    {
        byte[] frame = CodecSlices.Encoded(file);
        if (frame.Length % 2 == 1) frame = [.. frame, 0];
        return [.. frame.Chunk((frame.Length / count + 2) & ~1)];
    }

    private static void AssertExact(CtVolume volume, FrameFormat format)
    {
        uint[] truth = CodecSlices.Truth(format);
        int shift = 32 - format.BitsStored;
        Assert.Equal([format.Columns, format.Rows, 7], volume.Size);
        for (int k = 0; k < 7; k++)
            for (int i = 0; i < truth.Length; i++)
            {
                int stored = format.IsSigned ? (int)truth[i] << shift >> shift : (int)truth[i];
                float hu = volume.GetHu(i % format.Columns, i / format.Columns, k);
                if (hu != stored - 1024 - k) Assert.Fail($"voxel {i} of slice {k} is {hu} in place of {stored - 1024 - k}");
            }
    }
}
