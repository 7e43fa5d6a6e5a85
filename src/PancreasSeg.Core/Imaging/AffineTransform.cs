namespace PancreasSeg;

/// <summary>
/// An affine map p -> A p + t of 3-D points. As the geometry of a volume it takes voxel indices (column, row, slice)
/// to LPS millimetres; its three columns are the steps of one voxel along each index axis.
/// </summary>
public sealed record AffineTransform(Vector3D ColumnStep, Vector3D RowStep, Vector3D SliceStep, Vector3D Translation)
{
    /// <summary>Determinant of the linear part; zero when the map cannot be inverted, negative when it mirrors.</summary>
    public double Determinant => Vector3D.Dot(ColumnStep, Vector3D.Cross(RowStep, SliceStep));

    /// <summary>The column of the linear part for index axis 0, 1 or 2.</summary>
    public Vector3D Step(int axis) => axis switch
    {
        0 => ColumnStep,
        1 => RowStep,
        2 => SliceStep,
        _ => throw new ArgumentOutOfRangeException(nameof(axis)),
    };

    /// <summary>The three steps and the translation in mm.</summary>
    public override string ToString() => $"columns {ColumnStep}, rows {RowStep}, slices {SliceStep}, from {Translation} mm";

    /// <summary>Maps a point.</summary>
    public Vector3D Apply(Vector3D point) =>
        ColumnStep * point.X + RowStep * point.Y + SliceStep * point.Z + Translation;

    /// <summary>
    /// The same map with perpendicular steps where they are so nearly: of all orthonormal frames the one nearest to the directions of the
    /// three steps (the orthogonal factor of their polar decomposition, by Newton's iteration: Higham 1986), each step as long as before.
    /// </summary>
    /// <param name="tolerance">Largest cosine between two steps that is taken for rounding; beyond it, and below what 32-bit floats hold,
    /// the map stays as it is.</param>
    public AffineTransform Squared(double tolerance)
    {
        Vector3D[] axes = [ColumnStep / ColumnStep.Length, RowStep / RowStep.Length, SliceStep / SliceStep.Length];
        double Skew() => Math.Max(Math.Abs(Vector3D.Dot(axes[0], axes[1])),
            Math.Max(Math.Abs(Vector3D.Dot(axes[1], axes[2])), Math.Abs(Vector3D.Dot(axes[0], axes[2]))));
        if (!(Skew() <= tolerance) || Skew() <= 1e-6) return this;
        for (int i = 0; i < 8; i++)
        {
            // The columns of the transposed inverse are the cross products over the determinant.
            Vector3D[] inverse = [Vector3D.Cross(axes[1], axes[2]), Vector3D.Cross(axes[2], axes[0]), Vector3D.Cross(axes[0], axes[1])];
            double determinant = Vector3D.Dot(axes[0], inverse[0]);
            for (int axis = 0; axis < 3; axis++) axes[axis] = (axes[axis] + inverse[axis] / determinant) * 0.5;
        }
        return new AffineTransform(axes[0] * ColumnStep.Length, axes[1] * RowStep.Length, axes[2] * SliceStep.Length, Translation);
    }

    /// <summary>The map that undoes this one.</summary>
    /// <exception cref="InvalidOperationException">The linear part is singular.</exception>
    public AffineTransform Inverse()
    {
        double det = Determinant;
        if (!double.IsFinite(det) || det == 0)
            throw new InvalidOperationException("The affine cannot be inverted: its steps lie in one plane.");
        // Rows of the inverse are the cross products of the columns over the determinant (Cramer's rule).
        Vector3D r0 = Vector3D.Cross(RowStep, SliceStep) / det;
        Vector3D r1 = Vector3D.Cross(SliceStep, ColumnStep) / det;
        Vector3D r2 = Vector3D.Cross(ColumnStep, RowStep) / det;
        return new AffineTransform(
            new(r0.X, r1.X, r2.X),
            new(r0.Y, r1.Y, r2.Y),
            new(r0.Z, r1.Z, r2.Z),
            new(-Vector3D.Dot(r0, Translation), -Vector3D.Dot(r1, Translation), -Vector3D.Dot(r2, Translation)));
    }

    /// <summary>The map that first applies <paramref name="inner"/>, then this one.</summary>
    public AffineTransform Compose(AffineTransform inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        Vector3D origin = Apply(inner.Translation);
        return new AffineTransform(
            Apply(inner.ColumnStep) - Translation,
            Apply(inner.RowStep) - Translation,
            Apply(inner.SliceStep) - Translation,
            origin);
    }
}
