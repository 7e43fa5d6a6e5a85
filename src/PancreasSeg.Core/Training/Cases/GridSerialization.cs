namespace PancreasSeg.Training;

/// <summary>A grid in a binary file: three dimensions and the affine's twelve numbers.</summary>
internal static class GridSerialization
{
    public static void WriteGrid(this BinaryWriter writer, VolumeGrid grid)
    {
        for (int axis = 0; axis < 3; axis++) writer.Write(grid.Size(axis));
        foreach (Vector3D v in new[] { grid.Affine.ColumnStep, grid.Affine.RowStep, grid.Affine.SliceStep, grid.Affine.Translation })
            for (int i = 0; i < 3; i++) writer.Write(v[i]);
    }

    public static VolumeGrid ReadGrid(this BinaryReader reader)
    {
        (int columns, int rows, int slices) = (reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32());
        return new VolumeGrid(columns, rows, slices, new AffineTransform(ReadVector(), ReadVector(), ReadVector(), ReadVector()));
        Vector3D ReadVector() => new(reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble());
    }
}
