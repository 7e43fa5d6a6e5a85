namespace PancreasSeg.Dicom;

/// <summary>
/// Outlines of one slice of a mask along the edges of its pixels, so that every pixel centre lies on its side: corners are rounded off
/// by joining the middles of the edges, and holes are joined to their outline by a keyhole. A polygon filled by the even-odd or by the
/// non-zero rule gives the mask back.
/// </summary>
internal static class MaskContours
{
    // Directions of travel: right, down, left, up. The mask lies to the right hand.
    private static readonly (int X, int Y)[] s_steps = [(1, 0), (0, 1), (-1, 0), (0, -1)];

    /// <summary>The closed polygons of a label, one for each 4-connected part.</summary>
    /// <param name="slice">The labels row by row.</param>
    /// <param name="columns">Pixels per row.</param>
    /// <param name="label">The label.</param>
    public static IReadOnlyList<ContourPoint[]> Of(ReadOnlySpan<byte> slice, int columns, byte label)
    {
        List<ContourPoint[]> loops = Follow(Edges(slice, columns, label), columns + 1);
        var outer = loops.Where(l => TwiceArea(l) > 0).OrderBy(TwiceArea).ToList();
        foreach (ContourPoint[] hole in loops.Where(l => TwiceArea(l) < 0).OrderBy(l => l.Min(p => p.X)))
        {
            // The smallest outline round a hole is its own: what lies in the hole does not hold it.
            int own = outer.FindIndex(o => Contains(o, hole[0]));
            outer[own] = Join(outer[own], hole);
        }
        return outer;
    }

    /// <summary>For each corner the directions of the pixel edges that leave it, as bits.</summary>
    private static byte[] Edges(ReadOnlySpan<byte> slice, int columns, byte label)
    {
        int rows = slice.Length / columns, width = columns + 1;
        var edges = new byte[width * (rows + 1)];
        int first = slice.IndexOf(label), last = slice.LastIndexOf(label);
        for (int i = Math.Max(first, 0); i <= last; i++)
        {
            if (slice[i] != label) continue;
            (int x, int y) = (i % columns, i / columns);
            int corner = x + width * y;
            if (y == 0 || slice[i - columns] != label) edges[corner] |= 1;
            if (x == columns - 1 || slice[i + 1] != label) edges[corner + 1] |= 2;
            if (y == rows - 1 || slice[i + columns] != label) edges[corner + 1 + width] |= 4;
            if (x == 0 || slice[i - 1] != label) edges[corner + width] |= 8;
        }
        return edges;
    }

    private static List<ContourPoint[]> Follow(byte[] edges, int width)
    {
        var loops = new List<ContourPoint[]>();
        for (int start = 0; start < edges.Length; start++)
            while (edges[start] != 0)
            {
                int at = start, first = int.TrailingZeroCount(edges[start]), direction = first;
                var middles = new List<ContourPoint>();
                do
                {
                    (int x, int y) = s_steps[direction];
                    middles.Add(new ContourPoint(2 * (at % width) + x, 2 * (at / width) + y));
                    if (middles.Count > 1) edges[at] &= (byte)~(1 << direction);
                    at += x + width * y;
                    // Where two pixels meet at a corner a right turn keeps them apart.
                    int right = (direction + 1) & 3;
                    direction = (edges[at] >> right & 1) == 1 ? right : int.TrailingZeroCount(edges[at]);
                }
                while (at != start || direction != first);
                edges[start] &= (byte)~(1 << first);
                loops.Add(WithoutStraight(middles));
            }
        return loops;
    }

    private static ContourPoint[] WithoutStraight(List<ContourPoint> points) => [.. points.Where((p, i) =>
    {
        ContourPoint before = points[(i + points.Count - 1) % points.Count], after = points[(i + 1) % points.Count];
        return (before.X - p.X) * (after.Y - p.Y) != (before.Y - p.Y) * (after.X - p.X);
    })];

    private static long TwiceArea(ContourPoint[] loop)
    {
        long area = 0;
        for (int i = 0; i < loop.Length; i++)
        {
            ContourPoint next = loop[(i + 1) % loop.Length];
            area += (long)loop[i].X * next.Y - (long)loop[i].Y * next.X;
        }
        return area;
    }

    private static bool Contains(ContourPoint[] loop, ContourPoint point)
    {
        bool inside = false;
        for (int i = 0; i < loop.Length; i++)
        {
            ContourPoint a = loop[i], b = loop[(i + 1) % loop.Length];
            if (a.Y > point.Y == b.Y > point.Y) continue;
            double x = a.X + (double)(point.Y - a.Y) * (b.X - a.X) / (b.Y - a.Y);
            inside ^= x > point.X;
        }
        return inside;
    }

    /// <summary>From the outline across to the hole where they are nearest, round it, and back by the same two points.</summary>
    private static ContourPoint[] Join(ContourPoint[] outer, ContourPoint[] hole)
    {
        (int from, int to, long nearest) = (0, 0, long.MaxValue);
        for (int i = 0; i < outer.Length; i++)
            for (int j = 0; j < hole.Length; j++)
            {
                long x = outer[i].X - hole[j].X, y = outer[i].Y - hole[j].Y, distance = x * x + y * y;
                if (distance < nearest) (from, to, nearest) = (i, j, distance);
            }
        return [.. outer[..(from + 1)], .. hole[to..], .. hole[..(to + 1)], .. outer[from..]];
    }
}
