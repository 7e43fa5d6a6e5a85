using PancreasSeg.Preprocess;
using PancreasSeg.Simulation;
using PancreasSeg.Training;

namespace PancreasSeg.Core.Tests.Training;

public class PairContrastTests
{
    private static readonly VolumeGrid s_grid = VolumeGrid.Axial(96, 80, 54, new(4, 4, 4));

    // On one grid, without which no label goes with another CT. Every phase; 904 and 916 are fatty glands without contrast medium, darker
    // than the bowel round them.
    private static readonly TrainingCase[] s_patients = Patients("p",
        (ContrastPhase.Native, 904), (ContrastPhase.Arterial, 905), (ContrastPhase.PortalVenous, 906), (ContrastPhase.Delayed, 907),
        (ContrastPhase.Native, 916), (ContrastPhase.Native, 908));

    private static readonly TrainingCase[] s_more = Patients("q", (ContrastPhase.Arterial, 4), (ContrastPhase.PortalVenous, 18));

    private static TrainingCase[] Patients(string name, params (ContrastPhase Phase, long Seed)[] patients) => [.. patients
        .Select(p => CtPhantom.Create(new PhantomOptions { Seed = p.Seed, Size = (96, 80, 54), Spacing = new(4, 4, 4), Phase = p.Phase }))
        .Select((phantom, i) => new TrainingCase(new CtVolume(s_grid, phantom.Image.Integers.ToArray(), new("ct")),
            new LabelVolume(s_grid, phantom.Label.Labels.ToArray(), new("labels")), $"{name}{i}"))];

    // The surroundings of each box lie elsewhere.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Pairs_of_simulated_patients_are_not_doubted(bool inBox) => Assert.Empty(Crossed(s_patients, Options(inBox)));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Pairs_out_of_step_are_told_by_what_lies_under_the_labels(bool inBox)
    {
        TrainingCase[] shifted = [.. s_patients.Skip(1).Select((p, i) => s_patients[i] with { Label = p.Label })];
        string error = Error(shifted, Options(inBox));
        Assert.Contains("'p2': the labels stand out from what surrounds them in the CT of 'p3'", error, StringComparison.Ordinal);
        Assert.Contains("out of step", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_labels_exchanged_are_told()
    {
        (TrainingCase a, TrainingCase b) = (s_patients[2], s_patients[3]);
        string error = Error([a with { Label = b.Label }, b with { Label = a.Label }]);
        Assert.Contains("'p2': the labels stand out from what surrounds them in the CT of 'p3'", error, StringComparison.Ordinal);
        Assert.Contains("'p3': the labels stand out from what surrounds them in the CT of 'p2'", error, StringComparison.Ordinal);
    }

    // The second's labels belong to nobody here.
    [Fact]
    public void One_case_alone_is_a_warning()
    {
        TrainingCase[] cases = [s_patients[2] with { Label = s_patients[3].Label }, s_patients[3] with { Label = s_patients[4].Label }];
        TrainingSet set = TrainingSet.Create([.. cases.Select(TrainingCaseSource.Of)], [], Options(), new TrainingHost(), default);
        Assert.StartsWith("'p2': the labels stand out from what surrounds them in the CT of 'p3', not in their own;",
            Assert.Single(set.Warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(8, true)]
    [InlineData(20, true)]
    [InlineData(21, false)]
    public void Two_exchanged_are_sure_among_few_and_told_among_any_number(int count, bool isSure)
    {
        PreparedCase first = Boxes("first", 0, 50, 0), second = Boxes("second", 50, 0, 1);
        PreparedCase[] set = [first, second, .. Enumerable.Range(2, count - 2).Select(i => Boxes($"case {i}", 50, 0, 0))];
        Assert.Equal([("first", "second", isSure), ("second", "first", isSure)], PairContrast.Crossed(set, 1, new PreprocessPlan()));
    }

    // One arterial gland and another, each plain to see.
    [Fact]
    public void One_pair_of_eight_exchanged_is_refused_and_one_mirrored_is_a_warning()
    {
        TrainingCase[] cases = [.. s_patients, .. s_more];
        TrainingSet right = Set(cases, Options());
        Assert.Empty(right.Warnings);
        (TrainingCase a, TrainingCase b) = (cases[1], cases[6]);
        string error = Error([.. cases.Select((c, i) => i == 1 ? a with { Label = b.Label } : i == 6 ? b with { Label = a.Label } : c)]);
        Assert.Contains($"'{a.Name}': the labels stand out from what surrounds them in the CT of '{b.Name}'", error,
            StringComparison.Ordinal);
        foreach (AxisFlip flip in AxisFlip.All.Skip(1))
        {
            TrainingCase mirrored = a with { Label = new LabelVolume(s_grid, flip.Apply(a.Label), a.Label.Source) };
            TrainingSet set = Set([.. cases.Select((c, i) => i == 1 ? mirrored : c)], Options());
            Assert.Contains($"'{a.Name}': the labels stand out from what surrounds them with {flip}, not as they lie; they seem to be "
                + "mirrored against their CT.", set.Warnings);
        }
    }

    // The first case's labels stand out by other HU in the CT of the second, whose own labels do less.
    [Theory]
    [InlineData(12, 12, 25.5, 2, true)]
    [InlineData(13, 12, 25.5, 2, false)]
    [InlineData(12, 13, 25.5, 2, false)]
    [InlineData(12, 12, 24.5, 2, false)]
    [InlineData(24.5, 5, 60, 2, true)]
    [InlineData(25.5, 5, 60, 2, false)]
    [InlineData(12, 12, 25.5, 4, true)]
    [InlineData(12, 12, 25.5, 20, true)]
    [InlineData(12, 12, 25.5, 21, false)]
    public void Labels_are_doubted_where_they_stand_out_elsewhere(double own, double others, double elsewhere, int cases, bool expected)
    {
        PreparedCase first = Boxes("first", own, 0, 0), second = Boxes("second", elsewhere, others, 1);
        PreparedCase[] set = [first, second, .. Enumerable.Range(2, cases - 2).Select(i => Boxes($"case {i}", 50, 0, 0))];
        Assert.Equal(expected ? [("first", "second", false)] : [], PairContrast.Crossed(set, 1, new PreprocessPlan()));
        Assert.Empty(PairContrast.Crossed(set, 1, new PreprocessPlan { Normalization = Normalization.MinMax }));
    }

    // Flipped along columns the labels of the left box lie in the right one, but for a column: five sixths of its HU.
    [Theory]
    [InlineData(12, 90, true)]
    [InlineData(24, 90, true)]
    [InlineData(26, 90, false)]
    [InlineData(12, 31, true)]
    [InlineData(12, 29, false)]
    [InlineData(24, 55, false)]
    public void Labels_that_stand_out_only_mirrored_are_doubted(double own, double mirrored, bool expected)
    {
        PreparedCase[] cases = [Boxes("first", own, mirrored, 0), .. Enumerable.Range(1, 7).Select(i => Boxes($"case {i}", 50, 0, 0))];
        var plan = new PreprocessPlan();
        (string, AxisFlip)[] doubted = expected ? [("first", new AxisFlip(true, false, false))] : [];
        Assert.Equal(doubted, PairContrast.Mirrored(cases, 1, plan));
        Assert.Empty(PairContrast.Mirrored(cases, 1, plan with { BoxSize = [20, 12, 5] }));
        Assert.Empty(PairContrast.Mirrored([.. cases, .. Enumerable.Range(8, 13).Select(i => Boxes($"case {i}", 50, 0, 0))], 1, plan));
    }

    [Fact]
    public void Only_cases_of_one_grid_are_compared()
    {
        PreparedCase first = Boxes("first", 0, 0, 0), second = Boxes("second", 50, 0, 1);
        VolumeGrid other = VolumeGrid.Axial(20, 5, 12, new(1, 1, 1));
        Assert.Empty(PairContrast.Crossed([first, second with { Input = second.Input with { Grid = other } }], 1, new PreprocessPlan()));
    }

    // The left box of the first, whose labels are asked for, lies over the right one of the second where that begins nine voxels before.
    [Theory]
    [InlineData(0, false)]
    [InlineData(9, true)]
    [InlineData(40, false)]
    public void With_a_box_labels_are_laid_where_they_lie_in_space(int before, bool expected)
    {
        PreparedCase first = Boxes("first", 0, 0, 0), second = Boxes("second", 0, 60, 0);
        VolumeGrid moved = VolumeGrid.Axial(20, 12, 5, new(1, 1, 1), new(-before, 0, 0));
        PreparedCase[] set = [first, second with { Input = second.Input with { Grid = moved } }];
        var plan = new PreprocessPlan { Spacing = [1, 1, 1], BoxSize = [20, 12, 5] };
        Assert.Equal(expected ? [("first", "second", false)] : [], PairContrast.Crossed(set, 1, plan));
        Assert.Empty(PairContrast.Crossed(set, 1, plan with { BoxSize = null }));
    }

    // Labels in columns 3 to 6, whose neighbours are columns 2 and 7.
    [Theory]
    [InlineData(0, true)]
    [InlineData(5, true)]
    [InlineData(6, false)]
    [InlineData(20, false)]
    public void An_outline_of_which_less_than_half_has_values_tells_nothing(int firstWithValue, bool tells)
    {
        PreparedCase item = Boxes("case", 50, 0, 0);
        double contrast = EdgeContrast.Of(item.Input.Grid, item.Classes.Span, 1,
            i => item.Input.Grid.VoxelOf(i).Column < firstWithValue ? float.NaN : 200 * item.Input.Values.Span[i]);
        Assert.Equal(tells ? 50 : double.NaN, contrast, 3);
    }

    private static IReadOnlyList<(string, string, bool)> Crossed(IEnumerable<TrainingCase> cases, TrainingOptions options) =>
        PairContrast.Crossed(Set(cases, options).Training, 1, options.Plan);

    private static string Error(IEnumerable<TrainingCase> cases, TrainingOptions? options = null) =>
        Assert.Throws<CoreException>(() => Set(cases, options ?? Options())).Message;

    private static TrainingSet Set(IEnumerable<TrainingCase> cases, TrainingOptions options) =>
        TrainingSet.Create([.. cases.Select(TrainingCaseSource.Of)], [], options, new TrainingHost(), default);

    private static TrainingOptions Options(bool inBox = false) =>
        new() { Plan = new PreprocessPlan { Spacing = [4, 4, 4], BoxSize = inBox ? [256, 192, 160] : null } };

    /// <summary>Two boxes that are brighter than what is round them by some HU; one of them is labelled.</summary>
    private static PreparedCase Boxes(string name, double leftHu, double rightHu, int labelled)
    {
        VolumeGrid grid = VolumeGrid.Axial(20, 12, 5, new(1, 1, 1));
        var (values, classes) = (new float[grid.VoxelCount], new byte[grid.VoxelCount]);
        for (int i = 0; i < values.Length; i++)
        {
            (int x, int y, int z) = grid.VoxelOf(i);
            int box = y is < 3 or > 8 || z is 0 or 4 ? -1 : x is > 2 and < 7 ? 0 : x is > 11 and < 17 ? 1 : -1;
            values[i] = (float)(box < 0 ? 0 : (box == 0 ? leftHu : rightHu) / 200);
            classes[i] = box == labelled ? (byte)1 : (byte)0;
        }
        return new PreparedCase(name, new NetworkInput(grid, values), classes);
    }
}
