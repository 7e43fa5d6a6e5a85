using System.Numerics.Tensors;

namespace PancreasSeg.Postprocess;

/// <summary>Binary morphology with the six neighbours that share a face (Serra 1982). What lies outside the volume is
/// background.</summary>
internal static class Morphology
{
    /// <summary>Sets every voxel of the background from which no way over faces leads out of the mask's box.</summary>
    /// <param name="mask">Non-zero voxels count.</param>
    /// <param name="cancellation">Looked at once per slice.</param>
    /// <returns>The mask itself when it encloses nothing.</returns>
    public static LabelVolume FillHoles(LabelVolume mask, CancellationToken cancellation = default)
    {
        IndexBox box = IndexBox.OfNonZero(mask.Grid, mask.Labels);
        if (box.IsEmpty) return mask;
        ReadOnlySpan<byte> labels = mask.Labels.Span;
        // Runs of background along the rows of the box, line after line; the parent of what reaches the box's border is run 0.
        var runs = new List<(int Start, int End)> { (0, 0) };
        var parent = new List<int> { 0 };
        var first = new int[box.Rows * box.Slices + 1];
        first[0] = 1;
        for (int line = 0; line < first.Length - 1; line++)
        {
            (int slice, int row) = Math.DivRem(line, box.Rows);
            if (row == 0) cancellation.ThrowIfCancellationRequested();
            bool isBorder = row == 0 || row == box.Rows - 1 || slice == 0 || slice == box.Slices - 1;
            ReadOnlySpan<byte> voxels = labels.Slice(mask.Grid.IndexOf(box.Column, box.Row + row, box.Slice + slice), box.Columns);
            for (int at = 0; voxels[at..].IndexOf((byte)0) is int gap and >= 0;)
            {
                int start = at + gap, length = voxels[start..].IndexOfAnyExcept((byte)0);
                at = length < 0 ? box.Columns : start + length;
                parent.Add(isBorder || start == 0 || at == box.Columns ? 0 : runs.Count);
                runs.Add((start, at));
                if (at == box.Columns) break;
            }
            first[line + 1] = runs.Count;
            if (row > 0) Connect(line, line - 1);
            if (slice > 0) Connect(line, line - box.Rows);
        }
        byte[]? filled = null;
        for (int line = 0; line < first.Length - 1; line++)
            for (int run = first[line]; run < first[line + 1]; run++)
            {
                if (Root(run) == 0) continue;
                filled ??= labels.ToArray();
                int at = mask.Grid.IndexOf(box.Column, box.Row + line % box.Rows, box.Slice + line / box.Rows);
                filled.AsSpan(at + runs[run].Start, runs[run].End - runs[run].Start).Fill(1);
            }
        return filled is null ? mask : new LabelVolume(mask.Grid, filled, mask.Source);

        void Connect(int line, int other)
        {
            for (int a = first[line], b = first[other]; a < first[line + 1] && b < first[other + 1];)
            {
                if (runs[a].Start < runs[b].End && runs[b].Start < runs[a].End)
                {
                    (int one, int two) = (Root(a), Root(b));
                    parent[Math.Max(one, two)] = Math.Min(one, two);
                }
                if (runs[a].End < runs[b].End) a++;
                else b++;
            }
        }

        int Root(int run)
        {
            while (parent[run] != run) run = parent[run] = parent[parent[run]];
            return run;
        }
    }

    /// <summary>Erosion by a voxel, then dilation by a voxel.</summary>
    /// <param name="mask">Non-zero voxels count.</param>
    /// <param name="cancellation">Looked at once per slice.</param>
    /// <returns>The mask itself when the erosion leaves nothing of it, or takes nothing that does not come back.</returns>
    public static LabelVolume Open(LabelVolume mask, CancellationToken cancellation = default)
    {
        IndexBox box = IndexBox.OfNonZero(mask.Grid, mask.Labels);
        if (box.IsEmpty) return mask;
        // Slices with a margin of one voxel, three at a time: the mask's as 0 and 1, and what erosion leaves of them.
        int width = box.Columns + 2, length = width * (box.Rows + 2);
        byte[][] plain = [new byte[length], new byte[length], new byte[length]],
            eroded = [new byte[length], new byte[length], new byte[length]];
        var opened = mask.Labels.ToArray();
        bool isLeft = false, isTaken = false;
        Load(0, plain[1]);
        for (int slice = 0; slice <= box.Slices; slice++)
        {
            cancellation.ThrowIfCancellationRequested();
            Load(slice + 1, plain[2]);
            Combine(plain, eroded[2], TensorPrimitives.BitwiseAnd);
            isLeft |= eroded[2].AsSpan().Contains((byte)1);
            if (slice > 0) Keep(slice - 1);
            (plain[0], plain[1], plain[2]) = (plain[1], plain[2], plain[0]);
            (eroded[0], eroded[1], eroded[2]) = (eroded[1], eroded[2], eroded[0]);
        }
        return isLeft && isTaken ? new LabelVolume(mask.Grid, opened, mask.Source) : mask;

        void Load(int slice, byte[] plane)
        {
            Array.Clear(plane);
            if (slice >= box.Slices) return;
            for (int row = 0; row < box.Rows; row++)
            {
                ReadOnlySpan<byte> voxels =
                    opened.AsSpan(mask.Grid.IndexOf(box.Column, box.Row + row, box.Slice + slice), box.Columns);
                TensorPrimitives.Min(voxels, (byte)1, plane.AsSpan((row + 1) * width + 1, box.Columns));
            }
        }

        // The voxels with their six neighbours; the margin stays as it is.
        void Combine(byte[][] planes, byte[] target, Combination combine)
        {
            (byte[], int)[] around =
                [(planes[1], -1), (planes[1], 1), (planes[1], -width), (planes[1], width), (planes[0], 0), (planes[2], 0)];
            for (int at = width + 1; at < length - width; at += width)
            {
                Span<byte> row = target.AsSpan(at, box.Columns);
                planes[1].AsSpan(at, box.Columns).CopyTo(row);
                foreach ((byte[] plane, int offset) in around) combine(row, plane.AsSpan(at + offset, box.Columns), row);
            }
        }

        // Of a slice, what lies beside something that erosion has left.
        void Keep(int slice)
        {
            byte[] dilated = plain[0];                      // of the slice before; it is needed no more
            Combine(eroded, dilated, TensorPrimitives.BitwiseOr);
            for (int row = 0; row < box.Rows; row++)
            {
                Span<byte> voxels = opened.AsSpan(mask.Grid.IndexOf(box.Column, box.Row + row, box.Slice + slice), box.Columns);
                ReadOnlySpan<byte> kept = dilated.AsSpan((row + 1) * width + 1, box.Columns);
                for (int column = 0; column < kept.Length; column++)
                {
                    if (kept[column] != 0 || voxels[column] == 0) continue;
                    (voxels[column], isTaken) = (0, true);
                }
            }
        }
    }

    private delegate void Combination(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other, Span<byte> target);
}
