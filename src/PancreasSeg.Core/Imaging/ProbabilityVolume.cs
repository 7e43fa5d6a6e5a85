namespace PancreasSeg;

/// <summary>Probabilities in [0, 1] of one class on a <see cref="VolumeGrid"/>, column-fastest. Immutable.</summary>
public sealed class ProbabilityVolume
{
    private readonly float[] _values;

    /// <summary>Creates a probability volume. The array becomes the volume's own: do not write to it afterwards.</summary>
    /// <param name="grid">Where the voxels lie.</param>
    /// <param name="values">The probabilities, column-fastest.</param>
    /// <param name="source">The scan they tell of; null for one made in memory.</param>
    /// <exception cref="ArgumentException">The array's length differs from the grid's voxel count.</exception>
    public ProbabilityVolume(VolumeGrid grid, float[] values, VolumeSource? source = null)
    {
        ArgumentNullException.ThrowIfNull(grid);
        ArgumentNullException.ThrowIfNull(values);
        if (values.Length != grid.VoxelCount)
            throw new ArgumentException($"{values.Length} values do not fill a grid of {grid.VoxelCount} voxels.");
        (Grid, _values, Source) = (grid, values, source ?? new VolumeSource("probability"));
    }

    /// <summary>Where the voxels lie (LPS mm).</summary>
    public VolumeGrid Grid { get; }

    /// <summary>Where the scan came from.</summary>
    public VolumeSource Source { get; }

    /// <summary>Short name.</summary>
    public string Name => Source.Name;

    /// <summary>The probabilities, column-fastest.</summary>
    public ReadOnlyMemory<float> Values => _values;

    /// <summary>Name and grid.</summary>
    public override string ToString() => $"{Name} probabilities, {Grid}";
}
