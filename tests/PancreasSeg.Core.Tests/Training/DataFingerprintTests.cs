using System.Text.Json;
using PancreasSeg.Training;

namespace PancreasSeg.Core.Tests.Training;

public sealed class DataFingerprintTests
{
    [Fact]
    public void A_case_is_measured_by_what_is_under_its_label()
    {
        CaseFingerprint item = Measure(Case("a", new(1, 2, 3), (2, 5), hu => hu)).Cases[0];
        Assert.Equal([12, 10, 8], item.Size);
        Assert.Equal([1.0, 2, 3], item.Spacing);
        Assert.Equal([4.0, 8, 12], item.BoxMm!);
        Assert.Equal(0.384, item.VolumeMl, 12);
        Assert.Equal(1.0, item.LargestPart);
        // 64 voxels of 0, 1 ... 63 HU.
        Assert.Equal([31.5, 0, 63], new[] { item.MeanHu, item.LowHu, item.HighHu });
        Assert.Equal(Math.Sqrt((64 * 64 - 1) / 12.0), item.SdHu!.Value, 9);
        Assert.Equal(0, item.ShellHu);
        Assert.Empty(item.Findings);
    }

    [Fact]
    public void What_is_odd_has_a_name()
    {
        DataFingerprint all = MeasureOne(Case("a", new(1, 1, 1), (2, 5), hu => hu), Case("b", new(1, 1, 1), (2, 5), hu => hu + 1),
            Case("fat", new(1, 1, 1), (2, 5), _ => -90), Case("small", new(1, 1, 1), (2, 3), hu => hu + 2),
            Case("border", new(1, 1, 1), (0, 3), hu => hu + 3), Case("none", new(1, 1, 1), (1, 0), hu => hu + 4),
            Case("thick", new(1, 1, 3.1), (2, 5), hu => hu + 5), Case("again", new(1, 1, 1), (2, 5), hu => hu));
        Assert.Equal(["a DuplicateCase", "fat LabelNotOverTissue", "small VolumeOutlier", "border LabelTouchesBorder", "none LabelEmpty",
            "thick SpacingOutlier", "again DuplicateCase"],
            all.Cases.SelectMany(c => c.Findings.Select(f => $"{c.Name} {f}")));
        Assert.Contains("DuplicateCase 2", all.Findings);
        Assert.Equal([1.0, 1, 1], all.Spacing);
        Assert.Equal(0.064, all.VolumeMl!.Value, 9);
    }

    [Theory]
    [InlineData(21, false)]
    [InlineData(22, true)]
    public void A_label_larger_than_any_pancreas_is_named(double pitch, bool isNamed) =>
        Assert.Equal(isNamed, Measure(Case("liver", new(pitch, pitch, pitch), (2, 5), hu => hu)).Cases[0].Findings
            .Contains(DataFinding.VolumeImplausible));

    [Fact]
    public void A_case_that_cannot_be_read_does_not_hide_the_others()
    {
        var faults = new List<string>();
        var broken = new TrainingCaseSource("broken", _ => throw new CoreException(Fault.FileReadFailed, "no"));
        var gone = new TrainingCaseSource("gone", _ => throw new FileNotFoundException());
        var locked = new TrainingCaseSource("locked", _ => throw new UnauthorizedAccessException());
        DataFingerprint all = DataFingerprint.Measure([broken, gone, locked, Case("a", new(1, 1, 1), (2, 5), hu => hu)],
            onFault: (source, error) => faults.Add($"{source.Name} {error.Fault}"));
        Assert.Equal(["broken FileReadFailed", "gone FileReadFailed", "locked FileReadFailed"], faults);
        Assert.Equal(1, all.Count);
        Assert.Equal((0, 0), (Measure().Count, Measure().Spacing.Count));
    }

    [Fact]
    public void The_file_holds_names_and_figures()
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("f.json");
        Measure(Case("a", new(1, 1, 1), (2, 5), hu => hu)).Write(file);
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(file));
        JsonElement item = json.RootElement.GetProperty("cases")[0];
        Assert.Equal(("a", 31.5), (item.GetProperty("name").GetString(), item.GetProperty("meanHu").GetDouble()));
        Assert.Equal(4, json.RootElement.GetProperty("boxMm")[0].GetDouble());
    }

    [Fact]
    public void What_lies_within_5_mm_of_the_label_is_averaged()
    {
        VolumeGrid grid = VolumeGrid.Axial(20, 16, 12, new(2, 2, 3));
        var labels = new byte[grid.VoxelCount];
        foreach ((int i, int j, int k) in ((int, int, int)[])[(9, 3, 6), (10, 3, 6), (10, 3, 7)]) labels[grid.IndexOf(i, j, k)] = 1;
        Vector3D[] inside = [.. Enumerable.Range(0, labels.Length).Where(i => labels[i] == 1).Select(At)];
        float[] hu = [.. Enumerable.Range(0, labels.Length).Select(i =>
            labels[i] == 1 ? 100 : inside.Min(v => (v - At(i)).Length) is var mm && mm <= 5 ? (float)(40 + mm) : 3000)];
        var source = new VolumeSource("a");
        CaseFingerprint item = Measure(TrainingCaseSource.Of(
            new TrainingCase(new CtVolume(grid, hu, source), new LabelVolume(grid, labels, source), "a"))).Cases[0];
        Assert.Equal(hu.Where(v => v is > 40 and < 50).Average(v => (double)v), item.ShellHu!.Value, 4);

        Vector3D At(int i) => grid.Affine.Apply(new(grid.VoxelOf(i).Column, grid.VoxelOf(i).Row, grid.VoxelOf(i).Slice));
    }

    [Fact]
    public void Labels_as_alike_as_those_of_one_patient_are_named_unless_the_patient_was()
    {
        TrainingCaseSource a = Case("a", new(1, 1, 1), (2, 5), hu => hu), b = Case("b", new(1, 1, 1), (2, 5), hu => hu + 9),
            other = Case("c", new(1, 1, 1), (2, 6), hu => hu);
        Assert.Equal(["a", "b"], Measure(a, b, other).Cases.Where(c => c.Findings.Contains(DataFinding.SamePatientSuspected))
            .Select(c => c.Name));
        Assert.Empty(MeasureOne(a, b).Findings);
    }

    /// <summary>All cases are of one patient.</summary>
    private static DataFingerprint MeasureOne(params TrainingCaseSource[] cases) =>
        DataFingerprint.Measure([.. cases.Select(c => c with { Patient = "p" })]);

    private static DataFingerprint Measure(params TrainingCaseSource[] cases) => DataFingerprint.Measure(cases);

    /// <summary>A cube of label in a volume whose HU count its voxels.</summary>
    private static TrainingCaseSource Case(string name, Vector3D spacing, (int From, int To) cube, Func<float, float> look)
    {
        VolumeGrid grid = VolumeGrid.Axial(12, 10, 8, spacing);
        var hu = new float[grid.VoxelCount];
        var labels = new byte[grid.VoxelCount];
        int count = 0;
        for (int i = 0; i < hu.Length; i++)
        {
            (int column, int row, int slice) = grid.VoxelOf(i);
            if (new[] { column, row, slice }.Any(at => at < cube.From || at > cube.To)) continue;
            labels[i] = 1;
            hu[i] = look(count++);
        }
        var source = new VolumeSource(name);
        return TrainingCaseSource.Of(new TrainingCase(new CtVolume(grid, hu, source), new LabelVolume(grid, labels, source), name));
    }
}
