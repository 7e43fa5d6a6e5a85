using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Inference;
using PancreasSeg.Preprocess;
using PancreasSeg.Segmentation;
using PancreasSeg.Simulation;

namespace PancreasSeg.Core.Tests.Segmentation;

public class InputGateTests
{
    private static readonly PreprocessPlan s_plan = new() { Spacing = [3, 3, 3], BoxSize = [240, 192, 144] };
    private static readonly CtVolume s_ct = CtPhantom.Create(new PhantomOptions { Size = new(80, 64, 32), Spacing = new(5, 5, 5), Seed = 4 }).Image;

    [Fact]
    public void A_CT_of_the_abdomen_passes_without_a_word() => Assert.Empty(InputGate.Inspect(s_ct, s_plan));

    [Theory]
    [InlineData(1, 1024, SegmentationReason.HuOffset)]
    [InlineData(1, -1024, SegmentationReason.HuOffset)]
    [InlineData(0.0025, 0.4, SegmentationReason.HuNormalised)]
    public void Values_that_are_not_HU_are_rejected(double factor, double offset, string reason)
    {
        IReadOnlyList<string> reasons = InputGate.Inspect(Mapped(hu => (float)(hu * factor + offset)), s_plan);
        Assert.Equal([reason], reasons);
        Assert.Contains(reason, InputGate.Rejecting);
    }

    [Theory]
    [InlineData(-160, 240, SegmentationReason.HuClipped, false)]
    [InlineData(-100, 240, SegmentationReason.HuWindowed, true)]
    [InlineData(0, 255, SegmentationReason.HuWindowed, true)]
    public void Clipped_values_pass_as_long_as_they_hold_the_models_window(float low, float high, string reason, bool rejected)
    {
        Assert.Equal([reason], InputGate.Inspect(Mapped(hu => Math.Clamp(hu, low, high)), s_plan));
        Assert.Equal(rejected, InputGate.Rejecting.Contains(reason));
    }

    [Fact]
    public void Air_alone_and_bone_alone_are_no_abdomen()
    {
        Assert.Equal([SegmentationReason.NoSoftTissue], InputGate.Inspect(Mapped(hu => hu < 400 ? -900 + hu / 100 : hu), s_plan));
    }

    [Fact]
    public void What_is_narrow_short_or_thick_is_said()
    {
        Assert.Equal([SegmentationReason.FieldOfViewSmall], InputGate.Inspect(Cut(35, 64, 32, 5), s_plan));
        Assert.Equal([SegmentationReason.FieldOfViewSmall], InputGate.Inspect(Cut(80, 28, 32, 5), s_plan));
        Assert.Empty(InputGate.Inspect(Cut(35, 64, 32, 5), s_plan with { BoxSize = null }));
        Assert.Equal([SegmentationReason.ScanShort], InputGate.Inspect(Cut(80, 64, 8, 5), s_plan));
        Assert.Equal([SegmentationReason.SlicesThick], InputGate.Inspect(Cut(80, 64, 20, 7.5), s_plan));
    }

    [Fact]
    public void A_rejected_input_has_a_result_without_mask_unless_it_is_accepted()
    {
        using var pipeline = new SegmentationPipeline(BrightTissueModel.Create(60, new PreprocessPlan { Spacing = [5, 5, 5] }), new SilentEngine());
        CtVolume shifted = Mapped(hu => hu + 1024);
        SegmentationResult rejected = pipeline.Run(shifted);
        Assert.Equal((SegmentationStatus.Rejected, null, null), (rejected.Status, rejected.Mask, rejected.VolumeMl));
        Assert.Equal([SegmentationReason.HuOffset], rejected.Reason);
        SegmentationResult accepted = pipeline.Run(shifted, new SegmentationOptions { AcceptAnyInput = true });
        Assert.Equal(SegmentationStatus.Empty, accepted.Status);
        Assert.Contains(SegmentationReason.HuOffset, accepted.Reason);
    }

    private static CtVolume Mapped(Func<float, float> map)
    {
        var values = new float[s_ct.Grid.VoxelCount];
        for (int i = 0; i < values.Length; i++) values[i] = map(s_ct.IsInteger ? s_ct.Integers.Span[i] : s_ct.Floats.Span[i]);
        return new CtVolume(s_ct.Grid, values, s_ct.Source);
    }

    private static CtVolume Cut(int columns, int rows, int slices, double thickness)
    {
        VolumeGrid grid = s_ct.Grid;
        Vector3D origin = grid.Affine.Apply(new((grid.Columns - columns) / 2, (grid.Rows - rows) / 2, 0));
        return s_ct.To(VolumeGrid.Axial(columns, rows, slices, new(5, 5, thickness), origin));
    }

    private sealed class SilentEngine : ISegmentationEngine
    {
        public EngineInfo Info { get; } = new("Fake", "cpu", "float32", 1);

        public float[] Run(ReadOnlyMemory<float> input, int depth, int height, int width, IProgress<ProgressStep>? progress, CancellationToken cancellation) => new float[input.Length];

        public void Dispose()
        {
        }
    }
}
