using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Evaluation;
using PancreasSeg.Network;
using PancreasSeg.Postprocess;
using PancreasSeg.Training;

namespace PancreasSeg.Core.Tests.Training;

public sealed class FoldChoiceTests : IDisposable
{
    // 1 mL a voxel.
    private static readonly VolumeGrid s_grid = VolumeGrid.Axial(24, 12, 12, new(10, 10, 10));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Strays_in_every_case_are_taken_away()
    {
        PostprocessChoice chosen = Choose(Enumerable.Range(0, 21).Select(i => Case(stray: 2 + i % 3)))!;
        // All rules that drop the strays gain alike; the first of them is taken.
        Assert.Equal((PostprocessKind.LargestComponent, 21, 0.0), (chosen.Rule.Kind, chosen.Cases, chosen.WorseShare));
        Assert.InRange(chosen.Gain, chosen.GainLow, chosen.GainHigh);
        Assert.True(chosen.GainLow > 0);
    }

    [Fact]
    public void What_helps_on_average_but_harms_some_is_not_chosen()
    {
        // In one case of twenty the smaller part is pancreas too: the mean still gains.
        IReadOnlyList<PostprocessChoice> tried = Trial(Enumerable.Range(0, 20).Select(i => Case(stray: 2, isStrayTrue: i == 0)));
        PostprocessChoice largest = tried.First(c => c.Rule.Kind == PostprocessKind.LargestComponent);
        Assert.True(largest.GainLow > 0 && largest.WorseShare > 0.02, $"{largest}, {largest.WorseShare}");
        Assert.NotEqual(PostprocessKind.LargestComponent, PostprocessTrial.Best(tried)?.Rule.Kind);
    }

    [Fact]
    public void A_gain_that_may_be_chance_or_of_too_few_cases_is_not_chosen()
    {
        Assert.Null(Choose(Enumerable.Range(0, 40).Select(i => Case(stray: i == 0 ? 2 : 0))));
        Assert.Null(Choose(Enumerable.Range(0, 19).Select(_ => Case(stray: 2))));
        Assert.NotNull(Choose(Enumerable.Range(0, 20).Select(_ => Case(stray: 2))));
        Assert.Null(Choose(Enumerable.Range(0, 20).Select(_ => Case(stray: 0))));
        Assert.Empty(Trial([Case(2)]));
    }

    [Theory]
    [InlineData(0.0002, false)]
    [InlineData(0.0019, false)]
    [InlineData(0.002, true)]
    public void A_gain_that_is_sure_but_next_to_nothing_is_not_chosen(double gain, bool isChosen) => Assert.Equal(isChosen,
        PostprocessTrial.Best([new PostprocessChoice(PostprocessRule.Candidates[0], 80, gain, gain / 2, 2 * gain, 0)]) is not null);

    [Fact]
    public void Cases_that_chose_the_epoch_do_not_tell_what_to_expect()
    {
        FoldRecord[] records = [.. Enumerable.Range(0, 3).Select(fold => new FoldRecord($"model{fold}", [.. Enumerable.Range(0, 10)
            .Select(i => FoldCase.Of(new SegmentationScore { Name = $"c{fold}{i}", Dice = 0.8 },
                [.. QualitySigns.Names.Select(_ => 1.0)]))],
            []))];
        foreach (FoldCase item in records.SelectMany(r => r.Cases)) Case(stray: 0).Write(_folder.FullName, item.Name, default);
        OperatingPoint[] curve = [new(0.5, 0.8, 0.8)];
        Assert.Null(FoldChoices.Make(_folder.FullName, records, curve, isUnseen: false, 0, default).Quality);
        Assert.Equal(30, FoldChoices.Make(_folder.FullName, records, curve, isUnseen: true, 0, default).Quality!.Cases);
    }

    [Fact]
    public void Rules_are_tried_on_masks_without_the_strays_that_a_segmentation_leaves_out()
    {
        FoldRecord[] records = [.. Enumerable.Range(0, 3).Select(fold => new FoldRecord($"model{fold}", [.. Enumerable.Range(0, 10)
            .Select(i => FoldCase.Of(new SegmentationScore { Name = $"c{fold}{i}", Dice = 0.8 }, null))], []))];
        foreach (FoldCase item in records.SelectMany(r => r.Cases)) Case(stray: 2).Write(_folder.FullName, item.Name, default);
        FoldChoices Make(double smallestPart) =>
            FoldChoices.Make(_folder.FullName, records, [new OperatingPoint(0.5, 0.8, 0.8)], isUnseen: false, smallestPart, default);
        Assert.NotNull(Make(0).Postprocess);
        Assert.Null(Make(0.2).Postprocess);
        Assert.DoesNotContain(Make(0.2).Tried, choice => choice.Gain > 0);
    }

    [Fact]
    public void A_kept_case_reads_back_and_its_masks_are_those_of_the_pipeline()
    {
        var random = new Random(1);
        // Askew in the scanner's; and, as a plan by nearest voxels has it, the scanner's own box.
        VolumeGrid askew = new(20, 18, 10, new(new(1.7, 0.1, 0), new(-0.1, 1.7, 0), new(0, 0, 3.5), new(-14, -16, 3))),
            same = new(20, 18, 10, new(new(1.8, 0, 0), new(0, 1.8, 0), new(0, 0, 4), new(-15.55, -16.55, 1.75)));
        var scanner = new VolumeGrid(40, 36, 16, new(new(0.9, 0, 0), new(0, 0.9, 0), new(0, 0, 2.5), new(-16, -17, 1)));
        float[] blob = [.. Enumerable.Range(0, askew.VoxelCount).Select(i =>
        {
            (int c, int r, int s) = askew.VoxelOf(i);
            double d = Math.Sqrt((c - 9) * (c - 9) + (r - 9) * (r - 9) + 4 * (s - 5) * (s - 5));
            return (float)Math.Clamp(1.2 - d / 8 + 0.2 * random.NextDouble(), 0, 1);
        })];
        byte[] reference = [.. Enumerable.Range(0, scanner.VoxelCount).Select(i => i is > 9000 and < 9100 ? (byte)1 : (byte)0)];
        foreach (Interpolation way in (Interpolation[])[Interpolation.Linear, Interpolation.Nearest])
        {
            var answer = new ProbabilityVolume(way == Interpolation.Nearest ? same : askew, blob);
            var truth = new LabelVolume(scanner, reference, new VolumeSource("a"));
            KeptCase.Of(answer, truth, way, default).Write(_folder.FullName, "a", default);
            KeptCase kept = KeptCase.Read(_folder.FullName, "a", default);
            Assert.Equal(99, kept.Reference.Count(1));
            foreach (double threshold in (double[])[0.2, 0.5, 0.8])
            {
                LabelVolume whole = way == Interpolation.Nearest ? SourceGrid.NearestMask(answer, scanner, threshold, truth.Source)
                    : SourceGrid.Mask(answer, scanner, threshold, truth.Source);
                int exact = whole.Count(1), coarse = kept.Above(threshold).Count(1);
                Assert.InRange(coarse, 0.985 * exact, 1.015 * exact);
            }
        }
        File.Delete(Path.Combine(_folder.FullName, "references", "a_reference.nii.gz"));
        Assert.Equal(Fault.FileNotFound, Assert.Throws<CoreException>(() => KeptCase.Read(_folder.FullName, "a", default)).Fault);
    }

    [Fact]
    public void The_choice_goes_into_the_file_and_makes_no_sense_in_silence_never()
    {
        PancreasModel one = TestModels.Model();
        var choice = new PostprocessChoice(new(PostprocessKind.ComponentVolume, 1), 40, 0.012, 0.004, 0.02, 0.01);
        string path = _folder.File("m.safetensors");
        ModelFile.Write(ModelEnsemble.Of("e", [one, one], [new(0.3, 0.9, 0.5), new(0.6, 0.8, 0.8)], choice), path);
        PancreasModel read = ModelFile.Read(path);
        Assert.Equal((choice, 0.6, 2), (read.Postprocess, read.Threshold, read.Curve.Count));
        Assert.All(read.Members, member => Assert.Null(member.Postprocess));

        ModelFile.Write(ModelEnsemble.Of("e", [one, one], null, choice with { Rule = new(PostprocessKind.Opening, 3) }), path);
        Assert.Equal(Fault.ModelFormatUnknown, Assert.Throws<CoreException>(() => ModelFile.Read(path)).Fault);
    }

    private static PostprocessChoice? Choose(IEnumerable<KeptCase> cases) => PostprocessTrial.Best(Trial(cases));

    private static IReadOnlyList<PostprocessChoice> Trial(IEnumerable<KeptCase> cases)
    {
        var trial = new PostprocessTrial();
        foreach (KeptCase item in cases) trial.Add(item, 0.5, 0, default);
        return trial.Tried();
    }

    /// <summary>A gland found whole, and a stray part of some voxels of as high a probability.</summary>
    private static KeptCase Case(int stray, bool isStrayTrue = false)
    {
        byte[] probability = new byte[s_grid.VoxelCount], truth = new byte[s_grid.VoxelCount];
        for (int i = 0; i < truth.Length; i++)
        {
            (int c, int r, int s) = s_grid.VoxelOf(i);
            bool isGland = c is > 2 and < 7 && r is > 3 and < 8 && s is > 3 and < 7;
            bool isStray = c >= 15 && c < 15 + stray && r == 5 && (s is 5 or 6);
            probability[i] = isGland || isStray ? (byte)250 : (byte)0;
            truth[i] = isGland || (isStrayTrue && isStray) ? (byte)1 : (byte)0;
        }
        var source = new VolumeSource("case");
        return new KeptCase(new LabelVolume(s_grid, probability, source), new LabelVolume(s_grid, truth, source));
    }
}
