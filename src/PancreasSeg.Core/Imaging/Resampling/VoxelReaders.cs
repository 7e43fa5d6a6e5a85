namespace PancreasSeg;

/// <summary>Voxels of any stored type, read as floats. Implementations are structs, so that the loops over them are compiled for
/// each.</summary>
internal interface IVoxelReader
{
    /// <summary>One voxel by its array offset.</summary>
    float At(int index);

    /// <summary>A run of voxels; written to <paramref name="buffer"/> only where they must be converted.</summary>
    ReadOnlySpan<float> Read(int start, int count, Span<float> buffer);
}

/// <summary>Floats as they are.</summary>
internal readonly struct FloatVoxels(float[] voxels) : IVoxelReader
{
    public float At(int index) => voxels[index];

    public ReadOnlySpan<float> Read(int start, int count, Span<float> buffer) => voxels.AsSpan(start, count);
}

/// <summary>16-bit integers.</summary>
internal readonly struct ShortVoxels(short[] voxels) : IVoxelReader
{
    public float At(int index) => voxels[index];

    public ReadOnlySpan<float> Read(int start, int count, Span<float> buffer)
    {
        RowKernels.Widen(voxels.AsSpan(start, count), buffer);
        return buffer[..count];
    }
}

/// <summary>1 where a label volume holds one label, else 0.</summary>
internal readonly struct IndicatorVoxels(byte[] labels, byte label) : IVoxelReader
{
    public float At(int index) => labels[index] == label ? 1 : 0;

    public ReadOnlySpan<float> Read(int start, int count, Span<float> buffer)
    {
        ReadOnlySpan<byte> run = labels.AsSpan(start, count);
        for (int i = 0; i < run.Length; i++) buffer[i] = run[i] == label ? 1 : 0;
        return buffer[..count];
    }
}
