using System.Buffers.Binary;
using System.IO.Compression;

namespace PancreasSeg.Core.Tests.Dicom;

/// <summary>A minimal reader of NIfTI-1 files written by other tools, independent of the product's own; the affine is RAS.</summary>
internal sealed record ReferenceNifti(int[] Size, double[,] Affine, float[] Values)
{
    public static ReferenceNifti Read(string path)
    {
        using var file = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        using var memory = new MemoryStream();
        file.CopyTo(memory);
        byte[] b = memory.ToArray();
        short I16(int at) => BinaryPrimitives.ReadInt16LittleEndian(b.AsSpan(at));
        float F32(int at) => BinaryPrimitives.ReadSingleLittleEndian(b.AsSpan(at));
        int[] size = [I16(42), I16(44), I16(46)];
        double[,] affine = I16(254) > 0 ? Sform(F32) : Qform(F32);
        int offset = (int)F32(108), type = I16(70);
        float slope = F32(112) is 0 or float.NaN ? 1 : F32(112), intercept = F32(112) is 0 or float.NaN ? 0 : F32(116);
        var values = new float[size[0] * size[1] * size[2]];
        for (int i = 0; i < values.Length; i++)
            values[i] = slope * type switch
            {
                4 => I16(offset + 2 * i),
                8 => BinaryPrimitives.ReadInt32LittleEndian(b.AsSpan(offset + 4 * i)),
                16 => F32(offset + 4 * i),
                64 => (float)BinaryPrimitives.ReadDoubleLittleEndian(b.AsSpan(offset + 8 * i)),
                512 => (ushort)I16(offset + 2 * i),
                _ => throw new NotSupportedException($"datatype {type}"),
            } + intercept;
        return new ReferenceNifti(size, affine, values);
    }

    private static double[,] Sform(Func<int, float> at)
    {
        var affine = new double[3, 4];
        for (int row = 0; row < 3; row++)
            for (int column = 0; column < 4; column++)
                affine[row, column] = at(280 + 16 * row + 4 * column);
        return affine;
    }

    // nifti1.h, "method 2".
    private static double[,] Qform(Func<int, float> at)
    {
        double b = at(256), c = at(260), d = at(264), a = Math.Sqrt(Math.Max(0, 1 - b * b - c * c - d * d));
        double x = at(80), y = at(84), z = at(88) * (at(76) < 0 ? -1 : 1);
        return new[,]
        {
            { (a * a + b * b - c * c - d * d) * x, 2 * (b * c - a * d) * y, 2 * (b * d + a * c) * z, at(268) },
            { 2 * (b * c + a * d) * x, (a * a + c * c - b * b - d * d) * y, 2 * (c * d - a * b) * z, at(272) },
            { 2 * (b * d - a * c) * x, 2 * (c * d + a * b) * y, (a * a + d * d - c * c - b * b) * z, at(276) },
        };
    }

    /// <summary>LPS position of a voxel.</summary>
    public Vector3D World(double i, double j, double k)
    {
        double At(int row) => Affine[row, 0] * i + Affine[row, 1] * j + Affine[row, 2] * k + Affine[row, 3];
        return new Vector3D(-At(0), -At(1), At(2));
    }

    /// <summary>Every voxel of a volume must lie on a voxel of this file with the same value, whatever the order of the axes.</summary>
    public void AssertSameAs(CtVolume volume, double toleranceMm = 1e-3)
    {
        VolumeGrid grid = volume.Grid;
        Assert.Equal(Size.Order(), volume.Size.Order());
        AffineTransform world =
            new(World(1, 0, 0) - World(0, 0, 0), World(0, 1, 0) - World(0, 0, 0), World(0, 0, 1) - World(0, 0, 0), World(0, 0, 0));
        AffineTransform toIndex = world.Inverse().Compose(grid.Affine);
        for (int k = 0; k < grid.Slices; k++)
            for (int r = 0; r < grid.Rows; r++)
                for (int c = 0; c < grid.Columns; c++)
                {
                    Vector3D index = toIndex.Apply(new(c, r, k));
                    var near = new Vector3D(Math.Round(index.X), Math.Round(index.Y), Math.Round(index.Z));
                    double distance = (world.Apply(near) - grid.Affine.Apply(new(c, r, k))).Length;
                    float expected = Values[(int)near.X + Size[0] * ((int)near.Y + Size[1] * (int)near.Z)];
                    if (distance > toleranceMm || expected != volume.GetHu(c, r, k))
                        Assert.Fail($"voxel ({c}, {r}, {k}): {distance} mm off, {volume.GetHu(c, r, k)} HU where {expected} is right");
                }
    }
}
