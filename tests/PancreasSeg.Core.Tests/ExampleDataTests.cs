using PancreasSeg.Import;
using PancreasSeg.Nifti;
using PancreasSeg.Postprocess;
using PancreasSeg.Simulation;

namespace PancreasSeg.Core.Tests;

/// <summary>The CT that the examples use: a phantom as a folder of DICOM slices, with its truth beside it.</summary>
public class ExampleDataTests
{
    private const string Uid = "2.25.273912184611298745362219078563410982345";

    private static readonly PhantomOptions s_options =
        new() { Seed = 10, Size = (144, 112, 48), Spacing = new(2.75, 2.75, 4), NoiseHu = 9 };

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
        string folder = SampleData.InRepository("examples", "data", "phantom");
        PhantomSeries.Write(folder, phantom.Image, Uid, "phantom-10");
        CtVolume written = CtImporter.Read(folder);
        byte[] pancreas = phantom.Label.Select((byte)PhantomLabel.Pancreas).Labels.ToArray();
        NiftiFile.Write(SampleData.InRepository("examples", "data", "phantom-pancreas.nii.gz"),
            new LabelVolume(written.Grid, pancreas, written.Source));
    }
}
