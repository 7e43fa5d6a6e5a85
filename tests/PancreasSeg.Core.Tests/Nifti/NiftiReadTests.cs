using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using PancreasSeg.Nifti;

namespace PancreasSeg.Core.Tests.Nifti;

public sealed class NiftiReadTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> VolumeNames => [.. NibabelFiles.Volumes().Select(v => v.Name)];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(VolumeNames))]
    public void Values_and_world_are_those_nibabel_sees(string name)
    {
        (byte[] file, AffineTransform affine, double[] values) = NibabelFiles.Volume(name);
        CtVolume volume = NiftiFile.ReadCt(_folder.File("a.nii", file));
        Assert.Equal(values, Values(volume));
        Assert.True(volume.Grid.Matches(new VolumeGrid(2, 2, 3, affine), 2e-5), $"{volume.Grid.Affine} is not {affine}");
        Assert.True(NiftiFile.ReadGrid(_folder.File("a.nii")).Matches(volume.Grid, 0));
    }

    [Theory]
    [InlineData("int32-be", true)]
    [InlineData("uint8-le", true)]
    [InlineData("float32-le", false)]
    [InlineData("scaled", false)]
    [InlineData("uint16-le", true)]
    public void Whole_HU_are_held_as_integers_whatever_their_type_on_disk(string name, bool whole) =>
        Assert.Equal(whole, NiftiFile.ReadCt(_folder.File("a.nii", NibabelFiles.Volume(name).File)).IsInteger);

    [Fact]
    public void Integers_beyond_16_bits_become_floats_without_loss()
    {
        byte[] file = NibabelFiles.Volume("int32-le").File;
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(352 + 4 * 7), 40000);
        CtVolume volume = NiftiFile.ReadCt(_folder.File("a.nii", file));
        Assert.False(volume.IsInteger);
        Assert.Equal([-1024, 1976, 40000], [volume.GetHu(0, 0, 0), volume.GetHu(1, 0, 0), volume.GetHu(1, 1, 1)]);
    }

    [Theory]
    [InlineData("a.nii.gz", "a")]
    [InlineData("case 7.5 [left].NII.GZ", "case 7.5 [left]")]
    [InlineData("b.nii", "b")]
    public void Compressed_files_are_told_by_content_and_named_without_ending(string fileName, string name)
    {
        CtVolume volume = NiftiFile.ReadCt(_folder.File(fileName, Gzip(NibabelFiles.Volume("int16-be").File)));
        Assert.Equal(NibabelFiles.Volume("int16-be").Values, Values(volume));
        Assert.Equal(name, volume.Name);
        Assert.Equal(_folder.File(fileName), volume.Source.Path);
    }

    [Fact]
    public void A_header_with_voxel_sizes_only_is_accepted_with_a_note()
    {
        byte[] file = Changed("qform-only", b => b.AsSpan(252, 4).Clear());
        CtVolume volume = NiftiFile.ReadCt(_folder.File("a.nii", file));
        Assert.Equal("RAS", volume.Grid.Orientation);
        Assert.Equal(default, volume.Grid.Origin);
        Assert.True((volume.Grid.Spacing - new Vector3D(0.8, 0.9, 2.5)).Length < 1e-6);
        Assert.Contains("assumed", Assert.Single(volume.Source.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void A_qform_that_contradicts_the_sform_is_noted() =>
        Assert.Contains(
            "disagree", Assert.Single(NiftiFile.ReadCt(_folder.File("a.nii", NibabelFiles.Volume("sform-over-qform").File)).Source.Notes),
            StringComparison.Ordinal);

    [Theory]
    [InlineData(1, 1000)]
    [InlineData(3, 0.001)]
    [InlineData(0, 1)]
    [InlineData(2, 1)]
    public void Other_units_of_length_become_millimetres(byte unit, double factor)
    {
        foreach (string name in (string[])["int16-le", "qform-only"])
        {
            (byte[] file, AffineTransform mm, _) = NibabelFiles.Volume(name);
            file[123] = unit;
            // Voxel sizes, offsets of the qform and the rows of the sform.
            foreach (int offset in (IEnumerable<int>)[80, 84, 88, 268, 272, 276, .. Enumerable.Range(70, 12).Select(i => 4 * i)])
                BinaryPrimitives.WriteSingleLittleEndian(
                    file.AsSpan(offset), (float)(BinaryPrimitives.ReadSingleLittleEndian(file.AsSpan(offset)) / factor));
            AffineTransform read = NiftiFile.ReadGrid(_folder.File("a.nii", file)).Affine;
            Assert.Equal(0, (read.Translation - mm.Translation).Length, 3);
            Assert.Equal(0, (read.SliceStep - mm.SliceStep).Length, 5);
        }
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(float.NaN)]
    public void A_slope_of_zero_or_not_a_number_means_unscaled(float slope)
    {
        byte[] file = Changed("int16-le", b => BinaryPrimitives.WriteSingleLittleEndian(b.AsSpan(112), slope), b =>
            BinaryPrimitives.WriteSingleLittleEndian(b.AsSpan(116), 7));
        Assert.Equal(NibabelFiles.Volume("int16-le").Values, Values(NiftiFile.ReadCt(_folder.File("a.nii", file))));
    }

    [Fact]
    public void A_fourth_dimension_of_one_is_accepted()
    {
        byte[] file = Changed("int16-le", b => b[40] = 4, b => b[48] = 1);
        Assert.Equal([2, 2, 3], NiftiFile.ReadCt(_folder.File("a.nii", file)).Size);
    }

    public static TheoryData<string, string> Damages => new()
    {
        { "nifti2", "NIfTI-2" },
        { "pair", ".hdr/.img" },
        { "analyze", "n+1" },
        { "not nifti", "does not start" },
        { "eight dimensions", "8 dimensions" },
        { "no dimension", "0 dimensions" },
        { "negative dimension", "2 x -2 x 3" },
        { "zero dimension", "0 x 2 x 3" },
        { "four volumes", "more than one volume (2 x 2 x 3 x 4)" },
        { "complex", "voxel type 32" },
        { "rgb", "voxel type 128" },
        { "nan affine", "affine" },
        { "flat affine", "affine" },
        { "infinite scaling", "scaling" },
        { "offset", "offset" },
        { "no spacing", "voxel size" },
        { "bad quaternion", "quaternion" },
        { "short header", "too short" },
    };

    [Theory]
    [MemberData(nameof(Damages))]
    public void An_impossible_header_is_refused_by_file_and_reason(string damage, string reason)
    {
        void Single(byte[] b, int offset, float value) => BinaryPrimitives.WriteSingleLittleEndian(b.AsSpan(offset), value);
        byte[] file = damage switch
        {
            "nifti2" => Changed("int16-le", b => BinaryPrimitives.WriteInt32LittleEndian(b, 540)),
            "pair" => Changed("int16-le", b => b[345] = (byte)'i'),
            "analyze" => Changed("int16-le", b => b.AsSpan(344, 4).Clear()),
            "not nifti" => [.. "It was the best of times, it was the worst of times."u8, .. new byte[400]],
            "eight dimensions" => Changed("int16-le", b => b[40] = 8),
            "no dimension" => Changed("int16-le", b => b[40] = 0),
            "negative dimension" => Changed("int16-le", b => BinaryPrimitives.WriteInt16LittleEndian(b.AsSpan(44), -2)),
            "zero dimension" => Changed("int16-le", b => b[42] = 0),
            "four volumes" => Changed("int16-le", b => b[40] = 4, b => b[48] = 4),
            "complex" => Changed("int16-le", b => b[70] = 32),
            "rgb" => Changed("int16-le", b => b[70] = 128),
            "nan affine" => Changed("int16-le", b => Single(b, 292, float.NaN)),
            "flat affine" => Changed("int16-le", b => b.AsSpan(280, 12).Clear()),
            "infinite scaling" => Changed("int16-le", b => Single(b, 112, float.PositiveInfinity)),
            "offset" => Changed("int16-le", b => Single(b, 108, -5)),
            "no spacing" => Changed("qform-only", b => Single(b, 80, 0)),
            "bad quaternion" => Changed("qform-only", b => Single(b, 256, 2)),
            _ => NibabelFiles.Volume("int16-le").File[..200],
        };
        foreach (string name in (string[])["a.nii", "a.nii.gz"])
        {
            string path = _folder.File(name, name == "a.nii" ? file : Gzip(file));
            CoreException e = Assert.Throws<CoreException>(() => NiftiFile.ReadCt(path));
            Assert.Equal(Fault.NiftiHeaderInvalid, e.Fault);
            Assert.Equal(path, e.Target);
            Assert.Contains(path, e.Message, StringComparison.Ordinal);
            Assert.Contains(reason, e.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("a.nii", -1, "ends before")]
    [InlineData("a.nii", 1, "more data")]
    [InlineData("a.nii.gz", -1, "ends before")]
    [InlineData("a.nii.gz", 1, "more data")]
    public void A_file_of_the_wrong_length_is_refused(string name, int change, string reason)
    {
        byte[] file = NibabelFiles.Volume("int16-le").File;
        Array.Resize(ref file, file.Length + change);
        AssertDamaged(_folder.File(name, name == "a.nii" ? file : Gzip(file)), reason);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.97)]
    public void A_gzip_file_cut_short_is_refused(double part)
    {
        byte[] gzip = Gzip(NoiseFile());
        AssertDamaged(_folder.File("a.nii.gz", gzip[..(int)(part * gzip.Length)]), "a.nii.gz");
    }

    [Fact]
    public void A_flipped_bit_in_a_gzip_file_is_refused()
    {
        byte[] gzip = Gzip(NoiseFile());
        gzip[gzip.Length / 2] ^= 4;
        AssertDamaged(_folder.File("a.nii.gz", gzip), "damaged");
    }

    [Fact]
    public void A_header_that_promises_more_than_the_file_can_hold_is_refused_before_memory_is_taken()
    {
        byte[] file = Changed("int16-le", b => BinaryPrimitives.WriteInt16LittleEndian(b.AsSpan(42), 32767), b =>
            BinaryPrimitives.WriteInt16LittleEndian(b.AsSpan(44), 20000));
        foreach (string name in (string[])["a.nii", "a.nii.gz"])
        {
            string path = _folder.File(name, name == "a.nii" ? file : Gzip(file));
            long before = GC.GetAllocatedBytesForCurrentThread();
            AssertDamaged(path, "ends before");
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
        }
    }

    [Fact]
    public void A_volume_beyond_the_largest_array_is_refused_by_file()
    {
        byte[] file = Changed("int16-le", b => b.AsSpan(42, 6).Fill(0x7f));
        CoreException e = Assert.Throws<CoreException>(() => NiftiFile.ReadGrid(_folder.File("a.nii", file)));
        Assert.Equal(Fault.VolumeTooLarge, e.Fault);
        Assert.Contains(_folder.File("a.nii"), e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.NegativeInfinity)]
    [InlineData(1e300)]
    public void A_voxel_that_is_not_a_finite_HU_is_refused(double value)
    {
        byte[] file = NibabelFiles.Volume("float64-le").File;
        BinaryPrimitives.WriteDoubleLittleEndian(file.AsSpan(352 + 8 * 7), value);
        AssertDamaged(_folder.File("a.nii", file), "(1, 1, 1)");
    }

    [Theory]
    [InlineData("uint8-le")]
    [InlineData("uint8-be")]
    public void Labels_are_read_from_bytes(string name) =>
        Assert.Equal(NibabelFiles.Volume(name).Values,
            NiftiFile.ReadLabels(_folder.File("a.nii", NibabelFiles.Volume(name).File)).Labels.ToArray().Select(l => (double)l));

    [Fact]
    public void Labels_are_read_from_floats_and_after_scaling()
    {
        byte[] file = Changed("int8-le", b => BinaryPrimitives.WriteSingleLittleEndian(b.AsSpan(112), 0.5f), b =>
            BinaryPrimitives.WriteSingleLittleEndian(b.AsSpan(116), 55));
        Assert.Equal([0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110], NiftiFile.ReadLabels(_folder.File("a.nii", file)).Labels.ToArray());
    }

    [Fact]
    public void Labels_scaled_from_255_to_1_are_read()
    {
        byte[] file = NibabelFiles.Volume("uint8-le").File.ToArray();
        BinaryPrimitives.WriteSingleLittleEndian(file.AsSpan(112), 1f / 255);
        BinaryPrimitives.WriteSingleLittleEndian(file.AsSpan(116), 0);
        for (int i = 352; i < file.Length; i++) file[i] = i % 3 == 0 ? (byte)255 : (byte)0;
        byte[] labels = NiftiFile.ReadLabels(_folder.File("a.nii", file)).Labels.ToArray();
        Assert.Equal([.. Enumerable.Range(352, labels.Length).Select(i => i % 3 == 0 ? (byte)1 : (byte)0)], labels);
    }

    [Theory]
    [InlineData(0.9998, "0.9998")]
    [InlineData(1.0002, "1.0002")]
    [InlineData(0.5, "0.5")]
    [InlineData(-1, "-1")]
    [InlineData(256, "256")]
    [InlineData(double.NaN, "NaN")]
    public void A_value_that_is_no_label_is_named(double value, string text)
    {
        byte[] file = NibabelFiles.Volume("float64-be").File;
        for (int i = 0; i < 12; i++) BinaryPrimitives.WriteDoubleBigEndian(file.AsSpan(352 + 8 * i), i == 5 ? value : i);
        CultureInfo before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("de-DE");
        try
        {
            CoreException e = Assert.Throws<CoreException>(() => NiftiFile.ReadLabels(_folder.File("a.nii", file)));
            Assert.Equal(Fault.NiftiDataInvalid, e.Fault);
            Assert.Contains($"voxel (1, 0, 1) holds {text},", e.Message, StringComparison.Ordinal);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        foreach (string path in (string[])[_folder.File("none.nii"), Path.Combine(_folder.FullName, "none", "a.nii")])
        {
            CoreException e = Assert.Throws<CoreException>(() => NiftiFile.ReadCt(path));
            Assert.Equal(Fault.FileNotFound, e.Fault);
            Assert.Contains(path, e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Reading_can_be_cancelled() =>
        Assert.Throws<OperationCanceledException>(
            () => NiftiFile.ReadCt(_folder.File("a.nii", NibabelFiles.Volume("int32-le").File), new CancellationToken(true)));

    [Fact]
    public void A_real_CT_and_its_mask_lie_on_one_grid()
    {
        CtVolume ct = NiftiFile.ReadCt(SampleData.Require("abdomen-ct-3mm", "example_ct_sm.nii.gz"));
        LabelVolume mask = NiftiFile.ReadLabels(SampleData.Require("abdomen-ct-3mm", "example_seg.nii.gz"));
        Assert.True(ct.IsInteger);
        Assert.Equal("RAS", ct.Grid.Orientation);
        Assert.Equal([122, 101, 30], ct.Size);
        Assert.True(mask.Grid.Matches(ct.Grid));
        Assert.Equal(644, mask.Count(7));
    }

    private static void AssertDamaged(string path, string reason)
    {
        CoreException e = Assert.Throws<CoreException>(() => NiftiFile.ReadCt(path));
        Assert.Equal(Fault.NiftiDataInvalid, e.Fault);
        Assert.Contains(path, e.Message, StringComparison.Ordinal);
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
    }

    private static byte[] Changed(string name, params Action<byte[]>[] changes)
    {
        byte[] file = NibabelFiles.Volume(name).File;
        foreach (Action<byte[]> change in changes) change(file);
        return file;
    }

    /// <summary>A 2 x 2 x 3000 volume that does not compress.</summary>
    private static byte[] NoiseFile()
    {
        byte[] noise = new byte[2 * 2 * 3000 * 2];
        new Random(1).NextBytes(noise);
        byte[] header = NibabelFiles.Volume("int16-le").File[..352];
        BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(46), 3000);
        return [.. header, .. noise];
    }

    private static double[] Values(CtVolume volume) =>
        volume.IsInteger ? [.. volume.Integers.ToArray().Select(v => (double)v)] : [.. volume.Floats.ToArray().Select(v => (double)v)];

    private static byte[] Gzip(byte[] bytes)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal)) gzip.Write(bytes);
        return compressed.ToArray();
    }
}
