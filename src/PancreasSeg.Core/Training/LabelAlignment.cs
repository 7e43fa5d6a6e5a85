namespace PancreasSeg.Training;

/// <summary>
/// Labels whose stored geometry cannot be trusted, laid over their CT voxel by voxel. TCIA's Pancreas-CT is such a set: its label
/// files have the dimensions of their series, but their headers do not say which way their axes run. Of the eight ways to flip the
/// axes the one is taken under which the labels lie over a gland; when none or several do, nothing is guessed.
/// </summary>
internal static class LabelAlignment
{
    /// <summary>Bounds of what lies under a true mask: mean HU, and the part of it that is as dark as fat and air.</summary>
    private const double LowestMean = 30, HighestMean = 150, DarkHu = -50, LargestDarkPart = 0.15;

    /// <summary>Part of the mask that its largest piece must be.</summary>
    private const double SmallestMainPart = 0.8;

    /// <summary>Lays labels over a CT.</summary>
    /// <param name="ct">The CT.</param>
    /// <param name="stored">Labels with as many columns, rows and slices.</param>
    /// <param name="label">The pancreas among them.</param>
    /// <returns>The labels on the CT's grid; a note says which axes were flipped.</returns>
    /// <exception cref="CoreException"><see cref="Fault.GridMismatch"/>, <see cref="Fault.LabelMissing"/>, or
    /// <see cref="Fault.TrainingDataInvalid"/> when none or several flips fit.</exception>
    public static LabelVolume Align(CtVolume ct, LabelVolume stored, byte label)
    {
        VolumeGrid grid = ct.Grid;
        if (!ct.Size.AsSpan().SequenceEqual(stored.Size))
            throw new CoreException(Fault.GridMismatch, $"the CT has {grid.Columns} x {grid.Rows} x {grid.Slices} voxels, its labels {string.Join(" x ", stored.Size)}");
        int count = stored.Count(label);
        if (count == 0) throw new CoreException(Fault.LabelMissing, $"no voxel has the label {label}");
        var index = new VolumeGrid(grid.Columns, grid.Rows, grid.Slices, VolumeGrid.Axial(1, 1, 1, grid.Spacing).Affine);
        LabelVolume main = Postprocess.Components.Largest(new LabelVolume(index, stored.Select(label).Labels.ToArray(), stored.Source));
        if (main.Count(1) < SmallestMainPart * count)
            throw new CoreException(Fault.TrainingDataInvalid, "the labels are in pieces: their largest part holds less than four fifths of them");

        AxisFlip[] fitting = [.. AxisFlip.All.Where(flip => Fits(ct, stored, label, flip))];
        if (fitting.Length != 1)
            throw new CoreException(Fault.TrainingDataInvalid, fitting.Length == 0
                ? "whichever way the labels are flipped, they do not lie over a gland"
                : $"the labels lie over tissue like a gland in {fitting.Length} ways to flip them ({string.Join("; ", fitting.Select(f => f.ToString()))})",
                remedy: "Give images and labels on one grid by -Image and -Label.");
        return new LabelVolume(grid, fitting[0].Apply(stored), stored.Source.WithNote($"labels laid over the CT by voxel, {fitting[0]}"));
    }

    private static bool Fits(CtVolume ct, LabelVolume stored, byte label, AxisFlip flip)
    {
        (double sum, int dark, int count) = (0, 0, 0);
        VolumeGrid grid = ct.Grid;
        ReadOnlySpan<byte> labels = stored.Labels.Span;
        for (int at = labels.IndexOf(label); at >= 0;)
        {
            (int column, int row, int slice) = flip.Target(grid, at);
            float hu = ct.GetHu(column, row, slice);
            (sum, dark, count) = (sum + hu, dark + (hu < DarkHu ? 1 : 0), count + 1);
            int next = labels[(at + 1)..].IndexOf(label);
            at = next < 0 ? -1 : at + 1 + next;
        }
        return sum / count is >= LowestMean and <= HighestMean && dark <= LargestDarkPart * count;
    }
}
