using PancreasSeg.Dicom;

namespace PancreasSeg.Core.Tests.Dicom.Objects;

/// <summary>Outlines give the mask back, by both rules of filling.</summary>
public class MaskContoursTests
{
    [Theory]
    [InlineData(0.1)]
    [InlineData(0.4)]
    [InlineData(0.6)]
    [InlineData(0.9)]
    public void Filled_outlines_of_any_mask_are_the_mask(double density)
    {
        var random = new Random(7);
        for (int n = 0; n < 60; n++)
        {
            int columns = random.Next(1, 14), rows = random.Next(1, 14);
            var mask = new byte[columns * rows];
            for (int i = 0; i < mask.Length; i++) mask[i] = (byte)(random.NextDouble() < density ? 3 : random.Next(2));
            IReadOnlyList<ContourPoint[]> contours = MaskContours.Of(mask, columns, 3);
            var filled = new byte[mask.Length];
            foreach (ContourPoint[] contour in contours)
            {
                double[] x = [.. contour.Select(p => (p.X - 1) / 2.0)], y = [.. contour.Select(p => (p.Y - 1) / 2.0)];
                ContourFill.Flip(x, y, filled, columns);
                Assert.True(contour.Length >= 3);
            }
            Assert.Equal([.. mask.Select(m => (byte)(m == 3 ? 1 : 0))], filled);
            Assert.Equal([.. mask.Select(m => m == 3)], Enumerable.Range(0, mask.Length)
                .Select(i => contours.Sum(c => Winding(c, i % columns, i / columns)) != 0));
            Assert.Equal(Parts(mask, columns), contours.Count);
        }
    }

    [Fact]
    public void A_single_pixel_is_a_diamond() =>
        Assert.Equal([new(3, 2), new(4, 3), new(3, 4), new(2, 3)], Assert.Single(MaskContours.Of([0, 0, 0, 0, 1, 0, 0, 0, 0], 3, 1)));

    [Fact]
    public void A_straight_side_has_no_points_between()
    {
        ContourPoint[] contour = Assert.Single(MaskContours.Of([1, 1, 1, 1, 1, 1], 6, 1));
        Assert.Equal([new(1, 0), new(11, 0), new(12, 1), new(11, 2), new(1, 2), new(0, 1)], contour);
    }

    /// <summary>How often a contour turns round a pixel's centre (the non-zero rule).</summary>
    private static int Winding(ContourPoint[] contour, int column, int row)
    {
        (double px, double py) = (2 * column + 1, 2 * row + 1);
        int winding = 0;
        for (int i = 0; i < contour.Length; i++)
        {
            ContourPoint a = contour[i], b = contour[(i + 1) % contour.Length];
            double side = (b.X - a.X) * (py - a.Y) - (px - a.X) * (b.Y - a.Y);
            if (a.Y <= py && b.Y > py && side > 0) winding++;
            else if (a.Y > py && b.Y <= py && side < 0) winding--;
        }
        return winding;
    }

    /// <summary>4-connected parts.</summary>
    private static int Parts(byte[] mask, int columns)
    {
        var seen = new bool[mask.Length];
        int parts = 0;
        for (int start = 0; start < mask.Length; start++)
        {
            if (mask[start] != 3 || seen[start]) continue;
            parts++;
            var todo = new Stack<int>([start]);
            while (todo.TryPop(out int i))
            {
                if (seen[i]) continue;
                seen[i] = true;
                if (i % columns > 0 && mask[i - 1] == 3) todo.Push(i - 1);
                if (i % columns < columns - 1 && mask[i + 1] == 3) todo.Push(i + 1);
                if (i >= columns && mask[i - columns] == 3) todo.Push(i - columns);
                if (i + columns < mask.Length && mask[i + columns] == 3) todo.Push(i + columns);
            }
        }
        return parts;
    }
}
