using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Preprocess;
using PancreasSeg.Segmentation;
using PancreasSeg.Simulation;

namespace PancreasSeg.Core.Tests.Segmentation;

public class InputGateTests
{
    private static readonly PreprocessPlan s_plan = new() { Spacing = [3, 3, 3], BoxSize = [240, 192, 144] };
    private static readonly CtVolume s_ct =
        CtPhantom.Create(new PhantomOptions { Size = new(80, 64, 32), Spacing = new(5, 5, 5), Seed = 4 }).Image;

    [Fact]
    public void A_CT_of_the_abdomen_passes_without_a_word() => Assert.Empty(InputGate.Inspect(s_ct, s_plan));

    [Theory]
    [InlineData(1, 1024, SegmentationReason.HuOffset)]
    [InlineData(1, -1024, SegmentationReason.HuOffset)]
    [InlineData(0.0025, 0.4, SegmentationReason.HuNormalised)]
    public void Values_that_are_not_HU_are_rejected(double factor, double offset, SegmentationReason reason)
    {
        IReadOnlyList<SegmentationReason> reasons = InputGate.Inspect(Mapped(hu => (float)(hu * factor + offset)), s_plan);
        Assert.Equal([reason], reasons);
        Assert.Contains(reason, InputGate.Rejecting);
    }

    [Theory]
    [InlineData(-160, 240, SegmentationReason.HuClipped, false)]
    [InlineData(-100, 240, SegmentationReason.HuWindowed, true)]
    [InlineData(0, 255, SegmentationReason.HuWindowed, true)]
    public void Clipped_values_pass_as_long_as_they_hold_the_models_window(float low, float high, SegmentationReason reason, bool rejected)
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

    [Theory]
    [InlineData(44, 35, 9, 5, null)]
    [InlineData(43, 35, 9, 5, SegmentationReason.FieldOfViewSmall)]
    [InlineData(44, 34, 9, 5, SegmentationReason.FieldOfViewSmall)]
    [InlineData(44, 35, 9, 4.99, SegmentationReason.ScanShort)]
    [InlineData(44, 35, 8, 6, null)]
    [InlineData(44, 35, 8, 6.01, SegmentationReason.SlicesThick)]
    public void Size_and_thickness_are_bounded_to_a_voxel_and_a_hundredth_of_a_mm(
        int columns, int rows, int slices, double thickness, SegmentationReason? expected) =>
        Assert.Equal(expected is { } reason ? [reason] : [], InputGate.Inspect(Cut(columns, rows, slices, thickness), s_plan));

    public static TheoryData<string, float, float, double, double, double, double, double, SegmentationReason?> Profiles() => new()
    {
        // lowest, highest, at lowest, at highest, soft tissue, offset soft tissue, below air
        { "a CT", -1024, 1500, 0.3, 0.00001, 0.3, 0.02, 0, null },
        { "a span of 20", 0, 20, 0, 0, 1, 0, 0, SegmentationReason.HuNormalised },
        { "a span of 21", -1, 20, 0, 0, 1, 0, 0, null },
        { "0 to 255", 0, 255, 0, 0, 1, 0, 0, SegmentationReason.HuWindowed },
        { "0 to 256", 0, 256, 0, 0, 1, 0, 0, null },
        { "-1 to 255", -1, 255, 0, 0, 1, 0, 0, null },
        { "offset soft tissue at its bound", -1024, 1500, 0, 0, 0.3, 0.15, 0, null },
        { "offset soft tissue beyond it", -1024, 1500, 0, 0, 0.3, 0.151, 0, SegmentationReason.HuOffset },
        { "soft tissue at its bound", -1024, 1500, 0, 0, 0.05, 0, 0.9, null },
        { "little soft tissue", -1024, 1500, 0, 0, 0.049, 0, 0.2, SegmentationReason.NoSoftTissue },
        { "little soft tissue, much below air", -1024, 1500, 0, 0, 0.049, 0, 0.201, SegmentationReason.HuOffset },
        { "clipped", -499, 1500, 0.011, 0.0011, 0.3, 0, 0, SegmentationReason.HuClipped },
        { "air left", -500, 1500, 0.011, 0.0011, 0.3, 0, 0, null },
        { "few at the lowest", -499, 1500, 0.01, 0.0011, 0.3, 0, 0, null },
        { "few at the highest", -499, 1500, 0.011, 0.001, 0.3, 0, 0, null },
        { "clipped at the model's window", -160, 240, 0.011, 0.0011, 0.3, 0, 0, SegmentationReason.HuClipped },
        { "a HU into it from below", -159, 240, 0.011, 0.0011, 0.3, 0, 0, SegmentationReason.HuWindowed },
        { "a HU into it from above", -160, 239, 0.011, 0.0011, 0.3, 0, 0, SegmentationReason.HuWindowed },
    };

    [Theory]
    [MemberData(nameof(Profiles))]
    public void Each_bound_of_the_values_holds_on_both_sides(string name, float lowest, float highest, double atLowest, double atHighest,
        double soft, double offset, double below, SegmentationReason? expected)
    {
        var profile = new HuProfile(lowest, highest, atLowest, atHighest, soft, offset, below);
        Assert.Equal((name, expected), (name, InputGate.OfValues(profile, s_plan)));
    }

    [Fact]
    public void The_profile_counts_both_ends_of_each_range()
    {
        short[] hu = [-1201, -1200, -151, -150, 150, 151, 873, 874, 1174, 1175];
        var ct = new CtVolume(VolumeGrid.Axial(hu.Length, 1, 1, new(1, 1, 1)), hu, new("values"));
        Assert.Equal(new HuProfile(-1201, 1175, 0.1, 0.1, SoftTissue: 0.2, SoftTissueOffset: 0.2, BelowAir: 0.1), HuProfile.Of(ct));
    }

    [Fact]
    public void A_rejected_input_has_a_result_without_mask_unless_it_is_accepted()
    {
        using var pipeline =
            new SegmentationPipeline(BrightTissueModel.Create(60, new PreprocessPlan { Spacing = [5, 5, 5] }), new FakeEngine(_ => 0));
        CtVolume shifted = Mapped(hu => hu + 1024);
        SegmentationResult rejected = pipeline.Run(shifted);
        Assert.Equal((SegmentationStatus.Rejected, null, null), (rejected.Status, rejected.Mask, rejected.VolumeMl));
        Assert.Equal([nameof(SegmentationReason.HuOffset)], rejected.Reasons);
        SegmentationResult accepted = pipeline.Run(shifted, new SegmentationOptions { AcceptAnyInput = true });
        Assert.Equal(SegmentationStatus.Empty, accepted.Status);
        Assert.Contains(nameof(SegmentationReason.HuOffset), accepted.Reasons);
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
}
