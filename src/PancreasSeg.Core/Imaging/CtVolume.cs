namespace PancreasSeg;

/// <summary>
/// A CT volume in Hounsfield units on a <see cref="VolumeGrid"/>, stored as 16-bit integers where every HU is one, else as
/// 32-bit floats. Immutable: each processing step returns a new volume.
/// </summary>
public sealed class CtVolume
{
    private readonly short[]? _integers;
    private readonly float[]? _floats;

    /// <summary>Creates a volume of whole-number HU. The array becomes the volume's own: do not write to it afterwards.</summary>
    /// <exception cref="ArgumentException">The array's length differs from the grid's voxel count.</exception>
    public CtVolume(VolumeGrid grid, short[] hu, VolumeSource source) : this(grid, source, hu?.Length ?? 0) => _integers = hu;

    /// <summary>Creates a volume of fractional HU. The array becomes the volume's own: do not write to it afterwards.</summary>
    /// <exception cref="ArgumentException">The array's length differs from the grid's voxel count.</exception>
    public CtVolume(VolumeGrid grid, float[] hu, VolumeSource source) : this(grid, source, hu?.Length ?? 0) => _floats = hu;

    private CtVolume(VolumeGrid grid, VolumeSource source, int length)
    {
        ArgumentNullException.ThrowIfNull(grid);
        ArgumentNullException.ThrowIfNull(source);
        if (length != grid.VoxelCount)
            throw new ArgumentException($"{length} values do not fill a grid of {grid.VoxelCount} voxels.");
        (Grid, Source) = (grid, source);
    }

    /// <summary>HU of air, used outside the field of view.</summary>
    public const short AirHu = -1024;

    /// <summary>Where the voxels lie (LPS mm).</summary>
    public VolumeGrid Grid { get; }

    /// <summary>What the files hold where there is air in place of their padding; an export writes it, nothing that computes sees
    /// it.</summary>
    internal IReadOnlyList<StoredRun> Padding { get; init; } = [];

    /// <summary>Where the volume came from.</summary>
    public VolumeSource Source { get; }

    /// <summary>Short name for default output files.</summary>
    public string Name => Source.Name;

    /// <summary>The file or folder it was read from; null for a volume made in memory.</summary>
    public string? SourcePath => Source.Path;

    /// <summary>SeriesInstanceUID; null when not from DICOM.</summary>
    public string? SeriesUid => Source.SeriesUid;

    /// <summary>Voxels along column, row and slice index.</summary>
    public IReadOnlyList<int> Size => ReadableList.Of<int>([Grid.Columns, Grid.Rows, Grid.Slices]);

    /// <summary>Voxel size in mm along column, row and slice index.</summary>
    public IReadOnlyList<double> Spacing => ReadableList.Of(Grid.Spacing.ToArray());

    /// <summary>True when the values are held as 16-bit integers.</summary>
    public bool IsInteger => _integers is not null;

    /// <summary>Memory of the values.</summary>
    internal long Bytes => (long)Grid.VoxelCount * (IsInteger ? sizeof(short) : sizeof(float));

    /// <summary>The values, column-fastest, when <see cref="IsInteger"/>; else empty.</summary>
    public ReadOnlyMemory<short> Integers => _integers;

    /// <summary>The values, column-fastest, when not <see cref="IsInteger"/>; else empty.</summary>
    public ReadOnlyMemory<float> Floats => _floats;

    /// <summary>The same values under another source.</summary>
    internal CtVolume With(VolumeSource source) => _integers is not null ? new CtVolume(Grid, _integers, source) { Padding = Padding }
        : new CtVolume(Grid, _floats!, source) { Padding = Padding };

    /// <summary>HU of one voxel.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The index lies outside the grid.</exception>
    public float GetHu(int column, int row, int slice)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)column, (uint)Grid.Columns, nameof(column));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Grid.Rows, nameof(row));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)slice, (uint)Grid.Slices, nameof(slice));
        return HuAt(Grid.IndexOf(column, row, slice));
    }

    /// <summary>HU of the voxel at an array offset.</summary>
    internal float HuAt(int index) => _integers is null ? _floats![index] : _integers[index];

    /// <summary>Name, dimensions and voxel size.</summary>
    public override string ToString() => $"{Name}: {Grid}";
}
