namespace PancreasSeg;

/// <summary>Takes the voxels of one slice of a resampled volume, column-fastest. The span is valid during the call only.</summary>
internal delegate void SliceConsumer(int slice, ReadOnlySpan<float> values);

/// <summary>
/// Resampling axis by axis, where the grids' axes run along each other. Slices are made in parallel and handed on one by one.
/// Whichever side has the smaller planes gets the pass across slices: a plane that shrinks is shrunk once per source slice, a
/// plane that grows is grown once per target slice.
/// </summary>
/// <param name="voxels">The source's voxels.</param>
/// <param name="from">The source's grid.</param>
/// <param name="x">Weights along columns.</param>
/// <param name="y">Weights along rows.</param>
/// <param name="z">Weights along slices.</param>
/// <param name="outside">Value beyond the source.</param>
internal sealed class SeparableResampler<TVoxels>(TVoxels voxels, VolumeGrid from, AxisTaps x, AxisTaps y, AxisTaps z, float outside)
    where TVoxels : struct, IVoxelReader
{
    private readonly int _targetPlane = x.Size * y.Size;
    private readonly int _sourcePlane = x.Length * y.Length;

    /// <summary>Makes every slice of the target.</summary>
    public void Run(SliceConsumer consume, CancellationToken cancellation)
    {
        if (_sourcePlane == 0 || z.Length == 0) FillAll(consume, cancellation);
        else if (_targetPlane < _sourcePlane) PlanesFirst(consume, cancellation);
        else SlicesFirst(consume, cancellation);
    }

    private void FillAll(SliceConsumer consume, CancellationToken cancellation) =>
        ForEach(z.Size, (slice, buffers) =>
        {
            buffers.Target.AsSpan().Fill(outside);
            consume(slice, buffers.Target);
        }, cancellation);

    /// <summary>Source slices to the target's columns and rows, as many at once as a target slice is made of, then across them. What is
    /// shrunk stays small: fresh memory costs more than the sums.</summary>
    private void PlanesFirst(SliceConsumer consume, CancellationToken cancellation)
    {
        int run = Math.Clamp(z.Size / (4 * Environment.ProcessorCount), 4, 32);
        ForEach((z.Size + run - 1) / run, (part, buffers) =>
        {
            for (int slice = part * run; slice < Math.Min((part + 1) * run, z.Size); slice++)
            {
                cancellation.ThrowIfCancellationRequested();
                if (slice < z.Start || slice >= z.End) buffers.Target.AsSpan().Fill(outside);
                else RowKernels.Sum(new FloatVoxels(buffers.Planes), 0, _targetPlane, Shrunk(slice, buffers), buffers.Target);
                consume(slice, buffers.Target);
            }
        }, cancellation);
    }

    /// <summary>Sees to it that a target slice's source slices lie shrunk in <see cref="Buffers.Planes"/>, each where its number modulo
    /// their count puts it, and returns their weights in that order.</summary>
    private float[] Shrunk(int slice, Buffers buffers)
    {
        ReadOnlySpan<float> weights = z.Weights(slice);
        for (int t = 0; t < z.Count; t++)
        {
            int source = z.First(slice) + t, place = source % z.Count;
            buffers.Weights[place] = weights[t];
            if (buffers.Held[place] == source) continue;
            buffers.Held[place] = source;
            InPlane(voxels, from.IndexOf(x.Low, y.Low, z.Low + source), from.Columns, buffers,
                buffers.Planes.AsSpan(place * _targetPlane, _targetPlane));
        }
        return buffers.Weights;
    }

    /// <summary>Across source slices to each target slice, then to the target's columns and rows.</summary>
    private void SlicesFirst(SliceConsumer consume, CancellationToken cancellation) => ForEach(z.Size, (slice, buffers) =>
    {
        if (slice < z.Start || slice >= z.End) buffers.Target.AsSpan().Fill(outside);
        else
        {
            for (int row = 0; row < y.Length; row++)
                RowKernels.Sum(voxels, from.IndexOf(x.Low, y.Low + row, z.Low + z.First(slice)), from.SliceLength, z.Weights(slice),
                    buffers.Plane.AsSpan(row * x.Length, x.Length));
            InPlane(new FloatVoxels(buffers.Plane), 0, x.Length, buffers, buffers.Target);
        }
        consume(slice, buffers.Target);
    }, cancellation);

    /// <summary>One plane of y.Length x x.Length source voxels to y.Size x x.Size target voxels, the longer way round last.</summary>
    private void InPlane<TPlane>(TPlane plane, int start, int stride, Buffers buffers, Span<float> target)
        where TPlane : struct, IVoxelReader
    {
        target[..(y.Start * x.Size)].Fill(outside);
        target[(y.End * x.Size)..].Fill(outside);
        Span<float> run = buffers.Run.AsSpan(0, x.Length);
        bool columnsFirst = y.Length < y.Size;
        if (columnsFirst)
            for (int row = 0; row < y.Length; row++)
            {
                RowKernels.Sum(plane, start + row * stride, 0, [1], run);
                x.Apply(buffers.Run, buffers.Columns.AsSpan(row * x.Size, x.Size), outside);
            }
        for (int row = y.Start; row < y.End; row++)
        {
            Span<float> line = target.Slice(row * x.Size, x.Size);
            if (columnsFirst) RowKernels.Sum(new FloatVoxels(buffers.Columns), y.First(row) * x.Size, x.Size, y.Weights(row), line);
            else
            {
                RowKernels.Sum(plane, start + y.First(row) * stride, stride, y.Weights(row), run);
                x.Apply(buffers.Run, line, outside);
            }
        }
    }

    private void ForEach(int count, Action<int, Buffers> body, CancellationToken cancellation) => Parallel.For(0, count,
        new ParallelOptions { CancellationToken = cancellation },
        () => new Buffers(x, y, z.Count, _sourcePlane, _targetPlane),
        (i, _, buffers) =>
        {
            body(i, buffers);
            return buffers;
        },
        _ => { });

    /// <summary>What one thread works in; made when first used.</summary>
    private sealed class Buffers(AxisTaps x, AxisTaps y, int count, int sourcePlane, int targetPlane)
    {
        public float[] Planes => field ??= GC.AllocateUninitializedArray<float>(count * targetPlane);

        public int[] Held { get; } = [.. Enumerable.Repeat(-1, count)];

        public float[] Weights { get; } = new float[count];

        public float[] Plane => field ??= GC.AllocateUninitializedArray<float>(sourcePlane);

        public float[] Columns => field ??= GC.AllocateUninitializedArray<float>(y.Length * x.Size);

        public float[] Target => field ??= GC.AllocateUninitializedArray<float>(targetPlane);

        public float[] Run => field ??= new float[x.Length + AxisTaps.Slack];
    }
}
