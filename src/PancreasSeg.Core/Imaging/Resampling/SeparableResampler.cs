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
        ForEach(z.Size, (slice, buffers) => consume(slice, Filled(buffers.Target)), cancellation);

    /// <summary>Every source slice to the target's columns and rows, then across slices.</summary>
    private void PlanesFirst(SliceConsumer consume, CancellationToken cancellation)
    {
        var planes = GC.AllocateUninitializedArray<float>(z.Length * _targetPlane);
        ForEach(z.Length, (slice, buffers) =>
        {
            ReadOnlySpan<float> plane = Plane(slice, buffers);
            InPlane(plane, buffers, planes.AsSpan(slice * _targetPlane, _targetPlane));
        }, cancellation);
        ForEach(z.Size, (slice, buffers) =>
        {
            if (slice < z.Start || slice >= z.End) consume(slice, Filled(buffers.Target));
            else consume(slice, Combine(planes, z.First(slice) * _targetPlane, _targetPlane, z.Weights(slice), buffers.Target));
        }, cancellation);
    }

    /// <summary>Across source slices to each target slice, then to the target's columns and rows.</summary>
    private void SlicesFirst(SliceConsumer consume, CancellationToken cancellation) => ForEach(z.Size, (slice, buffers) =>
    {
        if (slice < z.Start || slice >= z.End)
        {
            consume(slice, Filled(buffers.Target));
            return;
        }
        int first = z.First(slice);
        ReadOnlySpan<float> weights = z.Weights(slice);
        Span<float> a = buffers.RowA, b = buffers.RowB;
        for (int row = 0; row < y.Length; row++)
        {
            Span<float> line = buffers.Plane.AsSpan(row * x.Length, x.Length);
            for (int t = 0; t < weights.Length; t += 2)
            {
                bool pair = t + 1 < weights.Length;
                ReadOnlySpan<float> rowA = Read(first + t, row, a);
                RowKernels.Combine(rowA, weights[t], pair ? Read(first + t + 1, row, b) : rowA, pair ? weights[t + 1] : 0, t > 0, line);
            }
        }
        InPlane(buffers.Plane, buffers, buffers.Target);
        consume(slice, buffers.Target);
    }, cancellation);

    /// <summary>One plane of y.Length x x.Length source voxels to y.Size x x.Size target voxels, the longer way round last.</summary>
    private void InPlane(ReadOnlySpan<float> plane, Buffers buffers, Span<float> target)
    {
        target[..(y.Start * x.Size)].Fill(outside);
        target[(y.End * x.Size)..].Fill(outside);
        bool columnsFirst = y.Length < y.Size;
        if (columnsFirst)
            for (int row = 0; row < y.Length; row++)
                x.Apply(plane.Slice(row * x.Length, x.Length), buffers.Columns.AsSpan(row * x.Size, x.Size), outside);
        for (int row = y.Start; row < y.End; row++)
        {
            Span<float> line = target.Slice(row * x.Size, x.Size);
            if (columnsFirst) Combine(buffers.Columns, y.First(row) * x.Size, x.Size, y.Weights(row), line);
            else x.Apply(Combine(plane, y.First(row) * x.Length, x.Length, y.Weights(row), buffers.RowA), line, outside);
        }
    }

    /// <summary>The weighted sum of runs that follow each other.</summary>
    private static ReadOnlySpan<float> Combine(
        ReadOnlySpan<float> runs, int start, int length, ReadOnlySpan<float> weights, Span<float> target)
    {
        target = target[..length];
        bool add = false;
        for (int t = 0; t < weights.Length; t += 2)
        {
            ReadOnlySpan<float> a = runs.Slice(start + t * length, length);
            bool pair = t + 1 < weights.Length;
            float wb = pair ? weights[t + 1] : 0;
            if (add && weights[t] == 0 && wb == 0) continue;
            RowKernels.Combine(a, weights[t], pair ? runs.Slice(start + (t + 1) * length, length) : a, wb, add, target);
            add = true;
        }
        return target;
    }

    private ReadOnlySpan<float> Read(int slice, int row, Span<float> buffer) =>
        voxels.Read(from.IndexOf(x.Low, y.Low + row, z.Low + slice), x.Length, buffer);

    private ReadOnlySpan<float> Plane(int slice, Buffers buffers)
    {
        if (x.Length == from.Columns) return voxels.Read(from.IndexOf(0, y.Low, z.Low + slice), _sourcePlane, buffers.Plane);
        for (int row = 0; row < y.Length; row++) Read(slice, row, buffers.RowA).CopyTo(buffers.Plane.AsSpan(row * x.Length));
        return buffers.Plane;
    }

    private Span<float> Filled(Span<float> target)
    {
        target.Fill(outside);
        return target;
    }

    private void ForEach(int count, Action<int, Buffers> body, CancellationToken cancellation) => Parallel.For(0, count,
        new ParallelOptions { CancellationToken = cancellation },
        () => new Buffers(x, y, _sourcePlane, _targetPlane),
        (i, _, buffers) =>
        {
            body(i, buffers);
            return buffers;
        },
        _ => { });

    /// <summary>What one thread works in; made when first used.</summary>
    private sealed class Buffers(AxisTaps x, AxisTaps y, int sourcePlane, int targetPlane)
    {
        public float[] Plane => field ??= GC.AllocateUninitializedArray<float>(sourcePlane);

        public float[] Columns => field ??= GC.AllocateUninitializedArray<float>(y.Length * x.Size);

        public float[] Target => field ??= GC.AllocateUninitializedArray<float>(targetPlane);

        public float[] RowA => field ??= new float[x.Length];

        public float[] RowB => field ??= new float[x.Length];
    }
}
