using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using PancreasSeg.Nifti;

namespace PancreasSeg.Core.Tests.Nifti;

public sealed class NiftiWriteTests : IDisposable
{
    private static readonly VolumeGrid s_grid =
        new(37, 29, 11, new(new(0.7, 0.1, 0), new(-0.1, 0.7, 0), new(0, 0, -2.5), new(-120.25, 33.5, 400)));
    private static readonly VolumeSource s_source = new("Doe^Jane", "/data/Doe^Jane", "1.2.3");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("lps")]
    [InlineData("ras")]
    [InlineData("las")]
    [InlineData("oblique")]
    [InlineData("oblique-mirrored")]
    [InlineData("sheared")]
    public void The_header_is_the_one_nibabel_writes(string name)
    {
        (byte[] expected, VolumeGrid grid) = NibabelFiles.Header(name);
        (NiftiDataType type, int bits) =
            expected[70] switch { 2 => (NiftiDataType.UInt8, 8), 4 => (NiftiDataType.Int16, 16), _ => (NiftiDataType.Float32, 32) };
        byte[] actual = NiftiHeader.Create(grid, type, bits, "x.nii");
        var geometry = new[] { (76, 108), (256, 328) };
        for (int i = 0; i < expected.Length; i++)
            if (!geometry.Any(range => i >= range.Item1 && i < range.Item2))
                Assert.True(expected[i] == actual[i], $"byte {i}: {actual[i]}, nibabel {expected[i]}");
        foreach ((int from, int to) in geometry)
            for (int i = from; i < to; i += 4) Assert.Equal(BitConverter.ToSingle(expected, i), BitConverter.ToSingle(actual, i),
                1e-6f * Math.Max(1, Math.Abs(BitConverter.ToSingle(expected, i))));
    }

    [Fact]
    public void An_axial_header_is_bit_equal_to_nibabels()
    {
        (byte[] expected, VolumeGrid grid) = NibabelFiles.Header("lps");
        Assert.Equal(expected, NiftiHeader.Create(grid, NiftiDataType.Int16, 16, "x.nii"));
    }

    [Theory]
    [InlineData("a.nii")]
    [InlineData("a [1].nii.gz")]
    public void Integer_HU_survive_bit_for_bit(string name)
    {
        var random = new Random(1);
        short[] hu = [.. Enumerable.Range(0, s_grid.VoxelCount).Select(_ => (short)random.Next(short.MinValue, short.MaxValue + 1))];
        NiftiFile.Write(_folder.File(name), new CtVolume(s_grid, hu, s_source));
        CtVolume back = NiftiFile.ReadCt(_folder.File(name));
        Assert.Equal(hu, back.Integers.ToArray());
        Assert.True(back.Grid.Matches(s_grid, 1e-4));
        Assert.Equal([name], _folder.Files);
    }

    [Theory]
    [InlineData("a.nii")]
    [InlineData("a.nii.gz")]
    public void Fractional_HU_and_probabilities_survive_bit_for_bit(string name)
    {
        var random = new Random(2);
        float[] values = [.. Enumerable.Range(0, s_grid.VoxelCount).Select(_ => random.NextSingle())];
        NiftiFile.Write(_folder.File(name), new CtVolume(s_grid, values, s_source));
        Assert.Equal(values, NiftiFile.ReadCt(_folder.File(name)).Floats.ToArray());
        NiftiFile.Write(_folder.File(name), new ProbabilityVolume(s_grid, values));
        Assert.Equal(values, NiftiFile.ReadCt(_folder.File(name)).Floats.ToArray());
    }

    [Fact]
    public void Labels_survive_over_many_compressed_blocks()
    {
        var grid = VolumeGrid.Axial(200, 190, 150, new(1, 1, 1));
        var labels = new byte[grid.VoxelCount];
        for (int i = 0; i < labels.Length; i++) labels[i] = (byte)(i * 2654435761L >> 22);
        NiftiFile.Write(_folder.File("a.nii.gz"), new LabelVolume(grid, labels, s_source));
        Assert.Equal(labels, NiftiFile.ReadLabels(_folder.File("a.nii.gz")).Labels.ToArray());
    }

    [Fact]
    public void A_compressed_file_is_one_gzip_member_whose_checksum_holds_and_whose_header_says_nothing()
    {
        var content = new byte[5_000_000];
        new Random(3).NextBytes(content.AsSpan(0, 2_000_000));
        using var stream = new MemoryStream();
        ParallelGzip.Write(stream, 5, i => content.AsSpan(i * 1_000_000, 1_000_000), default);
        byte[] gzip = stream.ToArray();
        Assert.Equal([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255], gzip[..10]);
        // A raw inflater stops at the end of the first member; what it leaves is the 8-byte trailer.
        using var inflate = new DeflateStream(new MemoryStream(gzip[10..^8]), CompressionMode.Decompress);
        using var inflated = new MemoryStream();
        inflate.CopyTo(inflated);
        Assert.Equal(content, inflated.ToArray());
        Assert.Equal(SlowCrc32(content), BitConverter.ToUInt32(gzip, gzip.Length - 8));
        Assert.Equal((uint)content.Length, BitConverter.ToUInt32(gzip, gzip.Length - 4));
    }

    [Fact]
    public void The_same_volume_gives_the_same_bytes_and_no_name()
    {
        var volume = new CtVolume(s_grid, new short[s_grid.VoxelCount], s_source);
        string[] hashes = [.. new[] { "a.nii.gz", "b.nii.gz" }.Select(name =>
        {
            NiftiFile.Write(_folder.File(name), volume);
            return Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(_folder.File(name))));
        })];
        Assert.Equal(hashes[0], hashes[1]);
        NiftiFile.Write(_folder.File("a.nii"), volume);
        Assert.Equal(-1, File.ReadAllBytes(_folder.File("a.nii")).AsSpan().IndexOf("Doe"u8));
    }

    [Theory]
    [InlineData("a.nii")]
    [InlineData("a.nii.gz")]
    public void A_cancelled_write_leaves_nothing_and_keeps_the_old_file(string name)
    {
        var volume = new CtVolume(s_grid, new short[s_grid.VoxelCount], s_source);
        Assert.ThrowsAny<OperationCanceledException>(
            () => NiftiFile.Write(_folder.File(name), volume, cancellation: new CancellationToken(true)));
        Assert.Empty(_folder.Files);
        _folder.File(name, [1, 2, 3]);
        Assert.ThrowsAny<OperationCanceledException>(
            () => NiftiFile.Write(_folder.File(name), volume, cancellation: new CancellationToken(true)));
        Assert.Equal([name], _folder.Files);
        Assert.Equal([1, 2, 3], File.ReadAllBytes(_folder.File(name)));
    }

    [Fact]
    public void An_existing_file_is_replaced_only_when_allowed()
    {
        var volume = new LabelVolume(s_grid, new byte[s_grid.VoxelCount], s_source);
        _folder.File("a.nii", [1]);
        Assert.Equal(
            Fault.NoClobber, Assert.Throws<CoreException>(() => NiftiFile.Write(_folder.File("a.nii"), volume, overwrite: false)).Fault);
        NiftiFile.Write(_folder.File("a.nii"), volume);
        Assert.Equal(352 + s_grid.VoxelCount, new FileInfo(_folder.File("a.nii")).Length);
    }

    [Theory]
    [InlineData("a.nrrd")]
    [InlineData("a.gz")]
    [InlineData("nii")]
    public void Another_file_ending_is_refused(string name)
    {
        CoreException e = Assert.Throws<CoreException>(
            () => NiftiFile.Write(_folder.File(name), new LabelVolume(s_grid, new byte[s_grid.VoxelCount], s_source)));
        Assert.Equal(Fault.FileWriteFailed, e.Fault);
        Assert.Empty(_folder.Files);
    }

    [Fact]
    public void More_voxels_along_an_axis_than_the_format_holds_are_refused()
    {
        var grid = VolumeGrid.Axial(32768, 1, 1, new(1, 1, 1));
        Assert.Equal(
            Fault.VolumeTooLarge, Assert.Throws<CoreException>(
                () => NiftiFile.Write(_folder.File("a.nii"), new LabelVolume(grid, new byte[32768], s_source))).Fault);
        Assert.Empty(_folder.Files);
    }

    [Fact]
    public void A_sheared_grid_is_written_as_sform_alone_and_survives()
    {
        var grid = new VolumeGrid(4, 5, 6, new(new(1, 0, 0), new(0, 1, 0), new(0, 0.3, 2), new(1, 2, 3)));
        NiftiFile.Write(_folder.File("a.nii"), new LabelVolume(grid, new byte[120], s_source));
        Assert.Equal(0, BitConverter.ToInt16(File.ReadAllBytes(_folder.File("a.nii")), 252));
        Assert.True(NiftiFile.ReadGrid(_folder.File("a.nii")).Matches(grid, 1e-5));
    }

    [Fact]
    public void Every_rotation_survives_in_the_qform_alone() =>
        CsCheck.Check.Sample(CsCheck.Gen.Select(CsCheck.Gen.Double[-3.1, 3.1], CsCheck.Gen.Double[-3.1, 3.1], CsCheck.Gen.Bool),
            ((double A, double B, bool Mirror) t) =>
        {
            (double sa, double ca) = Math.SinCos(t.A);
            (double sb, double cb) = Math.SinCos(t.B);
            var x = new Vector3D(ca, sa, 0);
            var y = new Vector3D(-sa * cb, ca * cb, sb);
            Vector3D z = Vector3D.Cross(x, y) * (t.Mirror ? -1 : 1);
            var grid = new VolumeGrid(9, 8, 7, new(x * 0.7, y * 0.8, z * 3, new(10, -20, 30)));
            byte[] header = NiftiHeader.Create(grid, NiftiDataType.UInt8, 8, "x.nii");
            header[254] = 0;
            Assert.True(NiftiHeader.Parse(header, "x.nii").Grid.Matches(grid, 0.02));
        });

    [Fact]
    public void A_German_culture_changes_no_byte()
    {
        var volume = new CtVolume(s_grid, new float[s_grid.VoxelCount], s_source);
        NiftiFile.Write(_folder.File("a.nii"), volume);
        CultureInfo before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
        try
        {
            NiftiFile.Write(_folder.File("b.nii"), volume);
            Assert.True(NiftiFile.ReadCt(_folder.File("b.nii")).Grid.Matches(s_grid, 1e-4));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
        Assert.Equal(File.ReadAllBytes(_folder.File("a.nii")), File.ReadAllBytes(_folder.File("b.nii")));
    }

    private static uint SlowCrc32(ReadOnlySpan<byte> bytes)
    {
        uint crc = ~0u;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int i = 0; i < 8; i++) crc = (crc & 1) != 0 ? crc >> 1 ^ 0xEDB88320 : crc >> 1;
        }
        return ~crc;
    }
}
