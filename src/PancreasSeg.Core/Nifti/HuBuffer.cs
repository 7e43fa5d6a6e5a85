namespace PancreasSeg.Nifti;

/// <summary>
/// Collects the voxels of a CT: as 16-bit integers for as long as every HU is whole and fits, whatever the type on disk, since
/// that halves the memory without loss; from the first HU that does not on as 32-bit floats.
/// </summary>
internal sealed class HuBuffer(int count)
{
    private short[]? _integers = GC.AllocateUninitializedArray<short>(count);
    private float[]? _floats;

    /// <summary>Adds values; returns the index of the first that is not a finite 32-bit number, or -1.</summary>
    /// <param name="start">Voxel index of the first value; every voxel before it has been added.</param>
    /// <param name="values">HU.</param>
    public int Add(int start, ReadOnlySpan<double> values)
    {
        int i = 0;
        if (_integers is not null)
        {
            for (; i < values.Length; i++)
            {
                float hu = (float)values[i];
                short whole = (short)hu;
                if (whole != hu) break;
                _integers[start + i] = whole;
            }
            if (i == values.Length) return -1;
            Promote(start + i);
        }
        for (; i < values.Length; i++)
        {
            float hu = (float)values[i];
            if (!float.IsFinite(hu)) return start + i;
            _floats![start + i] = hu;
        }
        return -1;
    }

    /// <summary>The finished volume.</summary>
    public CtVolume ToVolume(VolumeGrid grid, VolumeSource source) =>
        _integers is not null ? new CtVolume(grid, _integers, source) : new CtVolume(grid, _floats!, source);

    private void Promote(int filled)
    {
        _floats = GC.AllocateUninitializedArray<float>(_integers!.Length);
        for (int i = 0; i < filled; i++) _floats[i] = _integers[i];
        _integers = null;
    }
}
