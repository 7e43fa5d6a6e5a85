namespace PancreasSeg.Postprocess;

/// <summary>The way back from the network's grid to the scanner's.</summary>
internal static class SourceGrid
{
    /// <summary>
    /// Interpolates probabilities to another grid and sets the voxels above a threshold. Probabilities, not the mask, are
    /// interpolated, so that the border lies between voxels where the network puts it. Only the part of the grid that can exceed
    /// the threshold is computed, slice by slice.
    /// </summary>
    /// <param name="probabilities">Probabilities on any grid.</param>
    /// <param name="grid">The scanner's grid.</param>
    /// <param name="threshold">A voxel belongs to the mask when its probability is greater; from 0 to below 1.</param>
    /// <param name="source">Where the scan came from.</param>
    /// <param name="isPoint">True to interpolate as <see cref="Interpolation.Point"/>.</param>
    /// <param name="cancellation">Looked at once per slice.</param>
    /// <returns>1 inside, 0 outside.</returns>
    public static LabelVolume Mask(ProbabilityVolume probabilities, VolumeGrid grid, double threshold, VolumeSource source,
        bool isPoint = false, CancellationToken cancellation = default)
    {
        if (!(threshold is >= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(threshold), threshold, "The threshold must be from 0 to below 1.");
        var mask = new byte[grid.VoxelCount];
        float limit = (float)threshold;
        IndexBox box = Resampler.TargetBox(IndexBox.OfAbove(probabilities.Grid, probabilities.Values, limit), probabilities.Grid, grid);
        if (!box.IsEmpty)
            probabilities.ForEachSlice(box.Cut(grid), (slice, values) =>
            {
                for (int row = 0; row < box.Rows; row++)
                    RowKernels.Above(values.Slice(row * box.Columns, box.Columns), limit,
                        mask.AsSpan(grid.IndexOf(box.Column, box.Row + row, box.Slice + slice), box.Columns));
            }, cancellation, isPoint);
        return new LabelVolume(grid, mask, source);
    }

    /// <summary>Probabilities on the scanner's grid: those that <see cref="Mask"/> or <see cref="NearestMask"/> compares with the
    /// threshold.</summary>
    public static ProbabilityVolume Probability(
        ProbabilityVolume probabilities, VolumeGrid grid, Interpolation interpolation, CancellationToken cancellation = default) =>
        interpolation switch
        {
            Interpolation.Nearest => NearestResampler.Restore(probabilities, grid, cancellation),
            Interpolation.Point => new ProbabilityVolume(grid, Resampler.Collect(grid,
                consume => probabilities.ForEachSlice(grid, consume, cancellation, isPoint: true)), probabilities.Source),
            _ => probabilities.To(grid, cancellation),
        };

    /// <summary>The nearest voxel's answer on the scanner's grid, for networks whose input was made of nearest voxels.</summary>
    /// <inheritdoc cref="Mask"/>
    public static LabelVolume NearestMask(
        ProbabilityVolume probabilities, VolumeGrid grid, double threshold, VolumeSource source, CancellationToken cancellation = default)
    {
        var mask = new byte[probabilities.Grid.VoxelCount];
        RowKernels.Above(probabilities.Values.Span, (float)threshold, mask);
        return NearestResampler.Restore(new LabelVolume(probabilities.Grid, mask, source), grid, cancellation);
    }
}
