namespace PancreasSeg;

/// <summary>Probabilities in [0, 1] of one class on a <see cref="VolumeGrid"/>, column-fastest. Immutable.</summary>
public sealed class ProbabilityVolume
{
    private readonly float[] _values;

    /// <summary>Creates a probability volume. The array becomes the volume's own: do not write to it afterwards.</summary>
    /// <exception cref="ArgumentException">The array's length differs from the grid's voxel count.</exception>
    public ProbabilityVolume(VolumeGrid grid, float[] values)
    {
        ArgumentNullException.ThrowIfNull(grid);
        ArgumentNullException.ThrowIfNull(values);
        if (values.Length != grid.VoxelCount)
            throw new ArgumentException($"{values.Length} values do not fill a grid of {grid.VoxelCount} voxels.");
        (Grid, _values) = (grid, values);
    }

    /// <summary>Where the voxels lie (LPS mm).</summary>
    public VolumeGrid Grid { get; }

    /// <summary>The probabilities, column-fastest.</summary>
    public ReadOnlyMemory<float> Values => _values;
}
