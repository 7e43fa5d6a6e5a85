using PancreasSeg.Dicom;
using PancreasSeg.Import;

namespace PancreasSeg.Core.Tests.Dicom.Objects;

/// <summary>Segmentations of other programs: read right, or refused by name.</summary>
public class SegmentationReaderTests
{
    private static ForeignSegmentation Binary() => With(new ForeignSegmentation(), (1, 0), (1, 2.5), (2, 5));

    private static ForeignSegmentation With(ForeignSegmentation file, params (int Segment, double Z)[] frames)
    {
        foreach ((int segment, double z) in frames) file.Frames.Add((segment, z, ForeignSegmentation.Pattern(file.Frames.Count)));
        return file;
    }

    private static LabelVolume Read(byte[] file, LabelImportOptions? options = null)
    {
        // The name says nothing of what it is.
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.nii.gz");
        try
        {
            File.WriteAllBytes(path, file);
            return LabelImporter.Read(path, options);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void Refused(Fault fault, ForeignSegmentation file, string word, LabelImportOptions? options = null)
    {
        var error = Assert.Throws<CoreException>(() => Read(file.File(), options));
        Assert.Equal(fault, error.Fault);
        Assert.Contains(word, error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.Remedy);
        Assert.DoesNotContain("Tumor", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TransferSyntax.ExplicitLittleEndianUid)]
    [InlineData(TransferSyntax.ImplicitLittleEndianUid)]
    [InlineData("1.2.840.10008.1.2.1.99")]
    public void Binary_frames_in_any_order_lie_where_their_positions_say(string syntax)
    {
        ForeignSegmentation file = With(new ForeignSegmentation(), (1, 7.5), (1, -2.5), (2, 5));
        LabelVolume labels = Read(file.File(syntax));
        Assert.Equal([5, 3, 5], labels.Size);
        Assert.Equal([2, 1, 2.5], labels.Spacing);
        Assert.Equal(new Vector3D(10, 20, -2.5), labels.Grid.Origin);
        Assert.Equal("1.2.3.8", labels.Source.FrameOfReferenceUid);
        Assert.Equal(
            [.. ForeignSegmentation.Pattern(1), .. new byte[30], .. ForeignSegmentation.Pattern(2, 2), .. ForeignSegmentation.Pattern(0)],
                labels.Labels.ToArray());
        Assert.Equal([.. new byte[45], .. ForeignSegmentation.Pattern(2), .. new byte[15]],
            Read(file.File(syntax), new() { Segment = new("tumor") }).Labels.ToArray());
    }

    [Fact]
    public void Fractions_count_from_half_of_the_largest_value()
    {
        var file = new ForeignSegmentation { Bits = 8 };
        file.Dataset.Text(DicomTag.SegmentationType, "CS", "FRACTIONAL").Number(DicomTag.MaximumFractionalValue, 100);
        file.Frames.Add((1, 0, [0, 49, 50, 51, 100, .. new byte[10]]));
        Assert.Equal([0, 0, 1, 1, 1, .. new byte[10]], Read(file.File()).Labels.ToArray());
    }

    [Fact]
    public void A_label_map_is_taken_as_it_is()
    {
        var file = new ForeignSegmentation { Bits = 8, Change = (group, _) => group.Remove(DicomTag.SegmentIdentificationSequence) };
        file.Dataset.Text(DicomTag.SopClassUid, "UI", SegmentationFile.LabelMapSopClass).Text(DicomTag.SegmentationType, "CS", "LABELMAP");
        file.Frames.Add((0, 0, [0, 2, 1, 2, 0, .. new byte[10]]));
        Assert.Equal([0, 2, 1, 2, 0, .. new byte[10]], Read(file.File()).Labels.ToArray());
        Assert.Equal([0, 1, 0, 1, 0, .. new byte[10]], Read(file.File(), new() { Segment = new("2") }).Labels.ToArray());
        file.Frames[0] = (0, 0, [0, 3, .. new byte[13]]);
        file.Dataset.Remove(DicomTag.PixelData);
        Refused(Fault.DicomFileInvalid, file, "segment 3");
    }

    [Fact]
    public void Segments_that_share_voxels_are_read_one_at_a_time()
    {
        ForeignSegmentation file = With(new ForeignSegmentation(), (1, 0));
        file.Frames.Add((2, 0, ForeignSegmentation.Pattern(0)));
        Refused(Fault.SegmentsOverlap, file, $"{ForeignSegmentation.Pattern(0).Count(p => p == 1)} voxels");
        Assert.Equal(ForeignSegmentation.Pattern(0), Read(file.File(), new() { Segment = new("Pancreas") }).Labels.ToArray());
    }

    [Fact]
    public void A_frame_group_wins_over_the_shared_one()
    {
        ForeignSegmentation file = Binary();
        file.Change = (group, _) => group.Sequence(DicomTag.PixelMeasuresSequence, new DicomWriter().Numbers(DicomTag.PixelSpacing, 3, 4)
            .Numbers(DicomTag.SliceThickness, 2.5));
        Assert.Equal([4, 3, 2.5], Read(file.File()).Spacing);
    }

    [Fact]
    public void A_stated_step_that_the_positions_do_not_keep_is_not_believed()
    {
        ForeignSegmentation file = Binary();
        file.Shared.Sequence(DicomTag.PixelMeasuresSequence, new DicomWriter().Numbers(DicomTag.PixelSpacing, 1, 2)
            .Numbers(DicomTag.SpacingBetweenSlices, 7));
        Assert.Equal(2.5, Read(file.File()).Spacing[2]);
    }

    [Fact]
    public void Frames_without_place_are_refused()
    {
        ForeignSegmentation file = Binary();
        file.Change = (group, i) => _ = i == 1 ? group.Remove(DicomTag.PlanePositionSequence) : group;
        Refused(Fault.DicomGeometryInvalid, file, "Frame 2 has no Image Position");
        file = Binary();
        file.Shared.Remove(DicomTag.PlaneOrientationSequence);
        Refused(Fault.DicomGeometryInvalid, file, "no Image Orientation");
        file = Binary();
        file.Dataset.Text(DicomTag.DimensionOrganizationType, "CS", "TILED_FULL");
        Refused(Fault.DicomGeometryInvalid, file, "slide");
    }

    [Fact]
    public void Planes_that_make_no_grid_are_refused()
    {
        ForeignSegmentation file = Binary();
        file.Change = (group, i) => _ = i == 2
            ? group.Sequence(DicomTag.PlaneOrientationSequence, new DicomWriter()
                .Numbers(DicomTag.ImageOrientationPatient, 0.9998, 0.02, 0, -0.02, 0.9998, 0)) : group;
        Refused(Fault.DicomGeometryInvalid, file, "not parallel");
        Refused(Fault.SliceSpacingIrregular, With(new ForeignSegmentation(), (1, 0), (1, 2.5), (1, 6)), "no common step");
        file = With(new ForeignSegmentation(), (1, 0), (1, 2.5), (1, 5), (1, 7.5));
        file.Change = (group, i) => _ = i == 2
            ? group.Sequence(DicomTag.PlanePositionSequence, new DicomWriter().Numbers(DicomTag.ImagePositionPatient, 10.06, 20, 5))
            : group;
        Refused(Fault.SliceStackSheared, file, "sideways");
        file.Change = (group, i) => group.Sequence(DicomTag.PlanePositionSequence, new DicomWriter()
            .Numbers(DicomTag.ImagePositionPatient, 10, 20 + 0.2 * i, 2.5 * i));
        Refused(Fault.SliceStackSheared, file, "tilt");
        file.Change = (group, i) => group.Sequence(DicomTag.PlanePositionSequence, new DicomWriter()
            .Numbers(DicomTag.ImagePositionPatient, 10, 20, i == 3 ? 900_000 : 2.5 * i));
        Refused(Fault.VolumeTooLarge, file, "apart");
    }

    [Fact]
    public void Damaged_or_contradictory_files_are_refused()
    {
        ForeignSegmentation file = Binary();
        file.Dataset.Raw(DicomTag.PixelData, "OB", new byte[4]);
        Refused(Fault.DicomFileInvalid, file, "4 bytes of pixel data where 6");
        file = Binary();
        file.Frames[1] = file.Frames[1] with { Segment = 3 };
        Refused(Fault.DicomFileInvalid, file, "Frame 2 belongs to no segment");
        file = Binary();
        file.Dataset.Sequence(DicomTag.SegmentSequence, ForeignSegmentation.Segment(1, "Pancreas"),
            ForeignSegmentation.Segment(1, "Tumor"));
        Refused(Fault.DicomFileInvalid, file, "that of another");
        file = Binary();
        file.Dataset.Text(DicomTag.SegmentationType, "CS", "FRACTIONAL");
        Refused(Fault.DicomFileInvalid, file, "do not go together");
        file = Binary();
        file.Dataset.Text(DicomTag.SopClassUid, "UI", "1.2.840.10008.5.1.4.1.1.2");
        Refused(Fault.DicomFileInvalid, file, "neither a segmentation nor a structure set");
    }

    [Fact]
    public void Another_frame_of_reference_is_refused_unless_accepted()
    {
        var options = new LabelImportOptions { FrameOfReferenceUid = "1.2.3.7" };
        Refused(Fault.FrameOfReferenceDiffers, Binary(), "frame of reference", options);
        Assert.Equal(3, Read(Binary().File(), options with { AcceptFrameOfReference = true }).Grid.Slices);
    }

    [Fact]
    public void On_the_grid_of_a_ct_labels_are_copied_where_voxels_agree_and_resampled_with_a_note_where_not()
    {
        VolumeGrid wide = VolumeGrid.Axial(9, 3, 8, new(2, 1, 2.5), new(6.0003, 20, -5));
        LabelVolume exact = Read(Binary().File(), new() { Grid = wide });
        Assert.Empty(exact.Source.Notes);
        Assert.Equal(1, exact.Labels.Span[wide.IndexOf(2, 0, 2)]);
        Assert.Equal(Read(Binary().File()).Labels.Span.Count((byte)1), exact.Count(1));
        LabelVolume resampled = Read(Binary().File(), new() { Grid = wide.WithSpacing(new(1, 1, 1)) });
        Assert.Contains("resampled", Assert.Single(resampled.Source.Notes), StringComparison.Ordinal);
    }

    /// <summary><c>PANCREASSEG_FUZZ_COUNT</c> damages more files than the short run of the suite.</summary>
    [Fact]
    public void Damaged_files_end_in_a_named_error_or_a_volume()
    {
        var random = new Random(int.TryParse(Environment.GetEnvironmentVariable("PANCREASSEG_FUZZ_SEED"), out int seed) ? seed : 1);
        int count = int.TryParse(Environment.GetEnvironmentVariable("PANCREASSEG_FUZZ_COUNT"), out int more) ? more : 300;
        byte[] whole = Binary().File();
        for (int n = 0; n < count; n++)
        {
            byte[] damaged = [.. whole];
            for (int k = random.Next(1, 6); k > 0; k--) damaged[random.Next(132, damaged.Length)] = (byte)random.Next(256);
            if (random.Next(3) == 0) damaged = damaged[..random.Next(132, damaged.Length)];
            try
            {
                Read(damaged);
            }
            catch (CoreException e)
            {
                Assert.NotEmpty(e.Message);
            }
        }
    }
}
