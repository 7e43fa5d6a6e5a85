namespace PancreasSeg;

/// <summary>Three doubles: a point or a direction in LPS millimetres, or a continuous voxel index (column, row, slice).</summary>
public readonly record struct Vector3D(double X, double Y, double Z)
{
    /// <summary>Euclidean length.</summary>
    public double Length => Math.Sqrt(Dot(this, this));

    /// <summary>True when no component is NaN or infinite.</summary>
    public bool IsFinite => double.IsFinite(X) && double.IsFinite(Y) && double.IsFinite(Z);

    /// <summary>The component of axis 0, 1 or 2.</summary>
    public double this[int axis] => axis switch
    {
        0 => X,
        1 => Y,
        2 => Z,
        _ => throw new ArgumentOutOfRangeException(nameof(axis)),
    };

    /// <summary>Scalar product.</summary>
    public static double Dot(Vector3D a, Vector3D b) => a.X * b.X + a.Y * b.Y + a.Z * b.Z;

    /// <summary>Right-handed vector product.</summary>
    public static Vector3D Cross(Vector3D a, Vector3D b) =>
        new(a.Y * b.Z - a.Z * b.Y, a.Z * b.X - a.X * b.Z, a.X * b.Y - a.Y * b.X);

    /// <summary>Component-wise sum.</summary>
    public static Vector3D operator +(Vector3D a, Vector3D b) => new(a.X + b.X, a.Y + b.Y, a.Z + b.Z);

    /// <summary>Component-wise difference.</summary>
    public static Vector3D operator -(Vector3D a, Vector3D b) => new(a.X - b.X, a.Y - b.Y, a.Z - b.Z);

    /// <summary>Opposite direction.</summary>
    public static Vector3D operator -(Vector3D a) => new(-a.X, -a.Y, -a.Z);

    /// <summary>Scaled by a factor.</summary>
    public static Vector3D operator *(Vector3D a, double factor) => new(a.X * factor, a.Y * factor, a.Z * factor);

    /// <summary>Divided by a number.</summary>
    public static Vector3D operator /(Vector3D a, double divisor) => new(a.X / divisor, a.Y / divisor, a.Z / divisor);

    /// <summary>The components as an array of three.</summary>
    public double[] ToArray() => [X, Y, Z];

    /// <summary>Invariant text such as <c>0.78 x 0.78 x 2.5</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"{X:0.####} x {Y:0.####} x {Z:0.####}");
}
