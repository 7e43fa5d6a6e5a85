using PancreasSeg.Segmentation;

namespace PancreasSeg.Core.Tests.Segmentation;

public class PancreasNeighboursTests
{
    // Voxels of 1 mL, 10 mm high: as many slices as asked for.
    private static readonly PancreasNeighbours s_neighbours = new(Aorta: 3, Spleen: 1, Kidney: 2);

    [Theory]
    [InlineData(40, 8, 75, 50, 1)]
    [InlineData(40, 4, 75, 50, 0.5)]          // 0.2 mL of aorta in a mm of height
    [InlineData(300, 30, 75, 50, 1)]          // below the kidneys it divides: 150 mm count at most
    [InlineData(300, 15, 75, 50, 0.5)]
    [InlineData(300, 0, 900, 600, 0)]         // a thigh
    [InlineData(300, 90, 0, 25, 0.2)]        // a chest
    [InlineData(300, 90, 100, 1400, 0.5)]     // kidneys all over
    public void Confidence_is_the_smallest_part_seen(int heightMm, int aorta, int spleen, int kidney, double expected)
    {
        var classes = new byte[2000];
        classes.AsSpan(0, spleen).Fill(1);
        classes.AsSpan(spleen, kidney).Fill(2);
        classes.AsSpan(spleen + kidney, aorta).Fill(3);
        VolumeGrid grid = VolumeGrid.Axial(10, 10, heightMm / 10, new(10, 10, 10));
        Assert.Equal(expected, s_neighbours.Confidence(classes, grid), 9);
    }

    [Fact]
    public void A_locator_that_does_not_tell_them_apart_has_no_confidence()
    {
        Assert.Null(PancreasNeighbours.Of(["background", "pancreas"]));
        Assert.Null(PancreasNeighbours.Of(["background", "pancreas", "spleen", "kidney"]));
        Assert.Equal(s_neighbours, PancreasNeighbours.Of(["pancreas", "spleen", "kidney", "aorta"]));
    }
}
