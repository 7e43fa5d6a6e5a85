using System.Buffers.Binary;
using System.IO.Compression;
using PancreasSeg.Nifti;

namespace PancreasSeg.Core.Tests.Nifti;

/// <summary>What files go through on their way, and headers that cannot be meant: a volume that is right, or a refusal.</summary>
public sealed class NiftiTrapTests : IDisposable
{
    private const int Sform = 280, SformCode = 254, QformCode = 252, PixDim = 76;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>The cut or the rubbish at the end of a compressed file.</summary>
    [Theory]
    [InlineData(-8, 0)]
    [InlineData(-4, 0)]
    [InlineData(-1, 0)]
    [InlineData(-9, 0)]
    [InlineData(0, 1)]
    [InlineData(0, 8)]
    [InlineData(0, 3000)]
    public void A_compressed_file_that_is_cut_or_followed_by_something_is_refused(int cut, int more)
    {
        byte[] whole = Gzip(Volume());
        byte[] file = [.. whole[..^-cut], .. Enumerable.Range(1, more).Select(i => (byte)i)];
        Assert.Equal(Fault.NiftiDataInvalid, Refused(file).Fault);
        Assert.Equal(Values(Volume()), Values(whole));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(8)]
    public void A_compressed_file_of_another_checksum_or_length_is_refused(int fromEnd)
    {
        byte[] file = Gzip(Volume());
        file[^fromEnd] ^= 0x10;
        Assert.Equal(Fault.NiftiDataInvalid, Refused(file).Fault);
    }

    /// <summary>As bgzip and cat make them: the volume is what the members hold together, and each has its checksum.</summary>
    [Fact]
    public void Several_gzip_members_are_one_file_and_each_is_checked()
    {
        byte[] plain = Volume();
        byte[][] members = [.. plain.Chunk(999).Select(Gzip), Gzip([])];
        Assert.Equal(Values(plain), Values([.. members.SelectMany(m => m)]));
        members[1][^6] ^= 1;
        Assert.Equal(Fault.NiftiDataInvalid, Refused([.. members.SelectMany(m => m)]).Fault);
    }

    [Fact]
    public void Every_field_of_a_gzip_header_is_stepped_over()
    {
        byte[] file = Gzip(Volume());
        byte[] header = [0x1f, 0x8b, 8, 2 | 4 | 8 | 16, 0, 0, 0, 0, 0, 3, 3, 0, 9, 9, 9, .. "name\0"u8, .. "comment\0"u8, 1, 2];
        Assert.Equal(Values(Volume()), Values([.. header, .. file[10..]]));
        Assert.Equal(Fault.NiftiHeaderInvalid, Refused(header[..^6]).Fault);
    }

    [Theory]
    [InlineData(1e-30f)]
    [InlineData(1e30f)]
    [InlineData(9e-4f)]
    [InlineData(101f)]
    public void An_impossible_voxel_size_is_refused_wherever_it_stands(float size)
    {
        foreach (bool sform in (bool[])[true, false])
            for (int axis = 0; axis < 3; axis++)
            {
                byte[] file = Volume();
                BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(SformCode), (short)(sform ? 1 : 0));
                BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(QformCode), 0);
                BinaryPrimitives.WriteSingleLittleEndian(file.AsSpan(sform ? Sform + 20 * axis : PixDim + 4 + 4 * axis), size);
                CoreException error = Refused(file);
                Assert.Equal(Fault.NiftiHeaderInvalid, error.Fault);
                Assert.Contains("impossible", error.Message, StringComparison.Ordinal);
            }
    }

    [Theory]
    [InlineData(2e-3f)]
    [InlineData(99f)]
    public void A_strange_but_possible_voxel_size_is_read(float size)
    {
        byte[] file = Volume();
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(QformCode), 0);
        BinaryPrimitives.WriteSingleLittleEndian(file.AsSpan(Sform), size);
        Assert.Equal(size, NiftiFile.ReadCt(_folder.File("a.nii", file)).Spacing[0], 1e-6);
    }

    /// <summary>Axes that rounding has tilted are straightened, so that what is written has one orientation in both forms.</summary>
    [Theory]
    [InlineData(0.0009, true)]
    [InlineData(0.0011, false)]
    public void Axes_that_are_perpendicular_but_for_rounding_are_straightened(double cosine, bool straightened)
    {
        byte[] file = Volume();
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(QformCode), 0);
        BinaryPrimitives.WriteSingleLittleEndian(file.AsSpan(Sform + 8), (float)(cosine * 3));
        CtVolume volume = NiftiFile.ReadCt(_folder.File("a.nii", file));
        Assert.Equal(straightened, volume.Grid.IsOrthogonal(1e-12));
        Assert.Equal(straightened ? 0 : 1, volume.Source.Notes.Count(n => n.Contains("not perpendicular", StringComparison.Ordinal)));
        NiftiFile.Write(_folder.File("b.nii"), volume);
        Assert.Equal(straightened ? 1 : 0, BitConverter.ToInt16(File.ReadAllBytes(_folder.File("b.nii")), QformCode));
    }

    [Theory]
    [InlineData(0, 1.5f, 1)]
    [InlineData(0, 2.01f, 0)]
    [InlineData(0, 2.03f, 1)]
    [InlineData(1, 1.5f, 1)]
    public void Voxel_sizes_beside_another_sform_are_noted(short qform, float column, int notes)
    {
        byte[] file = Volume();
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(QformCode), qform);
        BinaryPrimitives.WriteSingleLittleEndian(file.AsSpan(PixDim + 4), column);
        CtVolume volume = NiftiFile.ReadCt(_folder.File("a.nii", file));
        Assert.Equal(2, volume.Grid.Spacing.X, 1e-6);
        Assert.Equal(notes, volume.Source.Notes.Count(n => n.Contains("the sform was used", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(0.05f, 0)]
    [InlineData(0.2f, 1)]
    public void A_qform_that_lies_a_tenth_of_a_millimetre_off_the_sform_is_noted(float millimetres, int notes)
    {
        const int QformOffset = 268;
        byte[] file = Volume();
        float x = BinaryPrimitives.ReadSingleLittleEndian(file.AsSpan(QformOffset));
        BinaryPrimitives.WriteSingleLittleEndian(file.AsSpan(QformOffset), x + millimetres);
        Assert.Equal(notes, NiftiFile.ReadCt(_folder.File("a.nii", file)).Source.Notes.Count);
    }

    [Fact]
    public void A_slice_that_lies_off_its_neighbours_is_noted()
    {
        byte[] file = Volume();
        Span<byte> third = file.AsSpan(352 + 3 * 600 * 2, 1200);
        for (int i = 0; i < third.Length; i += 2)
            BinaryPrimitives.WriteInt16LittleEndian(third[i..], (short)(BinaryPrimitives.ReadInt16LittleEndian(third[i..]) + 1024));
        Assert.Contains("slice 3 (median difference 10", Assert.Single(NiftiFile.ReadCt(_folder.File("a.nii", file)).Source.Notes),
            StringComparison.Ordinal);
    }

    /// <summary>Seven slices of 30 x 20 of noise, as this module writes them.</summary>
    private static byte[] Volume()
    {
        var random = new Random(5);
        short[] hu = [.. Enumerable.Range(0, 4200).Select(_ => (short)random.Next(-30, 31))];
        var volume = new CtVolume(VolumeGrid.Axial(30, 20, 7, new(2, 2, 3)), hu, new VolumeSource("a"));
        using var folder = new TemporaryFolder();
        NiftiFile.Write(folder.File("v.nii"), volume);
        return File.ReadAllBytes(folder.File("v.nii"));
    }

    private short[] Values(byte[] file) => NiftiFile.ReadCt(_folder.File("v.nii", file)).Integers.ToArray();

    private CoreException Refused(byte[] file) => Assert.Throws<CoreException>(() => NiftiFile.ReadCt(_folder.File("r.nii", file)));

    private static byte[] Gzip(byte[] plain)
    {
        using var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.Optimal)) gzip.Write(plain);
        return stream.ToArray();
    }
}
