namespace PancreasSeg.Core.Tests.Imaging;

public class IndexBoxTests
{
    private static readonly VolumeGrid s_grid = VolumeGrid.Axial(20, 20, 20, new(1, 1, 1));

    [Theory]
    [InlineData(4, 5, 5, 10, 10, 10, true)]
    [InlineData(5, 4, 5, 10, 10, 10, true)]
    [InlineData(5, 5, 4, 10, 10, 10, true)]
    [InlineData(5, 5, 5, 16, 10, 10, true)]
    [InlineData(5, 5, 5, 10, 16, 10, true)]
    [InlineData(5, 5, 5, 10, 10, 16, true)]
    [InlineData(5, 5, 5, 15, 15, 15, false)]
    public void A_face_inside_the_grid_is_reached_from_every_side(
        int column, int row, int slice, int columnEnd, int rowEnd, int sliceEnd, bool expected)
    {
        var covered = new IndexBox(column, row, slice, columnEnd, rowEnd, sliceEnd);
        Assert.Equal(expected, covered.ReachesFaceInside(new IndexBox(4, 4, 4, 16, 16, 16), s_grid));
        Assert.False(default(IndexBox).ReachesFaceInside(new IndexBox(4, 4, 4, 16, 16, 16), s_grid));
        // What ends with the grid is cut by the scan.
        Assert.False(IndexBox.Whole(s_grid).ReachesFaceInside(IndexBox.Whole(s_grid), s_grid));
    }
}
