namespace PancreasSeg;

/// <summary>
/// Labels on another grid: each label's indicator (1 inside, 0 elsewhere) is resampled as a density would be and the label with
/// the largest share of a voxel wins, background included; ties go to the lower label. No label can arise that was not there.
/// </summary>
internal static class LabelResampler
{
    /// <summary>Shares closer than this are a tie.</summary>
    private const float Tie = 1e-5f;

    /// <summary>Slices worked on at once; bounds the memory for shares.</summary>
    private const int SlabSlices = 16;

    public static byte[] Run(byte[] labels, VolumeGrid from, VolumeGrid to, CancellationToken cancellation)
    {
        var result = new byte[to.VoxelCount];
        (byte Label, IndexBox Box)[] present = [.. Present(labels).Select(label =>
            (label, Resampler.TargetBox(IndexBox.OfLabel(from, labels, label), from, to))).Where(p => !p.Item2.IsEmpty)];
        if (present.Length == 0) return result;
        IndexBox all = present.Select(p => p.Box).Aggregate((a, b) => a.Union(b));
        int plane = all.Columns * all.Rows;
        var best = new float[plane * Math.Min(SlabSlices, all.Slices)];
        var sum = new float[best.Length];
        for (int start = all.Slice; start < all.SliceEnd; start += SlabSlices)
        {
            IndexBox slab = all with { Slice = start, SliceEnd = Math.Min(start + SlabSlices, all.SliceEnd) };
            Array.Clear(best);
            Array.Clear(sum);
            foreach ((byte label, IndexBox whole) in present)
            {
                IndexBox box = whole.Intersect(slab);
                if (box.IsEmpty) continue;
                Resampler.ForEachSlice(new IndicatorVoxels(labels, label), from, box.Cut(to), 0, (slice, share) =>
                {
                    for (int row = 0; row < box.Rows; row++)
                    {
                        int at = (box.Slice + slice - slab.Slice) * plane + (box.Row + row - all.Row) * all.Columns
                            + box.Column - all.Column;
                        Span<byte> line = result.AsSpan(to.IndexOf(box.Column, box.Row + row, box.Slice + slice), box.Columns);
                        Contend(label, share.Slice(row * box.Columns, box.Columns), best.AsSpan(at), sum.AsSpan(at), line);
                    }
                }, cancellation);
            }
            YieldToBackground(result, to, slab, best, sum);
        }
        return result;
    }

    private static void Contend(byte label, ReadOnlySpan<float> share, Span<float> best, Span<float> sum, Span<byte> line)
    {
        for (int i = 0; i < share.Length; i++)
        {
            sum[i] += share[i];
            if (share[i] <= best[i] + Tie) continue;
            best[i] = share[i];
            line[i] = label;
        }
    }

    private static void YieldToBackground(byte[] result, VolumeGrid to, IndexBox slab, float[] best, float[] sum)
    {
        int at = 0;
        for (int slice = slab.Slice; slice < slab.SliceEnd; slice++)
            for (int row = slab.Row; row < slab.RowEnd; row++)
            {
                Span<byte> line = result.AsSpan(to.IndexOf(slab.Column, row, slice), slab.Columns);
                for (int i = 0; i < line.Length; i++, at++)
                    if (1 - sum[at] >= best[at] - Tie) line[i] = 0;
            }
    }

    private static List<byte> Present(ReadOnlySpan<byte> labels)
    {
        var present = new List<byte>();
        Span<bool> seen = stackalloc bool[256];
        seen[0] = true;
        // Runs of one label are long: skip each at vector speed.
        while (!labels.IsEmpty)
        {
            byte label = labels[0];
            if (!seen[label]) present.Add(label);
            seen[label] = true;
            int next = labels.IndexOfAnyExcept(label);
            labels = next < 0 ? [] : labels[next..];
        }
        present.Sort();
        return present;
    }
}
