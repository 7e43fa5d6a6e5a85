namespace PancreasSeg.Core.Tests.Pictures;

/// <summary>Volumes of which every point's value is known, on whatever grid.</summary>
internal static class PreviewPhantom
{
    /// <summary>A grid of about the given size round the origin.</summary>
    /// <param name="kind">How its axes lie.</param>
    public static VolumeGrid Grid(string kind)
    {
        (double cos, double sin) = (Math.Cos(0.4), Math.Sin(0.4));
        return kind switch
        {
            "plain" => Centred(60, 60, 60, new(2, 0, 0), new(0, 2, 0), new(0, 0, 2)),
            "reversed" => Centred(60, 60, 60, new(-2, 0, 0), new(0, -2, 0), new(0, 0, -2)),
            "sagittal" => Centred(60, 60, 60, new(0, 2, 0), new(0, 0, -2), new(2, 0, 0)),
            "oblique" => Centred(60, 60, 60, new(2 * cos, 2 * sin, 0), new(-2 * sin, 2 * cos, 0), new(0, 0, 2)),
            "anisotropic" => Centred(150, 150, 24, new(0.8, 0, 0), new(0, 0.8, 0), new(0, 0, 5)),
            "tiny" => Centred(24, 24, 24, new(0.2, 0, 0), new(0, 0.2, 0), new(0, 0, 0.2)),
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
    }

    public static LabelVolume Ball(VolumeGrid grid, Vector3D centre, double radius)
    {
        var labels = new byte[grid.VoxelCount];
        for (int i = 0; i < labels.Length; i++) labels[i] = (At(grid, i) - centre).Length < radius ? (byte)1 : (byte)0;
        return new LabelVolume(grid, labels, new("x"));
    }

    public static CtVolume Ct(VolumeGrid grid, Func<Vector3D, short> hu)
    {
        var values = new short[grid.VoxelCount];
        for (int i = 0; i < values.Length; i++) values[i] = hu(At(grid, i));
        return new CtVolume(grid, values, new("x"));
    }

    private static Vector3D At(VolumeGrid grid, int index)
    {
        (int column, int row, int slice) = grid.VoxelOf(index);
        return grid.Affine.Apply(new(column, row, slice));
    }

    private static VolumeGrid Centred(int columns, int rows, int slices, Vector3D a, Vector3D b, Vector3D c) =>
        new(columns, rows, slices, new(a, b, c, -(a * (columns - 1) + b * (rows - 1) + c * (slices - 1)) / 2));
}
