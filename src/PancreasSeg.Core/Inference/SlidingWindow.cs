using PancreasSeg.Network;

namespace PancreasSeg.Inference;

/// <summary>
/// Runs a network of one fixed patch size over a whole volume: patches overlap, and the middle of a patch may count more than its edge,
/// by a Gaussian of an eighth of the patch as standard deviation (Isensee et al. 2021, "nnU-Net"). Answers are added up as they come.
/// </summary>
internal static class SlidingWindow
{
    /// <summary>Weighted mean of the answers.</summary>
    /// <param name="input">D x H x W values, W fastest.</param>
    /// <param name="size">D, H, W; none below the patch's.</param>
    /// <param name="patch">Size of the patches.</param>
    /// <param name="overlap">Part of a patch that the next one shares at least, from 0 to below 1.</param>
    /// <param name="weighting">What the voxels of a patch count.</param>
    /// <param name="run">Answers for one patch: as many values.</param>
    /// <param name="progress">Told after each patch.</param>
    public static float[] Run(
        ReadOnlyMemory<float> input, (int Depth, int Height, int Width) size, (int Depth, int Height, int Width) patch, double overlap,
        PatchWeighting weighting, Func<float[], float[]> run, IProgress<ProgressStep>? progress = null)
    {
        var sum = new WeightedSum(size.Depth, size.Height, size.Width);
        float[]? weights = weighting == PatchWeighting.Gaussian ? Weights(patch) : null;
        (int Slice, int Row, int Column)[] places =
        [
            .. from slice in Starts(size.Depth, patch.Depth, overlap)
               from row in Starts(size.Height, patch.Height, overlap)
               from column in Starts(size.Width, patch.Width, overlap)
               select (slice, row, column),
        ];
        for (int i = 0; i < places.Length; i++)
        {
            sum.Add(run(WeightedSum.Cut(input.Span, size.Height, size.Width, patch, places[i])), patch, places[i], weights);
            progress?.Report(new ProgressStep($"patch {i + 1} of {places.Length}", (i + 1.0) / places.Length));
        }
        return sum.Mean();
    }

    /// <summary>First voxels of the patches along one axis: evenly spread, the first at the start and the last at the end.</summary>
    public static int[] Starts(int size, int patch, double overlap)
    {
        int room = size - patch;
        int count = (int)Math.Ceiling(room / Math.Max(1, patch * (1 - overlap)) - 1e-9) + 1;
        return [.. Enumerable.Range(0, count).Select(i => count == 1 ? 0 : (int)Math.Round(i * (double)room / (count - 1)))];
    }

    /// <summary>Weight of each voxel of a patch, 1 in its centre.</summary>
    public static float[] Weights((int Depth, int Height, int Width) patch)
    {
        double[] slices = Gaussian(patch.Depth), rows = Gaussian(patch.Height), columns = Gaussian(patch.Width);
        return [.. from slice in slices from row in rows from column in columns select (float)(slice * row * column)];
    }

    private static double[] Gaussian(int length)
    {
        double centre = (length - 1) / 2.0, sigma = length / 8.0;
        return [.. Enumerable.Range(0, length).Select(i => Math.Exp(-0.5 * Math.Pow((i - centre) / sigma, 2)))];
    }
}
