using System.Buffers.Binary;
using System.IO.Compression;
using PancreasSeg.Dicom;

namespace PancreasSeg.Core.Tests.Dicom;

/// <summary>An archive is read in place with the same result as the folder, or refused by name.</summary>
public class ZipTests
{
    [Theory]
    [InlineData(TransferSyntax.ExplicitLittleEndianUid, CompressionLevel.Optimal)]
    [InlineData(TransferSyntax.ImplicitLittleEndianUid, CompressionLevel.NoCompression)]
    [InlineData(TransferSyntax.ExplicitBigEndianUid, CompressionLevel.Fastest)]
    [InlineData("1.2.840.10008.1.2.1.99", CompressionLevel.Optimal)]
    public void An_archive_equals_the_folder(string syntax, CompressionLevel level)
    {
        using TestSeries series = new TestSeries().Save(syntax);
        using var folder = new TemporaryFolder();
        string archive = folder.File("study.bin");
        ZipFile.CreateFromDirectory(series.Folder, archive, level, includeBaseDirectory: false);
        CtVolume expected = series.AssertRight(), volume = CtSeriesReader.Read(archive);
        Assert.Equal(expected.Grid, volume.Grid);
        Assert.Equal(expected.Integers.ToArray(), volume.Integers.ToArray());
        Assert.Equal(expected.Source.Notes, volume.Source.Notes);
        Assert.Equal(("study", archive, TestSeries.Uid), (volume.Name, volume.Source.Path, volume.Source.SeriesUid));
        CtSeriesInfo info = CtSeriesFinder.Find(archive).Series.Single();
        Assert.Equal(archive, info.Path);
        Assert.Equal(series.Info().Files.Select(Path.GetFileName), info.Files.Select(Path.GetFileName));
        Assert.Equal(["study.bin"], folder.Files);
    }

    [Fact]
    public void Folders_other_files_and_archives_inside_are_skipped_and_counted()
    {
        using var folder = new TemporaryFolder();
        using TestSeries series = new TestSeries();
        string inner = Write(folder, "inner.zip", series.Slices.Select((s, k) => ($"{k}", s.File())));
        string archive = Write(folder, "outer.zip",
            [("DICOM/", []), ("DICOM/empty", []), ("readme.txt", "The quick brown fox"u8.ToArray()),
                ("inner.zip", File.ReadAllBytes(inner)),
            .. series.Slices.Select((s, k) => ($"DICOM/{k}", s.File()))]);
        CtSeriesScan scan = CtSeriesFinder.Find(archive);
        Assert.Equal((11, 4, 7), (scan.FileCount, scan.NotDicomCount, Assert.Single(scan.Series).SliceCount));
        Assert.Equal(7, CtSeriesReader.Read(archive).Grid.Slices);
        // Found in a folder, archives stay closed.
        Assert.Empty(CtSeriesFinder.Find(folder.FullName).Series);
        Assert.Equal(Fault.DicomSeriesEmpty, Assert.Throws<CoreException>(() => CtSeriesReader.Read(folder.FullName)).Fault);
    }

    [Fact]
    public void Names_from_inside_are_never_paths()
    {
        using var folder = new TemporaryFolder();
        string outside = folder.File("evil", TestSeries.Slice(0).File());
        string[] names = ["../evil", "/etc/passwd", "C:\\evil", "..\\..\\evil2", "a/\u001b[31mred", new string('x', 3000), "../../.."];
        string archive = Write(folder, "study.zip", names.Select((n, k) => (n, TestSeries.Slice(k).File())));
        CtSeriesInfo info = CtSeriesFinder.Find(archive).Series.Single();
        Assert.Equal(7, info.SliceCount);
        File.Delete(outside);
        Assert.Equal(TestSeries.Hu(0, 0, 0), CtSeriesReader.Read(info).GetHu(0, 0, 0));
        Assert.All(info.Files, f =>
        {
            Assert.StartsWith(archive + Path.DirectorySeparatorChar, f, StringComparison.Ordinal);
            string shown = f[(archive.Length + 1)..];
            Assert.DoesNotContain("..", shown, StringComparison.Ordinal);
            Assert.DoesNotContain(':', shown);
            Assert.DoesNotContain(shown, char.IsControl);
            Assert.InRange(shown.Length, 1, 200);
        });
    }

    [Fact]
    public void Several_frames_are_read_in_one_pass()
    {
        foreach (string syntax in new[] { TransferSyntax.ExplicitLittleEndianUid, "1.2.840.10008.1.2.1.99" })
        {
            using TestSeries single = new TestSeries().Save(),
                multi = EnhancedTests.Multi("1.2.840.10008.5.1.4.1.1.2.1", true).Save(syntax);
            using var folder = new TemporaryFolder();
            string archive = Write(folder, "study.zip", [("one", File.ReadAllBytes(multi.PathOf(0)))]);
            Assert.Equal(single.Read().Integers.ToArray(), CtSeriesReader.Read(archive).Integers.ToArray());
        }
    }

    [Fact]
    public void Each_limit_refuses_the_archive_and_can_be_raised()
    {
        using var folder = new TemporaryFolder();
        using var series = new TestSeries();
        string archive = Write(folder, "study.zip", series.Slices.Select((s, k) => ($"{k}", s.File())));
        int length = series.Slices[0].File().Length;
        AssertRefused(archive, "more than the limit of 6", options: new CtSeriesOptions { MaxFiles = 6 });
        AssertRefused(archive, $"more than the limit of {length - 1}", options: new CtSeriesOptions { MaxArchiveEntryBytes = length - 1 });
        AssertRefused(archive, $"the limit of {7 * length - 1} bytes", options: new CtSeriesOptions { MaxArchiveBytes = 7 * length - 1 });
        CtSeriesReader.Read(
            archive, options: new CtSeriesOptions { MaxFiles = 7, MaxArchiveEntryBytes = length, MaxArchiveBytes = 7 * length });
    }

    [Fact]
    public void Security09_bombs_are_refused_before_anything_is_unpacked()
    {
        using var folder = new TemporaryFolder();
        // 70 MiB of zeros in 70 kB.
        string archive = Write(folder, "bomb.zip", [("zeros", new byte[70 << 20])]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        AssertRefused(archive, "times its size");
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1_000_000);
        Assert.Equal(1, CtSeriesFinder.Find(archive, new CtSeriesOptions { MaxArchiveRatio = 2000 }).NotDicomCount);

        // The same, claimed to be small: it ends where the archive says, and its checksum betrays it.
        byte[] lie = File.ReadAllBytes(archive);
        int entry = lie.AsSpan().LastIndexOf("PK\x01\x02"u8);
        BinaryPrimitives.WriteInt32LittleEndian(lie.AsSpan(entry + 24), 2000);
        archive = folder.File("lie.zip", lie);
        before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("checksum", Assert.Single(CtSeriesFinder.Find(archive).Unreadable), StringComparison.Ordinal);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1_000_000);
    }

    [Fact]
    public void A_slice_larger_than_its_archive_says_or_with_wrong_bytes_is_refused()
    {
        using var folder = new TemporaryFolder();
        using var series = new TestSeries();
        string archive = Write(folder, "study.zip", series.Slices.Select((s, k) => ($"{k}", s.File())), CompressionLevel.NoCompression);
        byte[] whole = File.ReadAllBytes(archive);
        int pixels = whole.AsSpan().IndexOf(series.Slices[3].File().AsSpan(^20..));
        // One bit of one stored pixel.
        whole[pixels] ^= 1;
        AssertRefused(folder.File("bit.zip", whole), "checksum", Fault.DicomFileInvalid);
    }

    [Fact]
    public void Encrypted_foreign_split_and_damaged_archives_are_refused_with_what_to_do()
    {
        using var folder = new TemporaryFolder();
        using var series = new TestSeries();
        byte[] whole = File.ReadAllBytes(Write(folder, "study.zip", series.Slices.Select((s, k) => ($"{k}", s.File()))));
        int entry = whole.AsSpan().LastIndexOf("PK\x01\x02"u8), end = whole.AsSpan().LastIndexOf("PK\x05\x06"u8);
        byte[] With(int at, byte value) => [.. whole[..at], value, .. whole[(at + 1)..]];

        Assert.Contains("password", AssertRefused(folder.File("1", With(entry + 8, 1)), "is encrypted").Remedy, StringComparison.Ordinal);
        AssertRefused(folder.File("2", With(entry + 10, 14)), "packed by method 14");
        AssertRefused(folder.File("3", With(end + 4, 1)), "several parts");
        AssertRefused(folder.File("4", whole[..^30]), "damaged", Fault.DicomFileInvalid);
        AssertRefused(folder.File("5", With(end + 10, 200)), "damaged", Fault.DicomFileInvalid);
        AssertRefused(folder.File("6", With(end + 18, 200)), "damaged", Fault.DicomFileInvalid);
        AssertRefused(folder.File("7", With(entry + 44, 200)), "damaged", Fault.DicomFileInvalid);
        AssertRefused(folder.File("8", With(0, (byte)'P')[..4]), "damaged", Fault.DicomFileInvalid);
        AssertRefused(folder.File("9", With(entry + 42, 7)), "damaged", Fault.DicomFileInvalid);
    }

    [Fact]
    public void Cut_or_changed_anywhere_it_is_whole_or_refused()
    {
        using var folder = new TemporaryFolder();
        using var series = new TestSeries(3);
        string archive = Write(folder, "study.zip", series.Slices.Select((s, k) => ($"{k}", s.File())));
        short[] truth = CtSeriesReader.Read(archive).Integers.ToArray();
        byte[] whole = File.ReadAllBytes(archive);
        for (int at = 0; at < whole.Length; at += 3)
        {
            byte[] changed = [.. whole];
            changed[at] ^= 0x41;
            try
            {
                Assert.True(
                    CtSeriesReader.Read(folder.File("changed", changed)).Integers.Span.SequenceEqual(truth), $"wrong after byte {at}");
            }
            catch (CoreException e)
            {
                Assert.Contains("changed", $"{e.Target}{e.Message}", StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void An_archive_that_changes_between_listing_and_reading_is_refused()
    {
        using var folder = new TemporaryFolder();
        using var series = new TestSeries();
        string archive = Write(folder, "study.zip", series.Slices.Select((s, k) => ($"{k}", s.File())));
        CtSeriesInfo info = CtSeriesFinder.Find(archive).Series.Single();
        File.AppendAllText(archive, "more");
        Assert.Equal(Fault.DicomFileInvalid, Assert.Throws<CoreException>(() => CtSeriesReader.Read(info)).Fault);
    }

    /// <summary>Zip64 as other tools write it for streams: 64-bit sizes in the extra field, and a 64-bit end record.</summary>
    [Fact]
    public void Zip64_fields_are_read()
    {
        using var folder = new TemporaryFolder();
        using var series = new TestSeries();
        byte[] whole = File.ReadAllBytes(Write(folder, "study.zip", series.Slices.Select((s, k) => ($"{k}", s.File()))));
        int start = whole.AsSpan().IndexOf("PK\x01\x02"u8), end = whole.AsSpan().LastIndexOf("PK\x05\x06"u8);
        using var wide = new MemoryStream();
        wide.Write(whole, 0, start);
        for (int at = start; at < end;)
        {
            byte[] head = whole[at..(at + 46)];
            int name = BitConverter.ToUInt16(head, 28), extra = BitConverter.ToUInt16(head, 30);
            byte[] field = [1, 0, 24, 0, .. BitConverter.GetBytes((long)BitConverter.ToUInt32(head, 24)),
                .. BitConverter.GetBytes((long)BitConverter.ToUInt32(head, 20)),
                    .. BitConverter.GetBytes((long)BitConverter.ToUInt32(head, 42))];
            head.AsSpan(20, 8).Fill(255);
            head.AsSpan(42, 4).Fill(255);
            BitConverter.TryWriteBytes(head.AsSpan(30), (ushort)(field.Length + 6));
            wide.Write([.. head, .. whole[(at + 46)..(at + 46 + name)], 9, 9, 2, 0, 1, 2, .. field]);
            at += 46 + name + extra;
        }
        long directory = wide.Length - start, record = wide.Length;
        wide.Write(
            [.. "PK\x06\x06"u8, .. BitConverter.GetBytes(44L), 45, 0, 45, 0, .. new byte[8], .. BitConverter.GetBytes(7L),
                .. BitConverter.GetBytes(7L),
            .. BitConverter.GetBytes(directory), .. BitConverter.GetBytes((long)start)]);
        wide.Write([.. "PK\x06\x07"u8, 0, 0, 0, 0, .. BitConverter.GetBytes(record), 1, 0, 0, 0]);
        wide.Write([.. "PK\x05\x06"u8, 0, 0, 0, 0, .. Enumerable.Repeat((byte)255, 12), 0, 0]);
        Assert.Equal(7, CtSeriesReader.Read(folder.File("wide.zip", wide.ToArray())).Grid.Slices);
    }

    private static CoreException AssertRefused(
        string archive, string message, Fault fault = Fault.FileReadFailed, CtSeriesOptions? options = null)
    {
        var error = Assert.Throws<CoreException>(() => CtSeriesReader.Read(archive, options: options));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(fault, error.Fault);
        Assert.NotNull(error.Remedy);
        return error;
    }

    private static string Write(
        TemporaryFolder folder, string name, IEnumerable<(string Name, byte[] Content)> entries,
            CompressionLevel level = CompressionLevel.Optimal)
    {
        using (ZipArchive archive = ZipFile.Open(folder.File(name), ZipArchiveMode.Create))
            foreach ((string entry, byte[] content) in entries)
            {
                using Stream stream = archive.CreateEntry(entry, level).Open();
                stream.Write(content);
            }
        return folder.File(name);
    }
}
