namespace PancreasSeg.Dicom;

/// <summary>
/// The plane of one slice in LPS mm (DICOM PS3.3 C.7.6.2.1.1): pixel (column c, row r) has its centre at
/// <c>Position + c * ColumnStep + r * RowStep</c>.
/// </summary>
internal sealed record PlaneGeometry(
    Vector3D Position, Vector3D RowDirection, Vector3D ColumnDirection, double ColumnSpacing, double RowSpacing)
{
    // Orientations are written with as few as four decimals.
    private const double UnitTolerance = 1e-3;

    public Vector3D ColumnStep => RowDirection * ColumnSpacing;

    public Vector3D RowStep => ColumnDirection * RowSpacing;

    /// <summary>Unit normal; with columns and rows it forms a right-handed frame.</summary>
    public Vector3D Normal
    {
        get
        {
            Vector3D normal = Vector3D.Cross(RowDirection, ColumnDirection);
            return normal / normal.Length;
        }
    }

    /// <summary>Reads position, orientation and pixel spacing; says what is wrong with them instead where something is.</summary>
    public static PlaneGeometry? Read(FrameAttributes frame, out string? fault)
    {
        double[]? position = frame.Numbers(DicomTag.ImagePositionPatient);
        double[]? orientation = frame.Numbers(DicomTag.ImageOrientationPatient);
        double[]? spacing = frame.Numbers(DicomTag.PixelSpacing);
        fault = Fault(position, orientation, spacing);
        return fault is not null ? null : new PlaneGeometry(
            new(position![0], position[1], position[2]),
            Unit(new(orientation![0], orientation[1], orientation[2])),
            Unit(new(orientation[3], orientation[4], orientation[5])),
            ColumnSpacing: spacing![1], RowSpacing: spacing[0]);
    }

    private static Vector3D Unit(Vector3D direction) => direction / direction.Length;

    private static string? Fault(double[]? position, double[]? orientation, double[]? spacing)
    {
        if (position is null) return "has no Image Position (Patient) (0020,0032)";
        if (position.Length != 3 || position.Any(v => !(Math.Abs(v) < 1e6)))
            return "has an impossible Image Position (Patient) (0020,0032)";
        if (orientation is null) return "has no Image Orientation (Patient) (0020,0037)";
        if (orientation.Length != 6 || !IsOrthonormal(orientation))
            return "has an impossible Image Orientation (Patient) (0020,0037): not two perpendicular unit vectors";
        if (spacing is null) return "has no Pixel Spacing (0028,0030)";
        if (spacing.Length != 2 || spacing.Any(v => !(v is > 1e-3 and < 100)))
            return "has an impossible Pixel Spacing (0028,0030)";
        return null;
    }

    private static bool IsOrthonormal(double[] o)
    {
        Vector3D row = new(o[0], o[1], o[2]), column = new(o[3], o[4], o[5]);
        return Math.Abs(row.Length - 1) <= UnitTolerance && Math.Abs(column.Length - 1) <= UnitTolerance
            && Math.Abs(Vector3D.Dot(row, column)) <= UnitTolerance;
    }
}
