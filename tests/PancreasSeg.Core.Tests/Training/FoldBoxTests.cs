using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Inference;
using PancreasSeg.Network;
using PancreasSeg.Nifti;
using PancreasSeg.Postprocess;
using PancreasSeg.Preprocess;
using PancreasSeg.Training;

namespace PancreasSeg.Core.Tests.Training;

/// <summary>A refiner's cases that were held back are measured as segmentation goes over a box that was found.</summary>
[Collection(TorchTests.Name)]
public sealed class FoldBoxTests : IDisposable
{
    private static readonly TrainingOptions s_options = new()
    {
        Name = "fold0",
        Network = new NetworkSpec { Filters = 2, Stages = 2 },
        Plan = new PreprocessPlan { Spacing = [5, 5, 6], BoxSize = [80, 80, 60] },
        LearningRate = 0.005,
        MaxEpoch = 2,
        Augmentation = null,
        Precision = Precision.Float32,
        ThreadCount = 1,
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Probabilities_are_those_of_the_box_and_strays_are_no_part_of_masks_and_counts()
    {
        TrainingCase item = Ball();
        PancreasModel model = Trainer.Train([item], s_options);
        PreparedCase prepared = new CasePreparation(s_options).PrepareWithReference(item, default);
        // 4 voxels of 6 mm are more than the margin of 15 mm.
        Assert.Equal((16 + 8, 16 + 8, 10 + 8), (prepared.Width, prepared.Height, prepared.Depth));
        FoldRecord record = new OutOfFold(_folder.FullName, s_options, model).Measure([prepared], default);

        ProbabilityVolume box = Box(model, prepared);
        VolumeGrid grid = item.Image.Grid;
        KeptCase kept = KeptCase.Read(_folder.FullName, item.Name, default);
        KeptCase expected = KeptCase.Of(box, prepared.Reference!.ToVolume(item.Name), Interpolation.Linear, default);
        Assert.True(expected.Probability.Grid.Matches(kept.Probability.Grid));
        int most = expected.Probability.Labels.ToArray().Zip(kept.Probability.Labels.ToArray(), (a, b) => Math.Abs(a - b)).Max();
        Assert.InRange(most, 0, 1);

        // At the threshold at which most is strays too.
        int Strays(double threshold) => kept.Above(threshold).Count(1) - Components.Large(kept.Above(threshold), 0.2).Count(1);
        double faint = record.Curve.Select(at => at.Threshold).MaxBy(Strays);
        Assert.True(Strays(faint) > 10, $"{Strays(faint)}");
        foreach (double threshold in (double[])[0.5, faint])
        {
            TrainingOptions options = s_options with { Validation = new ValidationOptions { Threshold = threshold } };
            new OutOfFold(_folder.FullName, options, model).Measure([prepared], default);
            LabelVolume written = NiftiFile.ReadLabels(Path.Combine(_folder.FullName, "masks", $"{item.Name}_mask.nii.gz"));
            LabelVolume mask = Components.Large(SourceGrid.Mask(box, grid, threshold, item.Image.Source), 0.2);
            Assert.InRange(mask.Labels.ToArray().Zip(written.Labels.ToArray(), (a, b) => a == b ? 0 : 1).Sum(), 0, 2);
        }
        Assert.All(record.Curve, at =>
        {
            VoxelCounts counts = kept.Counts(Components.Large(kept.Above(at.Threshold), 0.2));
            Assert.Equal(counts, new VoxelCounts(at.TruePositives, at.FalseNegatives, at.FalsePositives));
        });
    }

    [Fact]
    public void Rules_are_tried_on_masks_without_what_a_box_takes_away_by_itself()
    {
        var grid = VolumeGrid.Axial(12, 1, 1, new(10, 10, 10));
        var source = new VolumeSource("a");
        var kept = new KeptCase(new LabelVolume(grid, [255, 255, 255, 255, 255, 255, 0, 255, 0, 255, 255, 0], source),
            new LabelVolume(grid, [1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0], source));
        Assert.Equal(new VoxelCounts(6, 0, 2), kept.Counts(kept.Mask(0.5, s_options.Plan.SmallestPart, default)));
        Assert.Equal(new VoxelCounts(6, 0, 3), kept.Counts(kept.Mask(0.5, 0, default)));
        var trial = new PostprocessTrial();
        trial.Add(kept, 0.5, s_options.Plan.SmallestPart, default);
        int largest = 1 + PostprocessRule.Candidates.ToList().IndexOf(new(PostprocessKind.LargestComponent));
        Assert.Equal((12 / 14.0, 1.0), (trial.Dice[0][0], trial.Dice[0][largest]));
        Assert.Equal((0.2, 0.0), (s_options.Plan.SmallestPart, new PreprocessPlan().SmallestPart));
    }

    /// <summary>What the engine of segmentation says of the box in the middle.</summary>
    private static ProbabilityVolume Box(PancreasModel model, PreparedCase item)
    {
        (int width, int height, int depth) = (item.Width, item.Height, item.Depth);
        using var engine = new TorchEngine(model, new EngineOptions { Precision = Precision.Float32, ThreadCount = 1 });
        float[] values =
        [
            .. from z in Enumerable.Range(4, depth - 8)
               from y in Enumerable.Range(4, height - 8)
               from x in Enumerable.Range(4, width - 8)
               select item.Input.Values.Span[(z * height + y) * width + x],
        ];
        float[] answer = engine.Run(values, engine.Settle(depth - 8, height - 8, width - 8)).Probabilities;
        return new ProbabilityVolume(new IndexBox(4, 4, 4, width - 4, height - 4, depth - 4).Cut(item.Input.OutputGrid), answer);
    }

    /// <summary>A ball of 60 HU and 18 mm radius.</summary>
    private static TrainingCase Ball()
    {
        VolumeGrid grid = VolumeGrid.Axial(52, 52, 24, new(3, 3, 4));
        var random = new Random(1);
        var hu = new short[grid.VoxelCount];
        var labels = new byte[grid.VoxelCount];
        for (int i = 0; i < hu.Length; i++)
        {
            (int c, int r, int s) = grid.VoxelOf(i);
            double away = Math.Sqrt(9 * (c - 24) * (c - 24) + 9 * (r - 27) * (r - 27) + 16 * (s - 12) * (s - 12));
            (hu[i], labels[i]) = away <= 18 ? ((short)60, (byte)1) : ((short)-50, (byte)0);
            hu[i] += (short)random.Next(-20, 20);
        }
        var source = new VolumeSource("ball");
        return new TrainingCase(new CtVolume(grid, hu, source), new LabelVolume(grid, labels, source), source.Name);
    }
}
