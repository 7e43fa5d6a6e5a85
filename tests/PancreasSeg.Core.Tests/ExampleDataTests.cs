using System.Globalization;
using PancreasSeg.Core.Tests.Dicom;
using PancreasSeg.Dicom;
using PancreasSeg.Nifti;
using PancreasSeg.Postprocess;
using PancreasSeg.Simulation;

namespace PancreasSeg.Core.Tests;

/// <summary>The CT that the examples use: a phantom as a folder of DICOM slices, with its truth beside it.</summary>
public class ExampleDataTests
{
    private const string Uid = "2.25.273912184611298745362219078563410982345";

    private static readonly PhantomOptions s_options = new() { Seed = 10, Size = (144, 112, 48), Spacing = new(2.75, 2.75, 4), NoiseHu = 9 };

    [Fact]
    public void The_series_and_its_truth_belong_together()
    {
        if (Environment.GetEnvironmentVariable("PANCREASSEG_WRITE_FIXTURES") == "1") WriteAnew();
        CtVolume ct = CtImporter.Read(SampleData.InRepository("examples", "data", "phantom"));
        LabelVolume truth = NiftiFile.ReadLabels(SampleData.InRepository("examples", "data", "phantom-pancreas.nii.gz"));

        Assert.Equal(s_options.Size, (ct.Grid.Columns, ct.Grid.Rows, ct.Grid.Slices));
        Assert.Equal(Uid, ct.Source.SeriesUid);
        Assert.Empty(ct.Source.Notes);
        MaskStatistics pancreas = MaskStatistics.Measure(truth, ct);
        Assert.InRange(pancreas.VolumeMl, 30, 150);
        Assert.InRange(pancreas.MeanHu!.Value, 60, 120);
        Assert.False(pancreas.TouchesBorder);
    }

    private static void WriteAnew()
    {
        PhantomCase phantom = CtPhantom.Create(s_options);
        VolumeGrid grid = phantom.Image.Grid;
        string folder = SampleData.InRepository("examples", "data", "phantom");
        Directory.CreateDirectory(folder);
        for (int k = 0; k < grid.Slices; k++)
        {
            Vector3D position = grid.Affine.Apply(new(0, 0, k));
            ReadOnlySpan<short> hu = phantom.Image.Integers.Span.Slice(grid.IndexOf(0, 0, k), grid.Columns * grid.Rows);
            var stored = new ushort[hu.Length];
            for (int i = 0; i < stored.Length; i++) stored[i] = (ushort)(hu[i] + 1024);
            DicomWriter slice = TestSeries.Slice(k, Uid)
                .Text(DicomTag.PatientName, "PN", "Phantom").Text(DicomTag.PatientId, "LO", "phantom-10")
                .Numbers(DicomTag.ImagePositionPatient, Round(position.X), Round(position.Y), Round(position.Z))
                .Number(DicomTag.Rows, grid.Rows).Number(DicomTag.Columns, grid.Columns)
                .Numbers(DicomTag.PixelSpacing, s_options.Spacing.Y, s_options.Spacing.X)
                .Numbers(DicomTag.SliceThickness, s_options.Spacing.Z)
                .Text(DicomTag.FrameOfReferenceUid, "UI", Uid + ".1")
                .Samples(DicomTag.PixelData, stored);
            File.WriteAllBytes(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"slice{k + 1:000}.dcm")), slice.File("1.2.840.10008.1.2.1.99"));
        }
        CtVolume written = CtImporter.Read(folder);
        byte[] pancreas = phantom.Label.Select((byte)PhantomLabel.Pancreas).Labels.ToArray();
        NiftiFile.Write(SampleData.InRepository("examples", "data", "phantom-pancreas.nii.gz"), new LabelVolume(written.Grid, pancreas, written.Source));
    }

    private static double Round(double millimetres) => Math.Round(millimetres, 3);
}
