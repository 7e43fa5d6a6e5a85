using PancreasSeg.Segmentation;

namespace PancreasSeg.Core.Tests.Segmentation;

public class OrganHeightsTests
{
    // Voxels of 1 mL, 10 mm high, in slices of 100.
    private static readonly OrganHeights s_heights = new(Liver: 1, Kidney: 2, Bowel: 3);

    [Theory]
    [InlineData(6, 4, 2, 50, false)]      // as it should be
    [InlineData(2, 4, 6, 50, true)]
    [InlineData(2, 4, 6, 39, false)]      // too little of each
    [InlineData(4, 5, 6, 50, false)]      // kidneys 10 mm above the liver may be those of a lower part
    [InlineData(4, 6, 5, 50, false)]
    [InlineData(4, 6, 6, 50, true)]
    [InlineData(2, 1, 6, 50, false)]
    public void The_liver_lies_above_kidneys_and_bowel(int liver, int kidney, int bowel, int ml, bool expected)
    {
        var classes = new byte[1000];
        classes.AsSpan(100 * liver, ml).Fill(1);
        classes.AsSpan(100 * kidney + 50, 50).Fill(2);
        classes.AsSpan(100 * bowel, 50).Fill(3);
        VolumeGrid grid = VolumeGrid.Axial(10, 10, 10, new(10, 10, 10));
        Assert.Equal(expected, s_heights.AreReversed(classes, grid));

        // The same body stored from head to feet.
        byte[] stored = [.. Enumerable.Range(0, 1000).Select(i => classes[(9 - i / 100) * 100 + i % 100])];
        Assert.Equal(expected, s_heights.AreReversed(stored,
            new VolumeGrid(10, 10, 10, new AffineTransform(new(10, 0, 0), new(0, 10, 0), new(0, 0, -10), new(0, 0, 90)))));
    }

    [Fact]
    public void A_locator_that_does_not_tell_them_apart_says_nothing()
    {
        Assert.Null(OrganHeights.Of(["background", "pancreas", "liver", "kidney"]));
        Assert.Equal(s_heights, OrganHeights.Of(["background", "liver", "kidney", "bowel"]));
    }
}
