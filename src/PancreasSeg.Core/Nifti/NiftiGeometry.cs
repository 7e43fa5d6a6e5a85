namespace PancreasSeg.Nifti;

/// <summary>
/// The three ways a NIfTI-1 header places its voxels (nifti1.h, "3D IMAGE (VOLUME) ORIENTATION AND LOCATION IN SPACE").
/// On disk the world is RAS; here it is LPS: x and y change sign.
/// </summary>
internal static class NiftiGeometry
{
    /// <summary>Method 3: the rows of the affine as stored.</summary>
    /// <param name="rows">srow_x, srow_y and srow_z: 3 x 4, row-major, RAS.</param>
    /// <param name="toMm">Millimetres per stored unit of length.</param>
    public static AffineTransform FromSform(ReadOnlySpan<double> rows, double toMm)
    {
        var m = new Vector3D[4];
        for (int i = 0; i < 4; i++) m[i] = FlipXY(new Vector3D(rows[i], rows[4 + i], rows[8 + i]) * toMm);
        return new AffineTransform(m[0], m[1], m[2], m[3]);
    }

    /// <summary>Method 2: a rotation as the quaternion (a, b, c, d) with a >= 0 implied, voxel sizes and an offset.</summary>
    /// <param name="b">Imaginary parts of the unit quaternion.</param>
    /// <param name="c">See <paramref name="b"/>.</param>
    /// <param name="d">See <paramref name="b"/>.</param>
    /// <param name="spacing">pixdim[1..3] in mm.</param>
    /// <param name="offset">qoffset in mm, RAS.</param>
    /// <param name="mirrored">pixdim[0] (qfac) is negative: the third axis is reversed.</param>
    /// <returns>The LPS affine; null when (b, c, d) is longer than a unit quaternion allows.</returns>
    public static AffineTransform? FromQform(double b, double c, double d, Vector3D spacing, Vector3D offset, bool mirrored)
    {
        double rest = 1 - (b * b + c * c + d * d);
        if (!(rest > -1e-4)) return null;
        if (rest < 1e-7)
        {
            // Below float32 rounding the angle is taken as exactly 180 degrees, as in nifticlib.
            double length = Math.Sqrt(b * b + c * c + d * d);
            (b, c, d, rest) = (b / length, c / length, d / length, 0);
        }
        double a = Math.Sqrt(rest);
        Vector3D x = new(a * a + b * b - c * c - d * d, 2 * (b * c + a * d), 2 * (b * d - a * c));
        Vector3D y = new(2 * (b * c - a * d), a * a + c * c - b * b - d * d, 2 * (c * d + a * b));
        Vector3D z = new(2 * (b * d + a * c), 2 * (c * d - a * b), a * a + d * d - b * b - c * c);
        return new AffineTransform(
            FlipXY(x * spacing.X), FlipXY(y * spacing.Y), FlipXY(z * (mirrored ? -spacing.Z : spacing.Z)), FlipXY(offset));
    }

    /// <summary>Method 1, without orientation or position: voxel sizes along the RAS axes.</summary>
    public static AffineTransform FromSpacing(Vector3D spacing) =>
        new(FlipXY(new(spacing.X, 0, 0)), FlipXY(new(0, spacing.Y, 0)), new(0, 0, spacing.Z), default);

    /// <summary>The RAS quaternion (b, c, d; a >= 0) of an orthogonal grid and whether its third axis must be reversed (qfac -1).</summary>
    public static (double B, double C, double D, bool Mirrored) ToQuaternion(VolumeGrid grid)
    {
        Vector3D x = FlipXY(grid.Direction(0)), y = FlipXY(grid.Direction(1)), z = FlipXY(grid.Direction(2));
        bool mirrored = Vector3D.Dot(x, Vector3D.Cross(y, z)) < 0;
        if (mirrored) z = -z;
        // The four squares follow from the diagonal; the largest gives the rest without cancellation (Shepperd 1978).
        ReadOnlySpan<double> squares = [1 + x.X + y.Y + z.Z, 1 + x.X - y.Y - z.Z, 1 - x.X + y.Y - z.Z, 1 - x.X - y.Y + z.Z];
        int largest = 0;
        for (int i = 1; i < 4; i++)
            if (squares[i] > squares[largest]) largest = i;
        double s = squares[largest];
        (double a, double b, double c, double d) = largest switch
        {
            0 => (s, y.Z - z.Y, z.X - x.Z, x.Y - y.X),
            1 => (y.Z - z.Y, s, y.X + x.Y, z.X + x.Z),
            2 => (z.X - x.Z, y.X + x.Y, s, z.Y + y.Z),
            _ => (x.Y - y.X, z.X + x.Z, z.Y + y.Z, s),
        };
        double norm = Math.Sqrt(a * a + b * b + c * c + d * d) * (a < 0 ? -1 : 1);
        return (b / norm, c / norm, d / norm, mirrored);
    }

    /// <summary>RAS to LPS and back; adding zero turns -0 into 0, so that equal geometry is written as equal bytes.</summary>
    public static Vector3D FlipXY(Vector3D v) => new(0.0 - v.X, 0.0 - v.Y, v.Z + 0.0);
}
