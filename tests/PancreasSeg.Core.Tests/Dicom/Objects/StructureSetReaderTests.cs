using PancreasSeg.Dicom;
using PancreasSeg.Import;

namespace PancreasSeg.Core.Tests.Dicom.Objects;

/// <summary>Structure sets of other programs: holes by any convention, what is skipped and what is refused.</summary>
public class StructureSetReaderTests
{
    private static readonly VolumeGrid s_grid = VolumeGrid.Axial(8, 8, 4, new(2, 2, 5), new(-10, 30, 100));

    private static double[] Square(double from, double to, double slice) =>
        [.. new[] { (from, from), (to, from), (to, to), (from, to) }.SelectMany(p =>
            new[] { -10 + 2 * p.Item1, 30 + 2 * p.Item2, 100 + 5 * slice })];

    private static DicomWriter Contour(double[] points, string type = "CLOSED_PLANAR") =>
        new DicomWriter().Text(DicomTag.ContourGeometricType, "CS", type).Numbers(DicomTag.ContourData, points);

    private static byte[] SetOf(params DicomWriter[][] regions) => new DicomWriter()
        .Text(DicomTag.SopClassUid, "UI", StructureSetWriter.SopClass).Text(DicomTag.Modality, "CS", "RTSTRUCT")
        .Sequence(DicomTag.StructureSetRoiSequence,
            [.. regions.Select((_, i) => new DicomWriter()
            .Text(DicomTag.RoiNumber, "IS", $"{i + 1}").Text(DicomTag.RoiName, "LO", $"Organ {i + 1}"))])
        .Sequence(DicomTag.RoiContourSequence,
            [.. regions.Select((contours, i) => new DicomWriter()
            .Text(DicomTag.ReferencedRoiNumber, "IS", $"{i + 1}").Sequence(DicomTag.ContourSequence, contours))])
        .File(TransferSyntax.ImplicitLittleEndianUid);

    private static LabelVolume Read(byte[] file, VolumeGrid? grid, string? segment = null)
    {
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}");
        try
        {
            File.WriteAllBytes(path, file);
            return LabelImporter.Read(path,
                new LabelImportOptions { Grid = grid, Segment = segment is null ? null : new SegmentSelector(segment) });
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("CLOSED_PLANAR")]
    [InlineData("CLOSEDPLANAR_XOR")]
    public void A_second_contour_is_a_hole(string type)
    {
        LabelVolume labels = Read(SetOf([Contour(Square(0.5, 6.5, 2), type), Contour(Square(2.5, 4.5, 2), type)]), s_grid);
        Assert.Equal(36 - 4, labels.Count(1));
        Assert.Equal(0, labels.Labels.Span[s_grid.IndexOf(3, 3, 2)]);
        Assert.Equal(1, labels.Labels.Span[s_grid.IndexOf(1, 6, 2)]);
        Assert.Equal(0, labels.Labels.Span[s_grid.IndexOf(7, 7, 2)]);
    }

    [Fact]
    public void Points_and_open_lines_are_left_out_with_a_note()
    {
        LabelVolume labels = Read(SetOf([Contour(Square(0.5, 6.5, 2)), Contour([1, 2, 3], "POINT"), Contour(Square(0, 3, 1), "OPEN_PLANAR"),
            Contour(Square(0, 3, 9))]), s_grid);
        Assert.Equal(36, labels.Count(1));
        Assert.Equal(["2 contours were left out: points or open lines", "1 contours were left out: above or below the CT"],
            labels.Source.Notes);
    }

    [Fact]
    public void A_contour_between_slices_is_refused()
    {
        Assert.Equal(36, Read(SetOf([Contour(Square(0.5, 6.5, 2.04))]), s_grid).Count(1));
        Assert.Equal(Fault.ContourBetweenSlices, Assert.Throws<CoreException>(() => Read(SetOf([Contour(Square(0.5, 6.5, 2.06))]), s_grid))
            .Fault);
    }

    [Fact]
    public void Regions_that_share_voxels_are_read_one_at_a_time()
    {
        byte[] file = SetOf([Contour(Square(0.5, 6.5, 2))], [Contour(Square(5.5, 7.5, 2))]);
        var error = Assert.Throws<CoreException>(() => Read(file, s_grid));
        Assert.Equal(Fault.SegmentsOverlap, error.Fault);
        Assert.Contains("1 voxels", error.Message, StringComparison.Ordinal);
        Assert.Equal(4, Read(file, s_grid, "organ 2").Count(1));
    }

    [Fact]
    public void Contours_need_the_ct_and_whole_points()
    {
        Assert.Equal(Fault.SettingInvalid, Assert.Throws<CoreException>(() => Read(SetOf([Contour(Square(0.5, 6.5, 2))]), null)).Fault);
        Assert.Equal(Fault.DicomFileInvalid, Assert.Throws<CoreException>(() => Read(SetOf([Contour([1, 2, 3, 4])]), s_grid)).Fault);
    }

    [Fact]
    public void Contours_of_tens_of_thousands_of_points_are_read()
    {
        double[] circle = [.. Enumerable.Range(0, 20_000)
            .SelectMany(i => new[] { -3 + 5 * Math.Cos(i * Math.Tau / 20_000), 37 + 5 * Math.Sin(i * Math.Tau / 20_000), 105 })];
        LabelVolume labels = Read(SetOf([Contour(circle)]), s_grid);
        int expected = 0;
        for (int r = 0; r < 8; r++)
            for (int c = 0; c < 8; c++) expected += Math.Pow(-10 + 2 * c + 3, 2) + Math.Pow(30 + 2 * r - 37, 2) < 25 ? 1 : 0;
        Assert.Equal(expected, labels.Count(1));
    }
}
