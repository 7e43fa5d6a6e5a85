using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Inference;
using PancreasSeg.Network;
using PancreasSeg.Preprocess;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Core.Tests.Segmentation;

/// <summary>A locator whose mask is given, and an nnU-Net model that calls every voxel it sees pancreas.</summary>
[Collection(TorchTests.Name)]
public sealed class LocatedSegmenterTests : IDisposable
{
    private static readonly VolumeGrid s_grid = new(60, 50, 40, new(new(1.6, 0, 0), new(0, -1.9, 0), new(0, 0, 3), new(-40, 50, 7)));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private sealed class Given(PancreasModel model, LabelVolume mask) : ICaseSegmenter
    {
        public SegmentationOptions? Seen { get; private set; }

        public bool IsDisposed { get; private set; }

        public PancreasModel Model => model;

        public EngineInfo Engine { get; } = new("given", "cpu", "float32", 1);

        public void Check(SegmentationOptions options) { }

        public CaseAnswer Run(CtVolume ct, SegmentationOptions options, long held, IProgress<ProgressStep>? progress,
            CancellationToken cancellation)
        {
            Seen = options;
            return new CaseAnswer(mask, Engine);
        }

        public void Dispose() => IsDisposed = true;
    }

    [Fact]
    public void Only_the_box_of_the_mask_with_20_mm_round_it_is_looked_at()
    {
        // 20 mm are 12 columns, 10 rows, 6 slices, fractions dropped.
        (CaseAnswer answer, Given locator) = Run(new IndexBox(25, 20, 3, 31, 24, 5),
            new SegmentationOptions { Classes = ["spl*", "PANCREAS"] });
        var expected = new IndexBox(13, 10, 0, 43, 34, 11);
        Assert.Equal(Filled(expected, 1), answer.Mask.Labels.ToArray());
        Assert.Equal(Filled(expected, 2), answer.Labels!.Labels.ToArray());
        Assert.Equal(s_grid, answer.Mask.Grid);
        Assert.Equal(expected, answer.Seen);
        Assert.Equal(["spleen", "pancreas"], answer.Classes.Select(c => c.Name));
        Assert.Equal(expected.ToVoxelBox(), answer.Location!.Box);
        Assert.Null(answer.Location.Confidence);
        Assert.Equal(6 * 4 * 2 * s_grid.VoxelVolume / 1000, answer.Location.VolumeMl, 9);
        Assert.Equal([SegmentationReason.MaskTouchesBox], answer.Reasons);       // it fills the box, whose faces lie inside the CT
        Assert.Empty(locator.Seen!.Classes);
    }

    [Fact]
    public void A_box_that_is_the_whole_ct_cuts_nothing_off()
    {
        (CaseAnswer answer, _) = Run(new IndexBox(9, 9, 5, 50, 41, 36), new SegmentationOptions());
        Assert.Equal(Filled(IndexBox.Whole(s_grid), 1), answer.Mask.Labels.ToArray());
        Assert.Empty(answer.Reasons);
        Assert.Null(answer.Labels);
    }

    [Fact]
    public void Where_nothing_was_located_nothing_runs_and_the_answer_says_so()
    {
        (CaseAnswer answer, _) = Run(default, new SegmentationOptions { Classes = ["*"] });
        Assert.Equal([SegmentationReason.PancreasNotLocated], answer.Reasons);
        Assert.Equal((0, 0, null), (answer.Mask.Count(1), answer.Labels!.Count(2), answer.Location));
        Assert.Equal(2, answer.Classes.Count);
        Assert.Null(answer.NnUNet);
    }

    [Fact]
    public void Fractions_of_hu_are_cut_where_totalsegmentator_cuts_its_crop()
    {
        var ct = new CtVolume(s_grid, [.. Enumerable.Repeat(-3.7f, s_grid.VoxelCount)], new VolumeSource("a"));
        var box = new IndexBox(3, 4, 5, 9, 9, 9);
        using NnUNetCaseSegmenter refiner = Refiner(out _);
        Assert.Equal(-3.7f, refiner.Cut(ct, box, new SegmentationOptions(), default).GetHu(0, 0, 0));
        Assert.Equal(-3, refiner.Cut(ct, box, new SegmentationOptions { Preparation = NnUNetPreparation.TotalSegmentator }, default)
            .GetHu(0, 0, 0));
    }

    [Fact]
    public void Models_of_two_stages_are_told_apart_by_both()
    {
        using NnUNetCaseSegmenter _ = Refiner(out PancreasModel model);
        PancreasModel own = ModelFile.Read(SampleData.InRepository("tests", "Fixtures", "bright-tissue.safetensors"));
        PancreasModel a = model.WithLocator(own), b = model.WithLocator(model);
        Assert.Equal(3, new[] { model.Sha256, a.Sha256, b.Sha256 }.Distinct().Count());
        Assert.True(a.IsTwoStage);
        Assert.Equal(model.ParameterCount + own.ParameterCount, a.ParameterCount);
        var plan = new PreprocessPlan { Spacing = [2, 2, 2], BoxSize = [64, 64, 64] };
        Assert.Equal(Fault.ModelNotSupported, Assert.Throws<CoreException>(() =>
            new PancreasModel(own.Header with { Plan = plan }, own.Weights, model)).Fault);
    }

    private (CaseAnswer Answer, Given Locator) Run(IndexBox located, SegmentationOptions options)
    {
        NnUNetCaseSegmenter refiner = Refiner(out PancreasModel model);
        var locator = new Given(model, new LabelVolume(s_grid, Filled(located, 1), new VolumeSource("a")));
        using var segmenter = new LocatedSegmenter(model, locator, refiner);
        var ct = new CtVolume(s_grid, new short[s_grid.VoxelCount], new VolumeSource("a"));
        CaseAnswer answer = segmenter.Run(ct, options, 0, null, default);
        return (answer, locator);
    }

    private NnUNetCaseSegmenter Refiner(out PancreasModel model)
    {
        var small = new SmallNnUNet
        {
            Tamper = weights =>
            {
                Array.Clear(weights.Single(w => w.Name == "decoder.seg_layers.1.weight").Values);
                float[] bias = weights.Single(w => w.Name == "decoder.seg_layers.1.bias").Values;
                (bias[0], bias[1], bias[2]) = (0, 0, 5);
            },
        };
        model = ForeignModel.ReadNnUNet(small.Write(_folder.FullName));
        return new NnUNetCaseSegmenter(model, SegmentationEngineKind.Auto, new EngineOptions { ThreadCount = 1 });
    }

    private static byte[] Filled(IndexBox box, byte value) =>
        [.. Enumerable.Range(0, s_grid.VoxelCount).Select(i =>
        {
            (int c, int r, int s) = s_grid.VoxelOf(i);
            return c >= box.Column && c < box.ColumnEnd && r >= box.Row && r < box.RowEnd && s >= box.Slice && s < box.SliceEnd
                ? value : (byte)0;
        })];
}
