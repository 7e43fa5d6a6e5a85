using PancreasSeg.Postprocess;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Core.Tests.Segmentation;

public class PlausibilityTests
{
    private static readonly MaskStatistics s_mask = new(1000, 80, 90, new VoxelBox(1, 1, 1, 9, 9, 9), false);
    private static readonly PancreasLocation s_location = new(default, default, new VoxelBox(1, 1, 1, 9, 9, 9), 1, 80);

    [Theory]
    [InlineData(80, 90, null, null)]
    [InlineData(10, -60, 1.0, null)]
    [InlineData(250, 180, 1.0, null)]
    [InlineData(9.9, 90, null, SegmentationReason.VolumeImplausible)]
    [InlineData(250.1, 90, null, SegmentationReason.VolumeImplausible)]
    [InlineData(80, -60.1, null, SegmentationReason.MeanHuImplausible)]
    [InlineData(80, 180.1, null, SegmentationReason.MeanHuImplausible)]
    [InlineData(80, 90, 0.99, SegmentationReason.PancreasOutOfView)]
    public void Each_bound_holds_on_both_sides(double millilitres, double hu, double? confidence, SegmentationReason? expected)
    {
        PancreasLocation? location = confidence is { } value ? s_location with { Confidence = value } : null;
        MaskStatistics mask = s_mask with { VolumeMl = millilitres, MeanHu = hu };
        Assert.Equal(expected is { } reason ? [reason] : [], Plausibility.Inspect(mask, location));
    }

    [Fact]
    public void An_empty_mask_and_one_at_the_border_are_said()
    {
        Assert.Equal([SegmentationReason.MaskEmpty], Plausibility.Inspect(new MaskStatistics(0, 0, null, null, false), null));
        Assert.Equal([SegmentationReason.MaskTouchesBorder], Plausibility.Inspect(s_mask with { TouchesBorder = true }, s_location));
    }
}
