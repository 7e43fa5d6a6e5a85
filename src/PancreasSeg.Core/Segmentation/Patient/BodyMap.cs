using PancreasSeg.Postprocess;

namespace PancreasSeg.Segmentation;

/// <summary>
/// A CT at <see cref="Millimetres"/> along its canonical axes (columns to the left, rows to the back, slices to the head), and where in
/// it the patient is: coarse enough to be quick, fine enough for bones and organs.
/// </summary>
internal sealed class BodyMap
{
    /// <summary>Voxel size.</summary>
    public const double Millimetres = 6;

    /// <summary>HU above which a voxel is tissue, and beyond which it is neither tissue nor bone but metal or padding.</summary>
    private const float LowestTissue = -300, HighestBone = 2000;

    private BodyMap(VolumeGrid grid, float[] hu, double brightEdge)
    {
        (Grid, Hu, BrightEdge) = (grid, hu, brightEdge);
        bool[] tissue = [.. hu.Select(value => value > LowestTissue)];
        Core = Largest(Eroded(tissue));
        Body = Grown(Core, tissue);
        Inside = Filled(Body);
    }

    /// <summary>Where the voxels lie.</summary>
    public VolumeGrid Grid { get; }

    /// <summary>HU; what is brighter than bone counts as air.</summary>
    public float[] Hu { get; }

    /// <summary>Part of the voxels at the edges of the slices that are brighter than bone.</summary>
    public double BrightEdge { get; }

    /// <summary>True in <see cref="Body"/> where no voxel beside it in the slice is air.</summary>
    public bool[] Core { get; }

    /// <summary>True in the largest piece of tissue, without the table.</summary>
    public bool[] Body { get; }

    /// <summary>True in <see cref="Body"/> and in the air that it encloses within a slice.</summary>
    public bool[] Inside { get; }

    /// <summary>Looks at a CT.</summary>
    public static BodyMap Of(CtVolume ct, CancellationToken cancellation = default)
    {
        VolumeGrid grid = ct.Grid.ToCanonical().WithSpacing(new(Millimetres, Millimetres, Millimetres));
        return Of(grid, ct.ToFloats(grid, cancellation));
    }

    /// <summary>Looks at HU on a grid of 6 mm and canonical axes; the array becomes the map's own.</summary>
    public static BodyMap Of(VolumeGrid grid, float[] hu)
    {
        int edge = 0, bright = 0;
        for (int i = 0; i < hu.Length; i++)
        {
            (int x, int y, _) = grid.VoxelOf(i);
            bool isBright = hu[i] > HighestBone, isEdge = x == 0 || y == 0 || x == grid.Columns - 1 || y == grid.Rows - 1;
            if (isEdge) edge++;
            if (isEdge && isBright) bright++;
            if (isBright) hu[i] = CtVolume.AirHu;
        }
        return new BodyMap(grid, hu, (double)bright / edge);
    }

    /// <summary>Voxels of which all beside them in the slice, corners included, are in the mask: what is thin, such as a table, is
    /// lost.</summary>
    private bool[] Eroded(bool[] mask) => [.. mask.Select((inside, i) => inside && Beside(i).All(beside => mask[beside]))];

    /// <summary>Gives back what <see cref="Eroded"/> took from the surface.</summary>
    private bool[] Grown(bool[] mask, bool[] tissue) =>
        [.. tissue.Select((inside, i) => inside && (mask[i] || Beside(i).Any(beside => mask[beside])))];

    private bool[] Largest(bool[] mask)
    {
        byte[] labels = [.. mask.Select(inside => inside ? (byte)1 : (byte)0)];
        return [.. Components.Largest(new LabelVolume(Grid, labels, new("body"))).Labels.ToArray().Select(label => label != 0)];
    }

    /// <summary>With all that is not joined to the edge of its slice by air.</summary>
    private bool[] Filled(bool[] body)
    {
        var outside = new bool[body.Length];
        var next = new Stack<int>();
        for (int i = 0; i < body.Length; i++)
        {
            (int x, int y, _) = Grid.VoxelOf(i);
            if (x == 0 || y == 0 || x == Grid.Columns - 1 || y == Grid.Rows - 1) Enter(i);
        }
        while (next.TryPop(out int from))
            foreach (int beside in Beside(from)) Enter(beside);
        return [.. outside.Select(isOutside => !isOutside)];

        void Enter(int i)
        {
            if (body[i] || outside[i]) return;
            outside[i] = true;
            next.Push(i);
        }
    }

    private IEnumerable<int> Beside(int index)
    {
        (int x, int y, _) = Grid.VoxelOf(index);
        for (int j = Math.Max(y - 1, 0); j <= Math.Min(y + 1, Grid.Rows - 1); j++)
            for (int i = Math.Max(x - 1, 0); i <= Math.Min(x + 1, Grid.Columns - 1); i++)
                if (i != x || j != y) yield return index + i - x + Grid.Columns * (j - y);
    }
}
