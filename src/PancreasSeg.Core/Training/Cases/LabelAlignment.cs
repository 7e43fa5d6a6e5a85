namespace PancreasSeg.Training;

/// <summary>
/// Labels whose stored geometry cannot be trusted, laid over their CT voxel by voxel. TCIA's Pancreas-CT is such a set: its label
/// files have the dimensions of their series, but their headers do not say which way their axes run. Of the eight ways to flip the
/// axes the one is taken under which the labels lie over a gland: tissue of a gland's HU, and more even than any other way shows.
/// When none or several do, nothing is guessed.
/// </summary>
internal static class LabelAlignment
{
    /// <summary>Bounds of what lies under a true mask beside its mean HU: the scatter, and the part of it that is air.</summary>
    private const double LargestDeviation = 60, AirHu = -300, LargestAirPart = 0.01;

    /// <summary>
    /// One organ is more even than a mixture of several: ways are alike when their deviations are within this part of each other. Of
    /// 60 simulated patients none was laid wrong, and none was laid at all once the right way was taken out.
    /// </summary>
    private const double Alike = 0.8;

    /// <summary>HU of <see cref="EdgeContrast"/> at least: a piece of the liver has none.</summary>
    private const double SmallestContrast = 4;

    private const string Remedy = "Say by -LabelOrientation how they run, or give images and labels on one grid.";

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
        if (!ct.Size.SequenceEqual(stored.Size))
            throw new CoreException(Fault.GridMismatch,
                $"the CT has {string.Join(" x ", ct.Size)} voxels, its labels {string.Join(" x ", stored.Size)}");
        AxisFlip flip = Find(ct, stored, label);
        return new LabelVolume(ct.Grid, flip.Apply(stored), stored.Source.WithNote($"labels laid over the CT by voxel, {flip}"));
    }

    /// <summary>Lays labels over a CT as they are said to lie, whatever their header says.</summary>
    /// <param name="ct">The CT.</param>
    /// <param name="stored">Labels with as many voxels along the patient's axes.</param>
    /// <param name="label">The pancreas among them.</param>
    /// <param name="orientation">The patient direction in which each of their axes runs, such as <c>LAS</c>.</param>
    /// <param name="cancellation">Stops between slices.</param>
    /// <returns>The labels on the CT's grid; a note says whether they lie over a gland there.</returns>
    /// <exception cref="CoreException"><see cref="Fault.GridMismatch"/>, <see cref="Fault.LabelMissing"/>, or
    /// <see cref="Fault.TrainingDataInvalid"/> when they plainly lie over a gland another way.</exception>
    public static LabelVolume Lay(CtVolume ct, LabelVolume stored, byte label, string orientation, CancellationToken cancellation)
    {
        VolumeGrid said = ct.Grid.Oriented(orientation);
        if (!stored.Size.SequenceEqual([said.Columns, said.Rows, said.Slices]))
            throw new CoreException(Fault.GridMismatch,
                $"labels of this CT that run {orientation} have {said.Columns} x {said.Rows} x {said.Slices} voxels, these have {string.Join(" x ", stored.Size)}");
        LabelVolume laid = new LabelVolume(said, stored.Labels.ToArray(), stored.Source).OnVoxelsOf(ct.Grid, cancellation)!;
        AxisFlip? other = null;
        try
        {
            other = Find(ct, laid, label);
        }
        catch (CoreException e) when (e.Fault == Fault.TrainingDataInvalid)
        {
            // The check cannot tell, and what is said counts.
        }
        if (other is { } flip && flip != AxisFlip.None)
            throw new CoreException(Fault.TrainingDataInvalid,
                $"the labels lie over a gland as {flip.Turn(orientation, ct.Grid)}, not as {orientation}", remedy: "Give that as -LabelOrientation.");
        return new LabelVolume(ct.Grid, laid.Labels.ToArray(), stored.Source.WithNote(
            $"labels taken as {orientation}, {(other is null ? "which the CT neither confirms nor denies" : "where they lie over a gland")}"));
    }

    /// <summary>The only way to flip the axes under which labels on a CT's voxels lie over a gland.</summary>
    private static AxisFlip Find(CtVolume ct, LabelVolume stored, byte label)
    {
        VolumeGrid grid = ct.Grid;
        int count = stored.Count(label);
        if (count == 0) throw new CoreException(Fault.LabelMissing, $"no voxel has the label {label}");
        var index = new VolumeGrid(grid.Columns, grid.Rows, grid.Slices, VolumeGrid.Axial(1, 1, 1, grid.Spacing).Affine);
        LabelVolume main = Postprocess.Components.Largest(new LabelVolume(index, stored.Select(label).Labels.ToArray(), stored.Source));
        if (main.Count(1) < SmallestMainPart * count)
            throw new CoreException(
                Fault.TrainingDataInvalid, "the labels are in pieces: their largest part holds less than four fifths of them");

        int[] voxels = VoxelsOf(stored, label, count);
        (AxisFlip Flip, Moments Under)[] ways = [.. AxisFlip.All.Select(flip => (flip, Under(ct, voxels, flip)))];
        ways = [.. ways.Where(way => PancreasHu.OfParenchyma.Contains(way.Under.Mean) && way.Under.Air <= LargestAirPart * count)
            .OrderBy(way => way.Under.Deviation)];
        string[] alike = [.. ways.Where(way => Alike * way.Under.Deviation <= ways[0].Under.Deviation).Select(way => way.Flip.ToString())];
        if (ways.Length == 0 || ways[0].Under.Deviation > LargestDeviation
            || (alike.Length == 1 && Contrast(ct, stored, label, ways[0].Flip) < SmallestContrast))
            throw new CoreException(
                Fault.TrainingDataInvalid, "whichever way the labels are flipped, they do not lie over a gland", remedy: Remedy);
        if (alike.Length > 1)
            throw new CoreException(Fault.TrainingDataInvalid,
                $"the labels lie over tissue like a gland in {alike.Length} ways to flip them ({string.Join("; ", alike)})",
                remedy: Remedy);
        return ways[0].Flip;
    }

    private static int[] VoxelsOf(LabelVolume stored, byte label, int count)
    {
        var voxels = new int[count];
        ReadOnlySpan<byte> labels = stored.Labels.Span;
        for (int i = 0, at = -1; i < count; i++) voxels[i] = at += 1 + labels[(at + 1)..].IndexOf(label);
        return voxels;
    }

    private static Moments Under(CtVolume ct, int[] voxels, AxisFlip flip)
    {
        var under = new Moments();
        foreach (int voxel in voxels)
        {
            (int column, int row, int slice) = flip.Target(ct.Grid, voxel);
            under.Add(ct.GetHu(column, row, slice));
        }
        return under;
    }

    private static double Contrast(CtVolume ct, LabelVolume stored, byte label, AxisFlip flip) =>
        EdgeContrast.Of(ct.Grid, stored.Labels.Span, label, index =>
        {
            (int column, int row, int slice) = flip.Target(ct.Grid, index);
            return ct.GetHu(column, row, slice);
        });

    /// <summary>Mean and standard deviation of HU one after the other, and how many are air.</summary>
    private struct Moments
    {
        private double _sum, _squares;

        private int _count;

        public int Air { get; private set; }

        public readonly double Mean => _sum / _count;

        public readonly double Deviation => Math.Sqrt(Math.Max(0, _squares / _count - Mean * Mean));

        public void Add(double hu)
        {
            (_sum, _squares, _count) = (_sum + hu, _squares + hu * hu, _count + 1);
            if (hu < AirHu) Air++;
        }
    }
}
