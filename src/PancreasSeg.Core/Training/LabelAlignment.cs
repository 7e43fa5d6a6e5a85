namespace PancreasSeg.Training;

/// <summary>
/// Labels whose stored geometry cannot be trusted, laid over their CT voxel by voxel. TCIA's Pancreas-CT is such a set: its label
/// files have the dimensions of their series, but their headers do not say which way their axes run. Of the eight ways to flip the
/// axes the one is taken under which the labels lie over a gland; when none or several do, nothing is guessed.
/// </summary>
internal static class LabelAlignment
{
    /// <summary>Bounds of what lies under a true mask: mean HU, its scatter, and the part of it that is as dark as fat and air.</summary>
    private const double LowestMean = 30, HighestMean = 150, LargestDeviation = 60, DarkHu = -50, LargestDarkPart = 0.15;

    /// <summary>HU by which the mask's outermost voxels are brighter than those just outside: a gland lies in fat, a mask in the wrong place on no edge.</summary>
    private const double SmallestContrast = 12;

    /// <summary>Part of the mask that its largest piece must be.</summary>
    private const double SmallestMainPart = 0.8;

    private static readonly (int, int, int)[] s_neighbours = [(-1, 0, 0), (1, 0, 0), (0, -1, 0), (0, 1, 0), (0, 0, -1), (0, 0, 1)];

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
        VolumeGrid grid = ct.Grid;
        ReadOnlySpan<byte> labels = stored.Labels.Span;
        var (inside, edge, outside) = (new Moments(), new Moments(), new Moments());
        int dark = 0;
        for (int at = 0; at < labels.Length; at++)
        {
            if (labels[at] != label) continue;
            float hu = Hu(at);
            inside.Add(hu);
            if (hu < DarkHu) dark++;
            (int column, int row, int slice) = AxisFlip.None.Target(grid, at);
            bool isEdge = false;
            foreach ((int i, int j, int k) in s_neighbours)
            {
                (int c, int r, int s) = (column + i, row + j, slice + k);
                if ((uint)c >= (uint)grid.Columns || (uint)r >= (uint)grid.Rows || (uint)s >= (uint)grid.Slices) continue;
                int next = grid.IndexOf(c, r, s);
                if (labels[next] == label) continue;
                isEdge = true;
                outside.Add(Hu(next));
            }
            if (isEdge) edge.Add(hu);
        }
        return inside.Mean is >= LowestMean and <= HighestMean && inside.Deviation <= LargestDeviation && dark <= LargestDarkPart * inside.Count
            && edge.Mean - outside.Mean >= SmallestContrast;

        float Hu(int index)
        {
            (int column, int row, int slice) = flip.Target(grid, index);
            return ct.GetHu(column, row, slice);
        }
    }

    /// <summary>Mean and standard deviation of values one after the other.</summary>
    private struct Moments
    {
        private double _sum, _squares;

        public int Count { get; private set; }

        public readonly double Mean => _sum / Count;

        public readonly double Deviation => Math.Sqrt(Math.Max(0, _squares / Count - Mean * Mean));

        public void Add(double value) => (_sum, _squares, Count) = (_sum + value, _squares + value * value, Count + 1);
    }
}
