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
        var box = new PaddedBox(mask);
        var outside = new bool[box.Voxels.Length];
        var front = new Stack<int>([0]);                    // a corner of the margin, from which all of it is reached
        outside[0] = true;
        while (front.TryPop(out int at))
            foreach (int next in box.NeighboursOf(at))
            {
                if (outside[next] || box.Voxels[next]) continue;
                outside[next] = true;
                front.Push(next);
            }
        cancellation.ThrowIfCancellationRequested();
        return box.Applied((at, isSet) => isSet || !outside[at]);
    }

    /// <summary>Erosion by a voxel, then dilation by a voxel.</summary>
    /// <param name="mask">Non-zero voxels count.</param>
    /// <param name="cancellation">Looked at between the two.</param>
    /// <returns>The mask itself when the erosion leaves nothing of it.</returns>
    public static LabelVolume Open(LabelVolume mask, CancellationToken cancellation = default)
    {
        var box = new PaddedBox(mask);
        var eroded = new bool[box.Voxels.Length];
        for (int at = 0; at < eroded.Length; at++) eroded[at] = box.Voxels[at] && box.NeighboursOf(at).All(next => box.Voxels[next]);
        cancellation.ThrowIfCancellationRequested();
        return !eroded.Contains(true) ? mask
            : box.Applied((at, isSet) => isSet && (eroded[at] || box.NeighboursOf(at).Any(next => eroded[next])));
    }

    /// <summary>The voxels of a mask's box with a margin of one, in which every voxel of the mask has its neighbours.</summary>
    private sealed class PaddedBox
    {
        private readonly LabelVolume _mask;
        private readonly IndexBox _box;
        private readonly int _columns, _rows, _slices;

        public PaddedBox(LabelVolume mask)
        {
            (_mask, _box) = (mask, IndexBox.OfNonZero(mask.Grid, mask.Labels));
            (_columns, _rows, _slices) = _box.IsEmpty ? (1, 1, 1) : (_box.Columns + 2, _box.Rows + 2, _box.Slices + 2);
            Voxels = new bool[_columns * _rows * _slices];
            if (_box.IsEmpty) return;
            ReadOnlySpan<byte> labels = mask.Labels.Span;
            for (int s = 0; s < _box.Slices; s++)
                for (int r = 0; r < _box.Rows; r++)
                    for (int c = 0; c < _box.Columns; c++)
                        Voxels[((s + 1) * _rows + r + 1) * _columns + c + 1] =
                            labels[mask.Grid.IndexOf(_box.Column + c, _box.Row + r, _box.Slice + s)] != 0;
        }

        public bool[] Voxels { get; }

        public IEnumerable<int> NeighboursOf(int at)
        {
            int c = at % _columns, r = at / _columns % _rows, s = at / (_columns * _rows);
            if (c > 0) yield return at - 1;
            if (c < _columns - 1) yield return at + 1;
            if (r > 0) yield return at - _columns;
            if (r < _rows - 1) yield return at + _columns;
            if (s > 0) yield return at - _columns * _rows;
            if (s < _slices - 1) yield return at + _columns * _rows;
        }

        /// <summary>The mask with each voxel of its box as a rule says; itself where that changes none.</summary>
        public LabelVolume Applied(Func<int, bool, bool> rule)
        {
            byte[]? changed = null;
            for (int s = 0; s < _box.Slices; s++)
                for (int r = 0; r < _box.Rows; r++)
                    for (int c = 0; c < _box.Columns; c++)
                    {
                        int at = ((s + 1) * _rows + r + 1) * _columns + c + 1;
                        bool isSet = rule(at, Voxels[at]);
                        if (isSet == Voxels[at]) continue;
                        changed ??= _mask.Labels.ToArray();
                        changed[_mask.Grid.IndexOf(_box.Column + c, _box.Row + r, _box.Slice + s)] = isSet ? (byte)1 : (byte)0;
                    }
            return changed is null ? _mask : new LabelVolume(_mask.Grid, changed, _mask.Source);
        }
    }
}
