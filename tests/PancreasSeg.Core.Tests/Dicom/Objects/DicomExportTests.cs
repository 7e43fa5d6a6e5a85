using System.IO.Compression;
using System.Text;
using PancreasSeg.Dicom;
using PancreasSeg.Import;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Core.Tests.Dicom.Objects;

/// <summary>Masks that are written as DICOM and read back, and what is refused.</summary>
public class DicomExportTests
{
    private static LabelVolume Read(string file, CtVolume? ct = null, string? segment = null) =>
        LabelImporter.Read(file, new LabelImportOptions
        {
            Grid = ct?.Grid,
            FrameOfReferenceUid = ct?.Source.FrameOfReferenceUid,
            Segment = segment is null ? null : new SegmentSelector(segment),
        });

    [Theory]
    [InlineData("axial", DicomObjectKind.Seg)]
    [InlineData("oblique", DicomObjectKind.Seg)]
    [InlineData("reversed", DicomObjectKind.Seg)]
    [InlineData("enhanced", DicomObjectKind.Seg)]
    [InlineData("axial", DicomObjectKind.RtStruct)]
    [InlineData("oblique", DicomObjectKind.RtStruct)]
    [InlineData("reversed", DicomObjectKind.RtStruct)]
    [InlineData("enhanced", DicomObjectKind.RtStruct)]
    public void A_mask_comes_back_voxel_by_voxel(string geometry, DicomObjectKind kind)
    {
        using var series = new ObjectSeries(geometry);
        CtVolume ct = series.Ct;
        LabelVolume mask = ObjectSeries.Mask(ct), back = Read(series.Export(mask, kind), ct);
        Assert.Equal(mask.Select(1).Labels.ToArray(), back.Labels.ToArray());
        Assert.Equal(ct.Grid, back.Grid);
        Assert.Equal(ct.Source.SeriesUid, back.Source.SeriesUid);
        Assert.Empty(back.Source.Notes);
    }

    [Theory]
    [InlineData(DicomObjectKind.Seg)]
    [InlineData(DicomObjectKind.RtStruct)]
    public void Several_structures_in_one_file_keep_their_numbers_and_names(DicomObjectKind kind)
    {
        using var series = new ObjectSeries("oblique");
        CtVolume ct = series.Ct;
        LabelVolume mask = ObjectSeries.Mask(ct);
        string file = series.Export(mask, kind, combined: true, segments: [ObjectSeries.Pancreas, ObjectSeries.Liver]);
        Assert.Equal(mask.Labels.ToArray(), Read(file, ct).Labels.ToArray());
        Assert.Equal(mask.Select(2).Labels.ToArray(), Read(file, ct, "Liver").Labels.ToArray());
        Assert.Equal(mask.Select(2).Labels.ToArray(), Read(file, ct, "2").Labels.ToArray());
        Assert.Equal(Fault.LabelMissing, Assert.Throws<CoreException>(() => Read(file, ct, "spleen")).Fault);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(6)]
    public void A_single_voxel_on_any_slice_is_not_lost(int slice)
    {
        using var series = new ObjectSeries("oblique");
        CtVolume ct = series.Ct;
        var labels = new byte[ct.Grid.VoxelCount];
        labels[ct.Grid.IndexOf(5, 4, slice)] = 1;
        var mask = new LabelVolume(ct.Grid, labels, ct.Source);
        foreach (DicomObjectKind kind in new[] { DicomObjectKind.Seg, DicomObjectKind.RtStruct })
            Assert.Equal(labels, Read(series.Export(mask, kind), ct).Labels.ToArray());
    }

    [Fact]
    public void Frames_run_from_the_first_slice_of_the_organ_to_the_last_and_make_an_even_length()
    {
        using var series = new ObjectSeries();
        CtVolume ct = series.Ct;
        var labels = new byte[ct.Grid.VoxelCount];
        labels[ct.Grid.IndexOf(1, 1, 1)] = labels[ct.Grid.IndexOf(1, 1, 3)] = 1;
        string file = series.Export(new LabelVolume(ct.Grid, labels, ct.Source), DicomObjectKind.Seg);
        SegmentationFile seg = SegmentationFile.Read(ObjectSeries.Header(file, DicomSelection.Segmentation));
        // Three frames of 30 bits are 12 bytes.
        Assert.Equal([-495.0, -490, -485], seg.Frames.Select(f => f.Plane.Position.Z));

        // Two frames of 10 bits are 3 bytes, a third makes 4.
        using var narrow = new ObjectSeries(change: (slice, _) => slice.Number(DicomTag.Columns, 2)
            .Samples(DicomTag.PixelData, new ushort[10]));
        ct = narrow.Ct;
        labels = new byte[ct.Grid.VoxelCount];
        labels[ct.Grid.IndexOf(1, 1, 1)] = labels[ct.Grid.IndexOf(1, 1, 2)] = 1;
        file = narrow.Export(new LabelVolume(ct.Grid, labels, ct.Source), DicomObjectKind.Seg);
        seg = SegmentationFile.Read(ObjectSeries.Header(file, DicomSelection.Segmentation));
        Assert.Equal([-495.0, -490, -485], seg.Frames.Select(f => f.Plane.Position.Z));
        Assert.Equal(labels, Read(file, ct).Labels.ToArray());

        // Behind the last slice of the series there is none: the third frame lies before.
        labels = new byte[ct.Grid.VoxelCount];
        labels[ct.Grid.IndexOf(1, 1, 5)] = labels[ct.Grid.IndexOf(1, 1, 6)] = 1;
        file = narrow.Export(new LabelVolume(ct.Grid, labels, ct.Source), DicomObjectKind.Seg);
        seg = SegmentationFile.Read(ObjectSeries.Header(file, DicomSelection.Segmentation));
        Assert.Equal([-480.0, -475, -470], seg.Frames.Select(f => f.Plane.Position.Z));
        Assert.Equal(labels, Read(file, ct).Labels.ToArray());
    }

    [Fact]
    public void All_frames_are_written_when_asked_for()
    {
        using var series = new ObjectSeries();
        CtVolume ct = series.Ct;
        LabelVolume mask = ObjectSeries.Mask(ct);
        string file = series.Export(mask, DicomObjectKind.Seg, new DicomObjectOptions { AllFrames = true });
        Assert.Equal(7, SegmentationFile.Read(ObjectSeries.Header(file, DicomSelection.Segmentation)).Frames.Count);
        Assert.Equal(mask.Select(1).Labels.ToArray(), Read(file).Labels.ToArray());
    }

    [Theory]
    [InlineData("ISO_IR 192", "Phäntom^Zoë=森")]
    [InlineData("ISO_IR 100", "Phäntom^Zoë")]
    [InlineData("\\ISO 2022 IR 87", "Yamada^Tarou=")]
    public void The_patient_goes_byte_for_byte_into_the_object_and_nowhere_else(string characterSet, string name)
    {
        byte[] bytes = characterSet == "ISO_IR 192" ? Encoding.UTF8.GetBytes(name)
            : characterSet == "ISO_IR 100" ? Encoding.Latin1.GetBytes(name)
            : [.. Encoding.ASCII.GetBytes(name), 0x1B, 0x24, 0x42, 0x3B, 0x33, 0x45, 0x44, 0x1B, 0x28, 0x42];
        if (bytes.Length % 2 != 0) bytes = [.. bytes, (byte)' '];
        using var series = new ObjectSeries(change: (slice, _) => slice.Text(DicomTag.SpecificCharacterSet, "CS", characterSet)
            .Raw(DicomTag.PatientName, "PN", bytes));
        foreach (DicomObjectKind kind in Enum.GetValues<DicomObjectKind>())
        {
            string file = series.Export(ObjectSeries.Mask(series.Ct), kind);
            DicomDataset data = ObjectSeries.All(file);
            Assert.Equal(bytes, data.Raw(DicomTag.PatientName));
            Assert.Equal(characterSet, data.Text(DicomTag.SpecificCharacterSet));
            Assert.Equal("SECRET-ID", ObjectSeries.Latin1(data.Raw(DicomTag.PatientId)).Trim());
            Assert.Equal("19340102", data.Text(DicomTag.PatientBirthDate));
            Assert.Equal(ObjectSeries.StudyUid, data.Uid(DicomTag.StudyInstanceUid));
            Assert.Equal(1, Occurrences(File.ReadAllBytes(file), bytes));
        }
    }

    [Fact]
    public void What_the_source_lacks_is_empty_and_never_made_up()
    {
        using var series = new ObjectSeries(change: (slice, _) => slice.Remove(DicomTag.PatientName).Remove(DicomTag.PatientId)
            .Remove(DicomTag.SpecificCharacterSet));
        DicomDataset data = ObjectSeries.All(series.Export(ObjectSeries.Mask(series.Ct), DicomObjectKind.Seg));
        Assert.Empty(data.Raw(DicomTag.PatientName));
        Assert.Empty(data.Raw(DicomTag.PatientId));
        Assert.False(data.Has(DicomTag.SpecificCharacterSet));
        Assert.False(data.Has(DicomTag.PatientWeight));
    }

    [Theory]
    [InlineData(DicomObjectKind.Seg)]
    [InlineData(DicomObjectKind.RtStruct)]
    [InlineData(DicomObjectKind.Preview)]
    [InlineData(DicomObjectKind.Report)]
    public void The_same_export_is_the_same_object_at_any_time(DicomObjectKind kind)
    {
        using var series = new ObjectSeries();
        LabelVolume mask = ObjectSeries.Mask(series.Ct);
        DicomObjectOptions At(int hour) => new() { Created = new DateTime(2026, 1, 2, hour, 4, 5, DateTimeKind.Local) };
        byte[] first = File.ReadAllBytes(series.Export(mask, kind, At(3))), again = File.ReadAllBytes(series.Export(mask, kind, At(3)));
        Assert.Equal(first, again);
        byte[] later = File.ReadAllBytes(series.Export(mask, kind, At(9)));
        Assert.Equal(first.Length, later.Length);
        Assert.All(first.Zip(later).Where(p => p.First != p.Second), p => Assert.Equal(((byte)'3', (byte)'9'), p));
    }

    [Fact]
    public void Another_mask_model_or_kind_is_another_object()
    {
        using var series = new ObjectSeries();
        LabelVolume mask = ObjectSeries.Mask(series.Ct);
        (string? Series, string? Instance) Uids(string file) =>
            (ObjectSeries.All(file).Uid(DicomTag.SeriesInstanceUid), ObjectSeries.All(file).Uid(DicomTag.SopInstanceUid));
        var seg = Uids(series.Export(mask, DicomObjectKind.Seg));
        byte[] other = mask.Labels.ToArray();
        other[^1] = 1;
        other[0] = 1;
        var changed = Uids(series.Export(new LabelVolume(mask.Grid, other, mask.Source), DicomObjectKind.Seg));
        var model = Uids(series.Export(mask, DicomObjectKind.Seg,
            new DicomObjectOptions { Origin = new MaskOrigin("m", new string('b', 64)) }));
        var contours = Uids(series.Export(mask, DicomObjectKind.RtStruct));
        Assert.Equal(seg.Series, changed.Series);
        Assert.NotEqual(seg.Instance, changed.Instance);
        Assert.Equal(3, new[] { seg.Series, model.Series, contours.Series }.Distinct().Count());
        Assert.All(new[] { seg.Series, seg.Instance, model.Instance }, uid => Assert.Matches(@"^2\.25\.[1-9][0-9]{1,38}$", uid));
    }

    [Fact]
    public void A_source_that_is_not_the_series_segmented_is_refused()
    {
        using var series = new ObjectSeries();
        using var other = new ObjectSeries(change: (slice, _) => slice.Text(DicomTag.SeriesInstanceUid, "UI", "1.2.826.0.1.99.2"));
        LabelVolume mask = ObjectSeries.Mask(series.Ct);
        void Refused(Fault fault, string source, LabelVolume of) =>
            Assert.Equal(fault, Assert.Throws<CoreException>(() => series.Export(of, DicomObjectKind.Seg, source: source)).Fault);
        Refused(Fault.SourceSeriesDiffers, other.Folder, mask);
        Refused(Fault.FileNotFound, series.Folder + "x", mask);
        VolumeGrid grid = mask.Grid;
        Refused(Fault.SourceGridDiffers, series.Folder,
            new LabelVolume(grid.WithSize(6, 5, 14), new byte[2 * grid.VoxelCount], mask.Source));
        var shifted = new VolumeGrid(6, 5, 7, grid.Affine with { Translation = grid.Origin + new Vector3D(0.02, 0, 0) });
        Refused(Fault.SourceGridDiffers, series.Folder, new LabelVolume(shifted, mask.Labels.ToArray(), mask.Source));
        Refused(Fault.LabelMissing, series.Folder, new LabelVolume(grid, new byte[grid.VoxelCount], mask.Source));
        Assert.Empty(series.Written);
    }

    [Fact]
    public void A_source_without_frame_of_reference_is_refused()
    {
        using var series = new ObjectSeries(change: (slice, _) => slice.Remove(DicomTag.FrameOfReferenceUid));
        Assert.Equal(Fault.FrameOfReferenceMissing,
            Assert.Throws<CoreException>(() => series.Export(ObjectSeries.Mask(series.Ct), DicomObjectKind.Seg)).Fault);
    }

    [Fact]
    public void A_tilted_series_gets_a_segmentation_only_on_its_own_slices_and_contours_always()
    {
        using var series = new ObjectSeries("tilt");
        CtVolume ct = series.Ct;
        byte[] labels = new byte[ct.Grid.VoxelCount];
        labels.AsSpan(ct.Grid.IndexOf(0, 0, 2), 3 * ct.Grid.Columns * ct.Grid.Rows).Fill(1);
        var mask = new LabelVolume(ct.Grid, labels, ct.Source);
        Assert.Equal(Fault.SourceGridDiffers, Assert.Throws<CoreException>(() => series.Export(mask, DicomObjectKind.Seg)).Fault);
        string file = series.Export(mask, DicomObjectKind.Seg, new DicomObjectOptions { OnSourceSlices = true });
        SegmentationFile seg = SegmentationFile.Read(ObjectSeries.Header(file, DicomSelection.Segmentation));
        Assert.Equal(-80.25 + 1.3 * 2, seg.Frames[0].Plane.Position.Y, 6);
        Assert.Equal(Fault.SliceStackSheared, Assert.Throws<CoreException>(() => Read(file)).Fault);
        Assert.Equal(mask.Select(1).Labels.ToArray(), Read(series.Export(mask, DicomObjectKind.RtStruct), ct).Labels.ToArray());
    }

    [Fact]
    public void A_mask_in_another_order_of_axes_goes_onto_the_same_pixels()
    {
        using var series = new ObjectSeries("reversed");
        CtVolume ct = series.Ct;
        LabelVolume mask = ObjectSeries.Mask(ct);
        VolumeGrid g = ct.Grid;
        var flipped = new VolumeGrid(6, 5, 7,
            new AffineTransform(-g.Affine.ColumnStep, g.Affine.RowStep, g.Affine.SliceStep, g.Affine.Apply(new(5, 0, 0))));
        string file = series.Export(mask.To(flipped), DicomObjectKind.Seg);
        Assert.Equal(mask.Select(1).Labels.ToArray(), Read(file, ct).Labels.ToArray());
    }

    [Theory]
    [InlineData("axial")]
    [InlineData("reversed")]
    [InlineData("enhanced")]
    public void Probabilities_come_back_in_steps_of_255(string geometry)
    {
        using var series = new ObjectSeries(geometry);
        CtVolume ct = series.Ct;
        var random = new Random(7);
        float[] values = [.. Enumerable.Range(0, ct.Grid.VoxelCount).Select(_ => random.NextSingle())];
        values.AsSpan(0, ct.Grid.IndexOf(0, 0, 2)).Clear();
        string file = series.ExportProbability(new ProbabilityVolume(ct.Grid, values, ct.Source));
        DicomDataset data = ObjectSeries.All(file);
        Assert.Equal(("FRACTIONAL", "PROBABILITY", 255, 8),
            (data.Text(DicomTag.SegmentationType), data.Text(DicomTag.SegmentationFractionalType),
                data.UInt16(DicomTag.MaximumFractionalValue)!.Value, data.UInt16(DicomTag.BitsStored)!.Value));
        Assert.Equal(ct.Grid.Slices - 2, SegmentationFile.Read(ObjectSeries.Header(file, DicomSelection.Segmentation)).Frames.Count);
        foreach (int step in new[] { 1, 100, 128, 255 })
        {
            LabelVolume back = LabelImporter.Read(file, new LabelImportOptions { Grid = ct.Grid, Threshold = step / 255.0 });
            Assert.Equal(values.Select(v => (byte)(Math.Round(255 * v) >= step ? 1 : 0)), back.Labels.ToArray());
        }
    }

    [Fact]
    public void Probabilities_and_mask_are_two_objects_with_two_names()
    {
        using var series = new ObjectSeries();
        CtVolume ct = series.Ct;
        LabelVolume mask = ObjectSeries.Mask(ct).Select(1);
        var probability = new ProbabilityVolume(ct.Grid, [.. mask.Labels.ToArray().Select(l => (float)l)], ct.Source);
        DicomDataset binary = ObjectSeries.All(series.Export(mask, DicomObjectKind.Seg)),
            fractional = ObjectSeries.All(series.ExportProbability(probability));
        Assert.NotEqual(binary.Uid(DicomTag.SeriesInstanceUid), fractional.Uid(DicomTag.SeriesInstanceUid));
        Assert.NotEqual(binary.Uid(DicomTag.SopInstanceUid), fractional.Uid(DicomTag.SopInstanceUid));
        DicomExportRequest request = series.ProbabilityRequest(probability);
        Assert.Equal([".probability.seg.dcm"], new DicomExport(request).Outputs.Select(o => o.Suffix));
        Assert.Equal(Fault.SettingInvalid,
            Assert.Throws<CoreException>(() => new DicomExport(request with { Result = null, Mask = mask })).Fault);
        var without = new DicomExport(series.ProbabilityRequest(null));
        Assert.False(without.CanWrite(without.Outputs[0]));
        var nothing = new DicomExport(series.ProbabilityRequest(new ProbabilityVolume(ct.Grid, new float[ct.Grid.VoxelCount], ct.Source)));
        Assert.False(nothing.CanWrite(nothing.Outputs[0]));
    }

    [Theory]
    [InlineData(DicomObjectKind.Seg)]
    [InlineData(DicomObjectKind.RtStruct)]
    [InlineData(DicomObjectKind.Preview)]
    [InlineData(DicomObjectKind.Report)]
    public void An_archive_is_a_source_like_its_folder(DicomObjectKind kind)
    {
        using var series = new ObjectSeries("oblique");
        using var folder = new TemporaryFolder();
        string archive = folder.File("study.zip");
        ZipFile.CreateFromDirectory(series.Folder, archive);
        LabelVolume mask = ObjectSeries.Mask(series.Ct);
        var options = new DicomObjectOptions { Created = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Local) };
        Assert.Equal(File.ReadAllBytes(series.Export(mask, kind, options)),
            File.ReadAllBytes(series.Export(mask, kind, options, source: archive)));
    }

    [Fact]
    public void An_image_of_the_series_is_never_replaced()
    {
        using var series = new ObjectSeries();
        var export = new DicomExport(new DicomExportRequest
        {
            Mask = ObjectSeries.Mask(series.Ct),
            SourcePath = series.Folder,
            Kinds = Enum.GetValues<DicomObjectKind>(),
        });
        string image = series.Series.PathOf(2);
        byte[] before = File.ReadAllBytes(image);
        foreach (DicomOutput output in export.Outputs)
            Assert.Equal(Fault.OutputIsInput, Assert.Throws<CoreException>(() => export.Write(output, image)).Fault);
        Assert.Equal(before, File.ReadAllBytes(image));
    }

    [Fact]
    public void A_cancelled_export_leaves_nothing()
    {
        using var series = new ObjectSeries();
        LabelVolume mask = ObjectSeries.Mask(series.Ct);
        var export = new DicomExport(new DicomExportRequest { Mask = mask, SourcePath = series.Folder });
        string folder = Path.Combine(series.Folder, "out");
        Directory.CreateDirectory(folder);
        Assert.ThrowsAny<OperationCanceledException>(() =>
            export.Write(export.Outputs[0], Path.Combine(folder, "a.dcm"), new CancellationToken(true)));
        Assert.Empty(Directory.GetFiles(folder));
    }

    [Fact]
    public void Structures_get_a_file_each_unless_they_are_combined()
    {
        using var series = new ObjectSeries();
        var request = new DicomExportRequest
        {
            Mask = ObjectSeries.Mask(series.Ct),
            SourcePath = series.Folder,
            Kinds = [DicomObjectKind.Seg, DicomObjectKind.RtStruct],
            Segments = [ObjectSeries.Pancreas, new DicomSegment(2, AnatomicStructure.Named("left kidney"))],
        };
        Assert.Equal([".pancreas.seg.dcm", ".left-kidney.seg.dcm", ".rtstruct.dcm"], new DicomExport(request)
            .Outputs.Select(o => o.Suffix));
        Assert.Equal([".seg.dcm", ".rtstruct.dcm"], new DicomExport(request with { Combined = true }).Outputs.Select(o => o.Suffix));
    }

    [Fact]
    public void Each_recommended_colour_is_that_of_the_reference()
    {
        // From the colour tables of 3D Slicer, brought to CIE Lab by an independent program.
        Assert.Equal([51709, 38173, 44529], CieLab.Of(249, 180, 111));
        Assert.Equal([41984, 41604, 40995], CieLab.Of(221, 130, 101));
        Assert.Equal([37989, 27960, 23039], CieLab.Of(0, 151, 206));
        Assert.Equal([64874, 32311, 35924], CieLab.Of(255, 253, 229));
    }

    private static int Occurrences(ReadOnlySpan<byte> file, ReadOnlySpan<byte> word)
    {
        int count = 0;
        for (int at; (at = file.IndexOf(word)) >= 0; file = file[(at + 1)..]) count++;
        return count;
    }
}
