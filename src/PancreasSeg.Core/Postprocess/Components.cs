using System.Runtime.InteropServices;

namespace PancreasSeg.Postprocess;

/// <summary>Connected parts of a mask; voxels that share a face, an edge or a corner are connected (26 neighbours).</summary>
internal static class Components
{
    /// <summary>
    /// Keeps the largest part of the voxels that are not 0 and clears the others. Of parts of equal size the one whose first voxel
    /// comes first in the array is kept.
    /// </summary>
    /// <param name="mask">A mask; where several labels are present they count as one.</param>
    /// <param name="cancellation">Looked at once per slice.</param>
    /// <returns>The mask itself when it has at most one part.</returns>
    public static LabelVolume Largest(LabelVolume mask, CancellationToken cancellation = default) =>
        Keep(mask, null, (_, _) => false, cancellation);

    /// <summary>Keeps the parts that have at least the given fraction (0 to 1) of the largest one's voxels, and clears the
    /// others.</summary>
    /// <inheritdoc cref="Largest"/>
    public static LabelVolume Large(LabelVolume mask, double fraction, CancellationToken cancellation = default) =>
        Keep(mask, null, (part, largest) => part.Voxels >= fraction * largest, cancellation);

    /// <summary>Keeps the parts of at least the given volume in mL, and the largest one.</summary>
    /// <inheritdoc cref="Largest"/>
    public static LabelVolume OfVolume(LabelVolume mask, double millilitres, CancellationToken cancellation = default) =>
        Keep(mask, null, (part, _) => part.Voxels * mask.Grid.VoxelVolume / 1000 >= millilitres, cancellation);

    /// <summary>Keeps the parts that share a voxel with another mask of the same grid; all of them where none does.</summary>
    /// <inheritdoc cref="Largest"/>
    public static LabelVolume WithSeed(LabelVolume mask, LabelVolume seeds, CancellationToken cancellation = default) =>
        Keep(mask, seeds, (part, _) => part.Seeds > 0, cancellation);

    /// <summary>Voxels of each part.</summary>
    public static IReadOnlyList<int> Sizes(LabelVolume mask, CancellationToken cancellation = default)
    {
        IndexBox box = IndexBox.OfNonZero(mask.Grid, mask.Labels);
        if (box.IsEmpty) return [];
        (List<Run> found, _) = Runs(mask, box, cancellation);
        Span<Run> runs = CollectionsMarshal.AsSpan(found);
        var voxels = new int[runs.Length];
        for (int i = 0; i < runs.Length; i++) voxels[Root(runs, i)] += runs[i].End - runs[i].Start;
        return [.. voxels.Where(count => count > 0)];
    }

    private static LabelVolume Keep(
        LabelVolume mask, LabelVolume? seeds, Func<(int Voxels, int Seeds), int, bool> isKept, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(mask);
        IndexBox box = IndexBox.OfNonZero(mask.Grid, mask.Labels);
        if (box.IsEmpty) return mask;
        (List<Run> runs, int[] rowStart) = Runs(mask, box, cancellation);
        return Keep(mask, seeds, isKept, box, CollectionsMarshal.AsSpan(runs), rowStart);
    }

    private static (List<Run> Runs, int[] RowStart) Runs(LabelVolume mask, IndexBox box, CancellationToken cancellation)
    {
        var runs = new List<Run>();
        // Where the runs of each row start; the rows of the slice before are needed up to one row ahead.
        var rowStart = new int[box.Rows * box.Slices + 1];
        for (int slice = 0; slice < box.Slices; slice++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (int row = 0; row < box.Rows; row++)
            {
                int line = slice * box.Rows + row;
                AddRuns(runs, mask.Labels.Span.Slice(mask.Grid.IndexOf(box.Column, box.Row + row, box.Slice + slice), box.Columns));
                rowStart[line + 1] = runs.Count;
                Span<Run> all = CollectionsMarshal.AsSpan(runs);
                if (row > 0) Connect(all, rowStart, line, line - 1);
                if (slice == 0) continue;
                int before = line - box.Rows;
                if (row > 0) Connect(all, rowStart, line, before - 1);
                Connect(all, rowStart, line, before);
                if (row + 1 < box.Rows) Connect(all, rowStart, line, before + 1);
            }
        }
        return (runs, rowStart);
    }

    private static void AddRuns(List<Run> runs, ReadOnlySpan<byte> line)
    {
        int end = 0;
        while (line[end..].IndexOfAnyExcept((byte)0) is int gap and >= 0)
        {
            int start = end + gap, length = line[start..].IndexOf((byte)0);
            end = length < 0 ? line.Length : start + length;
            runs.Add(new Run(start, end, runs.Count));
        }
    }

    /// <summary>Joins the runs of two neighbouring rows that touch, corners included.</summary>
    private static void Connect(Span<Run> runs, int[] rowStart, int line, int other)
    {
        int a = rowStart[line], b = rowStart[other];
        while (a < rowStart[line + 1] && b < rowStart[other + 1])
        {
            if (runs[a].Start <= runs[b].End && runs[b].Start <= runs[a].End) Join(runs, a, b);
            if (runs[a].End < runs[b].End) a++;
            else b++;
        }
    }

    /// <summary>The root of a part is its first run, so that the result does not depend on the order of joins.</summary>
    private static void Join(Span<Run> runs, int a, int b)
    {
        (a, b) = (Root(runs, a), Root(runs, b));
        if (a < b) runs[b].Parent = a;
        else runs[a].Parent = b;
    }

    private static int Root(Span<Run> runs, int run)
    {
        while (runs[run].Parent != run) run = runs[run].Parent = runs[runs[run].Parent].Parent;
        return run;
    }

    /// <summary>Without seeds the largest part is always kept.</summary>
    private static LabelVolume Keep(LabelVolume mask, LabelVolume? seeds, Func<(int Voxels, int Seeds), int, bool> isKept, IndexBox box,
        Span<Run> runs, int[] rowStart)
    {
        int Start(int line) => mask.Grid.IndexOf(box.Column, box.Row + line % box.Rows, box.Slice + line / box.Rows);
        var parts = new (int Voxels, int Seeds)[runs.Length];
        for (int line = 0; line < rowStart.Length - 1; line++)
            for (int i = rowStart[line]; i < rowStart[line + 1]; i++)
            {
                ref (int Voxels, int Seeds) part = ref parts[Root(runs, i)];
                part.Voxels += runs[i].End - runs[i].Start;
                if (seeds is null) continue;
                ReadOnlySpan<byte> below = seeds.Labels.Span[(Start(line) + runs[i].Start)..(Start(line) + runs[i].End)];
                part.Seeds += below.Length - below.Count((byte)0);
            }
        int most = parts.Max(part => part.Voxels), largest = Array.FindIndex(parts, part => part.Voxels == most);
        if (seeds is not null && parts.All(part => part.Seeds == 0)) return mask;
        bool[] keep = [.. parts.Select((part, i) => part.Voxels > 0 && ((seeds is null && i == largest) || isKept(part, most)))];
        if (!parts.Where((part, i) => part.Voxels > 0 && !keep[i]).Any()) return mask;
        var kept = new byte[mask.Grid.VoxelCount];
        for (int line = 0; line < rowStart.Length - 1; line++)
        {
            int at = Start(line);
            for (int i = rowStart[line]; i < rowStart[line + 1]; i++)
                if (keep[Root(runs, i)]) mask.Labels.Span[(at + runs[i].Start)..(at + runs[i].End)].CopyTo(kept.AsSpan(at + runs[i].Start));
        }
        return new LabelVolume(mask.Grid, kept, mask.Source);
    }

    /// <summary>Voxels Start to End (exclusive) of a row, and the run through which it belongs to its part.</summary>
    private struct Run(int start, int end, int parent)
    {
        public readonly int Start = start;
        public readonly int End = end;
        public int Parent = parent;
    }
}
