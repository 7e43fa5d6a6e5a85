using System.Diagnostics;
using CsCheck;
using PancreasSeg.Dicom;

namespace PancreasSeg.Core.Tests.Dicom;

/// <summary>Damaged and hostile files end in an ordinary error that names the file: no crash, no hang, no large allocation.</summary>
public class HostileFileTests
{
    private static readonly byte[] s_good = TestSeries.Slice(3).File();

    [Theory]
    [InlineData(200)]
    [InlineData(300)]
    [InlineData(1000)]
    [InlineData(50_000)]
    public void Security02_deep_nesting_is_read_or_refused(int depth)
    {
        foreach (bool undefined in new[] { false, true })
        {
            using var series = new TestSeries();
            for (int k = 0; k < 7; k++)
            {
                byte[] file = series.Slices[k].File();
                int at = file.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x10, 0, 0x10, 0, (byte)'P', (byte)'N']);
                File.WriteAllBytes(series.PathOf(k), [.. file[..at], .. Nested(depth, undefined), .. file[at..]]);
            }
            // Sequences of known length are stepped over whole, however deep they are.
            if (depth <= 256 || !undefined)
            {
                series.AssertRight();
            }
            else
            {
                var error = Assert.Throws<CoreException>(() => series.Read());
                Assert.Contains("nested deeper", error.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Security02_nesting_of_sequences_that_are_read_is_limited_too()
    {
        var nested = new DicomWriter();
        for (int i = 0; i < 600; i++) nested = new DicomWriter().Sequence(DicomTag.SharedFunctionalGroupsSequence, nested);
        using TestSeries series = new TestSeries().Save();
        byte[] file = TestSeries.Slice(3).Sequence(DicomTag.SharedFunctionalGroupsSequence, nested).File(undefinedLengths: true);
        File.WriteAllBytes(series.PathOf(3), file);
        Assert.Contains("nested deeper", Assert.Throws<CoreException>(() => series.Read()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("UN", 0xFFFFFFFEu)]
    [InlineData("OB", 0x7FFFFFFFu)]
    [InlineData("SQ", 0x00100000u)]
    public void Security01_lengths_beyond_the_file_are_refused_before_anything_is_allocated(string vr, uint length)
    {
        using TestSeries series = new TestSeries().Save();
        byte[] element = [9, 0, 1, 16, (byte)vr[0], (byte)vr[1], 0, 0, .. BitConverter.GetBytes(length)];
        int at = s_good.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x10, 0, 0x10, 0, (byte)'P', (byte)'N']);
        File.WriteAllBytes(series.PathOf(3), [.. s_good[..at], .. element, .. s_good[at..]]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        CtSeriesInfo info = series.AssertRefused(SeriesReason.Damaged, Fault.DicomFileInvalid);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 50_000_000);
        Assert.Contains(Path.GetFileName(series.PathOf(3)), info.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DicomTag.Rows, 60000, SeriesReason.Damaged)]
    [InlineData(DicomTag.Rows, 0, SeriesReason.Damaged)]
    [InlineData(DicomTag.Columns, 3, SeriesReason.Damaged)]
    public void Trap50_impossible_matrix_is_refused(uint tag, int value, SeriesReason reason)
    {
        using TestSeries series = new TestSeries().Each((s, _) => s.Number(tag, value)).Save();
        series.AssertRefused(reason, Fault.DicomFileInvalid);
    }

    [Fact]
    public void Trap50_a_matrix_larger_than_any_ct_is_refused()
    {
        using TestSeries series = new TestSeries().Each((s, _) => s.Number(DicomTag.Rows, 60000).Number(DicomTag.Columns, 60000)).Save();
        series.AssertRefused(SeriesReason.TooLarge, Fault.VolumeTooLarge);
    }

    [Fact]
    public void Security04_more_voxels_than_allowed_are_refused_and_the_limit_can_be_raised()
    {
        using TestSeries series = new TestSeries().Save();
        var options = new CtSeriesOptions { MaxVoxels = 209 };
        Assert.Equal(SeriesReason.TooLarge, series.Info(options).Reason);
        Assert.Equal(Fault.VolumeTooLarge, Assert.Throws<CoreException>(() => series.Read(options)).Fault);
        series.Read(options with { MaxVoxels = 210 });
    }

    [Fact]
    public void Security04_a_deflate_bomb_is_refused()
    {
        using TestSeries series = new TestSeries().Save();
        byte[] header = TestSeries.Slice(3).Remove(DicomTag.PixelData).File("1.2.840.10008.1.2.1.99");
        // 512 MiB of zeros in one private element before the pixel data.
        byte[] plain = TestSeries.Slice(3).Remove(DicomTag.PixelData).Dataset(TransferSyntax.ExplicitLittleEndianUid);
        using var bomb = new MemoryStream();
        using (var deflate = new System.IO.Compression.DeflateStream(bomb, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true))
        {
            deflate.Write(plain);
            deflate.Write([0x31, 0, 1, 16, (byte)'U', (byte)'N', 0, 0, 0, 0, 0, 32]);
            var zeros = new byte[1 << 20];
            for (int i = 0; i < 100; i++) deflate.Write(zeros);
        }
        int data = header.Length - DicomWriter.Deflate(plain).Length;
        File.WriteAllBytes(series.PathOf(3), [.. header[..data], .. bomb.ToArray()]);
        series.AssertRefused(SeriesReason.Damaged, Fault.DicomFileInvalid);
    }

    [Theory]
    [InlineData("100")]
    [InlineData("-1")]
    [InlineData("0")]
    [InlineData("x")]
    public void Trap49_impossible_number_of_frames_is_refused(string frames)
    {
        using TestSeries series = new TestSeries().Each((s, k) => _ = k == 3 ? s.Text(DicomTag.NumberOfFrames, "IS", frames) : s).Save();
        CtSeriesInfo info = series.Info();
        Assert.True(info.Reason is SeriesReason.Damaged or SeriesReason.GeometryInvalid, info.Detail);
        Assert.Contains("frames", Assert.Throws<CoreException>(() => series.Read()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Trap51_cut_pixels_and_missing_pixels_name_the_file()
    {
        foreach (byte[] bytes in new[] { s_good[..^2], s_good[..^60], TestSeries.Slice(3).Remove(DicomTag.PixelData).File() })
        {
            using TestSeries series = new TestSeries().Save();
            File.WriteAllBytes(series.PathOf(3), bytes);
            CtSeriesInfo info = series.AssertRefused(SeriesReason.Damaged, Fault.DicomFileInvalid);
            Assert.Contains(Path.GetFileName(series.PathOf(3)), info.Detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Trap51_cut_deflated_pixels_name_the_file()
    {
        using TestSeries series = new TestSeries().Each((s, k) => s.Number(DicomTag.Rows, 64).Number(DicomTag.Columns, 64)
            .Samples(DicomTag.PixelData, [.. Enumerable.Range(0, 4096).Select(i => (ushort)(i * 7919 % 4096))]))
                .Save("1.2.840.10008.1.2.1.99");
        Assert.Equal(-1024, series.Read().GetHu(0, 0, 3));
        byte[] file = File.ReadAllBytes(series.PathOf(3));
        File.WriteAllBytes(series.PathOf(3), file[..^1000]);
        var error = Assert.Throws<CoreException>(() => series.Read());
        Assert.Equal((Fault.DicomFileInvalid, series.PathOf(3)), (error.Fault, error.Target));
    }

    /// <summary>A slice cut at any byte is refused with its name, never left out: also the last slice, whose absence no gap would
    /// betray.</summary>
    [Fact]
    public void Trap51_a_file_cut_anywhere_is_never_left_out_in_silence()
    {
        using TestSeries series = new TestSeries().Save();
        byte[] whole = TestSeries.Slice(6).File();
        for (int length = 140; length < whole.Length; length += 7)
        {
            File.WriteAllBytes(series.PathOf(6), whole[..length]);
            var error = Assert.Throws<CoreException>(() => series.Read());
            Assert.Equal(Fault.DicomFileInvalid, error.Fault);
            Assert.Contains(Path.GetFileName(series.PathOf(6)), error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_file_that_changes_between_listing_and_reading_is_refused()
    {
        using TestSeries series = new TestSeries().Save();
        CtSeriesInfo info = series.Info();
        File.WriteAllBytes(series.PathOf(3), [.. s_good, 0, 0]);
        var error = Assert.Throws<CoreException>(() => CtSeriesReader.Read(info));
        Assert.Equal((Fault.DicomFileInvalid, series.PathOf(3)), (error.Fault, error.Target));
        File.Delete(series.PathOf(3));
        Assert.Equal(Fault.FileReadFailed, Assert.Throws<CoreException>(() => CtSeriesReader.Read(info)).Fault);
    }

    [Fact]
    public void Security03_07_mutated_files_give_a_volume_or_an_ordinary_error()
    {
        using TestSeries series = new TestSeries().Save();
        string path = series.PathOf(3);
        Gen.Select(Gen.Int[128, s_good.Length - 1], Gen.Byte, Gen.Int[128, s_good.Length - 1], Gen.Byte, Gen.Int[0, 3])
            .Sample((a, x, b, y, how) =>
        {
            byte[] mutant = [.. s_good];
            mutant[a] = x;
            if (how > 0) mutant[b] = y;
            if (how > 1) mutant.AsSpan(Math.Min(a, mutant.Length - 4), 4).Fill(0xFF);
            if (how > 2) mutant = mutant[..b];
            File.WriteAllBytes(path, mutant);
            try
            {
                series.Read();
            }
            catch (CoreException e)
            {
                Assert.DoesNotContain("secret", e.Message, StringComparison.OrdinalIgnoreCase);
            }
        }, iter: 600, threads: 1);
    }

    [Fact]
    public void Security11_pipes_devices_and_link_loops_are_not_entered()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "links need rights there");
        using TestSeries series = new TestSeries().Save();
        Directory.CreateSymbolicLink(Path.Combine(series.Folder, "loop"), series.Folder);
        File.CreateSymbolicLink(Path.Combine(series.Folder, "zero"), "/dev/zero");
        File.CreateSymbolicLink(Path.Combine(series.Folder, "self"), Path.Combine(series.Folder, "self"));
        using (Process pipe = Process.Start("mkfifo", [Path.Combine(series.Folder, "pipe")])) pipe.WaitForExit();
        string elsewhere = Path.Combine(series.Folder, "real");
        Directory.CreateDirectory(elsewhere);
        File.Move(series.PathOf(0), Path.Combine(Path.GetTempPath(), Path.GetFileName(series.Folder) + ".dcm"));
        try
        {
            File.CreateSymbolicLink(series.PathOf(0), Path.Combine(Path.GetTempPath(), Path.GetFileName(series.Folder) + ".dcm"));
            series.AssertRight();
            Assert.Equal(4, CtSeriesFinder.Find(series.Folder).NotDicomCount);
        }
        finally
        {
            File.Delete(Path.Combine(Path.GetTempPath(), Path.GetFileName(series.Folder) + ".dcm"));
        }
    }

    [Fact]
    public void Security11_the_number_of_files_is_limited()
    {
        using TestSeries series = new TestSeries().Save();
        Assert.Equal(Fault.FileReadFailed,
            Assert.Throws<CoreException>(() => CtSeriesFinder.Find(series.Folder, new CtSeriesOptions { MaxFiles = 6 })).Fault);
    }

    [Fact]
    public void Security10_a_uid_that_is_none_is_not_repeated()
    {
        using TestSeries series = new TestSeries().Each((s, _) => s.Text(DicomTag.SeriesInstanceUid, "UI", "../../../etc/pwned")).Save();
        Assert.Equal("", series.Info().SeriesInstanceUid);
        Assert.Null(series.AssertRight().Source.SeriesUid);
    }

    private static byte[] Nested(int depth, bool undefined)
    {
        byte[] sequence = [8, 0, 0x40, 0x11, (byte)'S', (byte)'Q', 0, 0];
        if (!undefined)
        {
            // Built from the inside in one buffer: header and item header are 20 bytes each level.
            var bytes = new byte[20 * depth];
            for (int level = 0; level < depth; level++)
            {
                int inside = 20 * (depth - level - 1);
                byte[] head = [.. sequence, .. BitConverter.GetBytes(inside + 8), .. DicomWriter.Item(DicomTag.Item, inside)];
                head.CopyTo(bytes, 20 * level);
            }
            return bytes;
        }
        byte[] open = [.. sequence, 255, 255, 255, 255, .. DicomWriter.Item(DicomTag.Item, -1)];
        byte[] close = [.. DicomWriter.Item(DicomTag.ItemDelimiter, 0), .. DicomWriter.Item(DicomTag.SequenceDelimiter, 0)];
        return [.. Enumerable.Repeat(open, depth).SelectMany(b => b), .. Enumerable.Repeat(close, depth).SelectMany(b => b)];
    }
}
