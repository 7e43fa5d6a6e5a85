namespace PancreasSeg;

/// <summary>A mask or label map on a <see cref="VolumeGrid"/>: one byte per voxel, 0 is background. Immutable.</summary>
public sealed class LabelVolume
{
    /// <summary>Grids whose voxels differ by less than this part of a voxel are one grid.</summary>
    private const double GridTolerance = 0.02;

    private readonly byte[] _labels;

    /// <summary>Creates a label volume. The array becomes the volume's own: do not write to it afterwards.</summary>
    /// <param name="grid">Where the voxels lie.</param>
    /// <param name="labels">One label per voxel, column-fastest.</param>
    /// <param name="source">Where it came from.</param>
    /// <exception cref="ArgumentException">The array's length differs from the grid's voxel count.</exception>
    public LabelVolume(VolumeGrid grid, byte[] labels, VolumeSource source)
    {
        ArgumentNullException.ThrowIfNull(grid);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(source);
        if (labels.Length != grid.VoxelCount)
            throw new ArgumentException($"{labels.Length} labels do not fill a grid of {grid.VoxelCount} voxels.");
        (Grid, _labels, Source) = (grid, labels, source);
    }

    /// <summary>Where the voxels lie (LPS mm).</summary>
    public VolumeGrid Grid { get; }

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

    /// <summary>The labels, column-fastest.</summary>
    public ReadOnlyMemory<byte> Labels => _labels;

    /// <summary>Number of voxels with the given label.</summary>
    public int Count(byte label) => Labels.Span.Count(label);

    /// <summary>Volume of the voxels with the given label, in millilitres.</summary>
    public double VolumeMl(byte label = 1) => Count(label) * Grid.VoxelVolume / 1000;

    /// <summary>A binary mask: 1 where this volume holds <paramref name="label"/>, else 0.</summary>
    public LabelVolume Select(byte label)
    {
        var mask = new byte[_labels.Length];
        for (int i = 0; i < mask.Length; i++) mask[i] = _labels[i] == label ? (byte)1 : (byte)0;
        return new LabelVolume(Grid, mask, Source);
    }

    /// <summary>These labels alone; all others become 0.</summary>
    internal LabelVolume Only(IEnumerable<int> labels)
    {
        var kept = new byte[byte.MaxValue + 1];
        foreach (int label in labels) kept[label] = (byte)label;
        return new LabelVolume(Grid, Array.ConvertAll(_labels, label => kept[label]), Source);
    }

    /// <summary>These labels with their voxels in another grid's order, which a note says; null when the two do not have the same
    /// voxels.</summary>
    internal LabelVolume? OnVoxelsOf(VolumeGrid grid, CancellationToken cancellation)
    {
        if (Grid == grid) return this;
        if (IndexMap.Between(Grid, grid, GridTolerance) is not { IsReordering: true } map) return null;
        (string from, string to) = (Grid.Orientation, grid.Orientation);
        return new LabelVolume(
            grid, map.Copy(Labels, (byte)0, cancellation), from == to ? Source : Source.WithNote($"labels reordered from {from} to {to}"));
    }

    /// <summary>True when two grids have the same voxels, in any order of axes and directions.</summary>
    internal static bool SharesVoxels(VolumeGrid a, VolumeGrid b) =>
        a == b || IndexMap.Between(a, b, GridTolerance) is { IsReordering: true };

    /// <summary>Name, dimensions and voxel size.</summary>
    public override string ToString() => $"{Name}: {Grid}";
}
