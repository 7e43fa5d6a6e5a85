namespace PancreasSeg.Evaluation;

/// <summary>
/// Exact Euclidean distances between voxel centres, one axis at a time: the squared distance along each further axis is the lower
/// envelope of parabolas (Felzenszwalb and Huttenlocher, Distance transforms of sampled functions, Theory of Computing 8, 2012).
/// </summary>
internal static class DistanceTransform
{
    /// <summary>For every voxel of one mask the distance to the nearest voxel of another, in mm, in array order of columns, then
    /// rows.</summary>
    /// <param name="from">Where distances are wanted.</param>
    /// <param name="to">What they are measured to, on the same box; not empty.</param>
    /// <param name="spacing">Voxel size in mm.</param>
    /// <param name="cancellation">Looked at once per slice and once per row.</param>
    public static float[] Distances(BoxMask from, BoxMask to, Vector3D spacing, CancellationToken cancellation)
    {
        var options = new ParallelOptions { CancellationToken = cancellation };
        int plane = to.Columns * to.Rows;
        var squared = GC.AllocateUninitializedArray<float>(to.Voxels.Length);
        Parallel.For(0, to.Slices, options, () => new Parabolas(Math.Max(to.Columns, to.Rows)), (slice, _, envelope) =>
        {
            int start = slice * plane;
            InPlane(to.Voxels.AsSpan(start, plane), squared.AsSpan(start, plane), to.Columns, spacing, envelope);
            return envelope;
        }, _ => { });

        var rows = new List<float>[to.Rows];
        Parallel.For(0, to.Rows, options, () => new Parabolas(to.Slices), (row, _, envelope) =>
        {
            rows[row] = AcrossSlices(from, squared, row, spacing.Z, envelope);
            return envelope;
        }, _ => { });
        return [.. rows.SelectMany(r => r)];
    }

    /// <summary>Squared distances to the nearest site of the same slice; infinite where it has none.</summary>
    private static void InPlane(ReadOnlySpan<byte> sites, Span<float> squared, int columns, Vector3D spacing, Parabolas envelope)
    {
        if (sites.IndexOf((byte)1) < 0)
        {
            squared.Fill(float.PositiveInfinity);
            return;
        }
        int rows = sites.Length / columns;
        for (int row = 0; row < rows; row++)
            AlongRow(sites.Slice(row * columns, columns), squared.Slice(row * columns, columns), spacing.X);
        for (int column = 0; column < columns; column++)
        {
            envelope.Clear(spacing.Y);
            for (int row = 0; row < rows; row++) envelope.Add(row, squared[row * columns + column]);
            for (int row = 0; row < rows; row++) squared[row * columns + column] = (float)envelope.Next(row);
        }
    }

    private static void AlongRow(ReadOnlySpan<byte> sites, Span<float> squared, double spacing)
    {
        float last = float.PositiveInfinity;
        for (int i = 0; i < sites.Length; i++) squared[i] = last = sites[i] != 0 ? 0 : last + 1;
        for (int i = sites.Length - 1; i >= 0; i--)
        {
            last = Math.Min(squared[i], last + 1);
            double distance = last * spacing;
            squared[i] = (float)(distance * distance);
        }
    }

    private static List<float> AcrossSlices(BoxMask from, float[] squared, int row, double spacing, Parabolas envelope)
    {
        var distances = new List<float>();
        for (int column = 0; column < from.Columns; column++)
        {
            int start = from.IndexOf(column, row, 0), plane = from.Columns * from.Rows, slice = 0;
            while (slice < from.Slices && from.Voxels[start + slice * plane] == 0) slice++;
            if (slice == from.Slices) continue;
            envelope.Clear(spacing);
            for (int s = 0; s < from.Slices; s++) envelope.Add(s, squared[start + s * plane]);
            for (; slice < from.Slices; slice++)
                if (from.Voxels[start + slice * plane] != 0) distances.Add((float)Math.Sqrt(envelope.Next(slice)));
        }
        return distances;
    }

    /// <summary>The lower envelope of the parabolas (place - i spacing)^2 + height[i] along one line of at most a given length.</summary>
    private sealed class Parabolas(int length)
    {
        private readonly double[] _height = new double[length];
        private readonly int[] _index = new int[length];
        private readonly double[] _from = new double[length];
        private double _spacing;
        private int _count, _current;

        public void Clear(double spacing) => (_spacing, _count, _current) = (spacing, 0, 0);

        /// <summary>Adds a parabola to the right of those before; an infinite height adds none.</summary>
        public void Add(int index, double height)
        {
            if (double.IsPositiveInfinity(height)) return;
            double place = index * _spacing, from = double.NegativeInfinity;
            while (_count > 0)
            {
                double other = _index[_count - 1] * _spacing;
                from = (height + place * place - _height[_count - 1] - other * other) / (2 * (place - other));
                if (from > _from[_count - 1]) break;
                _count--;
                from = double.NegativeInfinity;
            }
            (_height[_count], _index[_count], _from[_count]) = (height, index, from);
            _count++;
        }

        /// <summary>The envelope at an index; indices must not decrease between calls.</summary>
        public double Next(int index)
        {
            if (_count == 0) return double.PositiveInfinity;
            double place = index * _spacing;
            while (_current + 1 < _count && _from[_current + 1] < place) _current++;
            double distance = place - _index[_current] * _spacing;
            return distance * distance + _height[_current];
        }
    }
}
