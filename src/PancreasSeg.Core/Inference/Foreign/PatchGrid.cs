namespace PancreasSeg.Inference.Foreign;

/// <summary>Where nnU-Net puts its patches, and how much each voxel of a patch counts.</summary>
internal static class PatchGrid
{
    /// <summary>The next patch begins this part of a patch further.</summary>
    public const double DefaultStep = 0.5;

    private const double Highest = 10;

    /// <summary>First indices of all patches; the last axis changes fastest.</summary>
    /// <param name="size">Voxels of the image, none below the patch's.</param>
    /// <param name="patch">Voxels of a patch.</param>
    /// <param name="step">Part of a patch from one to the next at most.</param>
    public static int[][] Starts(int[] size, int[] patch, double step) =>
    [
        .. from a in Starts(size[0], patch[0], step)
           from b in Starts(size[1], patch[1], step)
           from c in Starts(size[2], patch[2], step)
           select (int[])[a, b, c],
    ];

    /// <summary>First indices along one axis: evenly spread, the first at the start and the last at the end.</summary>
    public static int[] Starts(int size, int patch, double step)
    {
        int room = size - patch, count = (int)Math.Ceiling(room / (patch * step)) + 1;
        if (count == 1) return [0];
        double distance = (double)room / (count - 1);
        return [.. Enumerable.Range(0, count).Select(i => (int)Math.Round(distance * i, MidpointRounding.ToEven))];
    }

    /// <summary>
    /// A Gaussian of an eighth of the patch about its middle, 10 there, in float16; where it has vanished its smallest value.
    /// </summary>
    public static float[] Weights(int[] patch)
    {
        double[][] axes = [.. patch.Select(Gaussian)];
        var weights = new Half[patch[0] * patch[1] * patch[2]];
        int i = 0;
        foreach (double a in axes[0])
            foreach (double b in axes[1])
                foreach (double c in axes[2]) weights[i++] = (Half)(Highest * a * b * c);
        Half smallest = weights.Where(w => w > Half.Zero).Min();
        return [.. weights.Select(w => (float)(w > Half.Zero ? w : smallest))];
    }

    private static double[] Gaussian(int length)
    {
        double sigma = length / 8.0;
        int reach = (int)(4 * sigma + 0.5), centre = length / 2;
        return [.. Enumerable.Range(0, length).Select(i => Math.Abs(i - centre) > reach ? 0
            : Math.Exp(-0.5 * Math.Pow((i - centre) / sigma, 2)))];
    }
}
