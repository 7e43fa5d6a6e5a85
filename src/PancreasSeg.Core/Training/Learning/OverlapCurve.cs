using PancreasSeg.Network;

namespace PancreasSeg.Training;

/// <summary>Overlap of the mask with its reference on the scanner's grid, at many thresholds in one pass.</summary>
internal sealed class OverlapCurve
{
    private readonly double[] _thresholds;
    private readonly VoxelCounts[] _counts;

    private OverlapCurve(double[] thresholds, VoxelCounts[] counts) => (_thresholds, _counts) = (thresholds, counts);

    /// <summary>0.05 to 0.95 in steps of 0.05, and the given one.</summary>
    public static double[] Thresholds(double threshold) =>
        [.. Enumerable.Range(1, 19).Select(i => i / 20.0).Append(threshold).Distinct().Order()];

    /// <summary>
    /// Brings probabilities to the scanner's grid as segmentation does, and counts. Voxels are sorted by how many thresholds they
    /// exceed; the counts at a threshold are sums over that histogram.
    /// </summary>
    /// <param name="probabilities">The network's answer on its own grid.</param>
    /// <param name="reference">The truth on the scanner's grid.</param>
    /// <param name="thresholds">Ascending.</param>
    /// <param name="interpolation">How the plan goes back to the scanner's grid.</param>
    /// <param name="cancellation">Looked at once per slice.</param>
    public static OverlapCurve Measure(ProbabilityVolume probabilities, ReferenceMask reference, double[] thresholds,
        Interpolation interpolation, CancellationToken cancellation)
    {
        float[] limits = [.. thresholds.Select(t => (float)t)];
        long[] all = new long[limits.Length + 1], inside = new long[limits.Length + 1];
        VolumeGrid grid = reference.Grid;
        if (interpolation == Interpolation.Nearest)
        {
            var levels = new byte[probabilities.Grid.VoxelCount];
            for (int i = 0; i < levels.Length; i++) levels[i] = (byte)Level(probabilities.Values.Span[i], limits);
            LabelVolume restored =
                NearestResampler.Restore(new LabelVolume(probabilities.Grid, levels, new VolumeSource("levels")), grid, cancellation);
            int plane = grid.SliceLength;
            Parallel.For(0, grid.Slices, slice => Add(slice, IndexBox.Whole(grid), restored.Labels.Span.Slice(slice * plane, plane)));
        }
        else
        {
            IndexBox box =
                Resampler.TargetBox(IndexBox.OfAbove(probabilities.Grid, probabilities.Values, limits[0]), probabilities.Grid, grid);
            if (!box.IsEmpty)
                probabilities.ForEachSlice(box.Cut(grid), (slice, values) =>
                {
                    var levels = new byte[values.Length];
                    for (int i = 0; i < levels.Length; i++) levels[i] = (byte)Level(values[i], limits);
                    Add(box.Slice + slice, box, levels);
                }, cancellation);
        }

        var counts = new VoxelCounts[limits.Length];
        long predicted = 0, both = 0;
        for (int t = limits.Length - 1; t >= 0; t--)
        {
            predicted += all[t + 1];
            both += inside[t + 1];
            counts[t] = new VoxelCounts(both, reference.Count - both, predicted - both);
        }
        return new OverlapCurve(thresholds, counts);

        void Add(int slice, IndexBox part, ReadOnlySpan<byte> levels)
        {
            var truth = new byte[grid.SliceLength];
            reference.Draw(slice, truth);
            long[] sliceAll = new long[limits.Length + 1], sliceInside = new long[limits.Length + 1];
            for (int row = 0, i = 0; row < part.Rows; row++)
            {
                int at = part.Column + (part.Row + row) * grid.Columns;
                for (int column = 0; column < part.Columns; column++, i++)
                {
                    int l = levels[i];
                    sliceAll[l]++;
                    sliceInside[l] += truth[at + column];
                }
            }
            lock (all)
            {
                for (int l = 0; l <= limits.Length; l++) (all[l], inside[l]) = (all[l] + sliceAll[l], inside[l] + sliceInside[l]);
            }
        }
    }

    /// <summary>The counts at one of the thresholds.</summary>
    public VoxelCounts At(double threshold) => _counts[Array.IndexOf(_thresholds, threshold)];

    /// <summary>Recall and precision over the voxels of all cases together.</summary>
    public static IReadOnlyList<OperatingPoint> Pool(IReadOnlyList<OverlapCurve> cases) =>
    [
        .. cases[0]._thresholds.Select((threshold, t) =>
        {
            VoxelCounts sum = cases.Aggregate(default(VoxelCounts), (total, c) => total + c._counts[t]);
            return new OperatingPoint(threshold, sum.Recall, sum.Precision);
        }),
    ];

    /// <summary>How many of the ascending limits a value exceeds.</summary>
    private static int Level(float value, float[] limits)
    {
        int level = 0;
        while (level < limits.Length && value > limits[level]) level++;
        return level;
    }
}
