namespace PancreasSeg.Pictures;

/// <summary>A window onto a plane along the patient's axes, of square pixels.</summary>
/// <param name="Centre">LPS mm of its middle.</param>
/// <param name="Right">Unit vector from left to right of the picture.</param>
/// <param name="Down">Unit vector from top to bottom.</param>
/// <param name="Pixel">Mm a pixel.</param>
/// <param name="Left">First column of the picture.</param>
/// <param name="Top">First row of the picture.</param>
/// <param name="Columns">Columns of the picture.</param>
/// <param name="Rows">Rows of the picture.</param>
internal sealed record PlaneView(
    Vector3D Centre, Vector3D Right, Vector3D Down, double Pixel, int Left, int Top, int Columns, int Rows)
{
    public const float WindowLow = -160, WindowHigh = 240;

    private const float HalfLine = 1.1f, FillShare = 0.16f, LeastSlope = 1e-4f;
    private const int Dash = 7;

    public static Rgb MaskColour => new(255, 96, 56);

    public static Rgb ReferenceColour => new(72, 226, 120);

    /// <summary>The letters of the patient's sides at the left, right, top and bottom.</summary>
    public string Letters => $"{Letter(-Right)}{Letter(Right)}{Letter(-Down)}{Letter(Down)}";

    /// <summary>Draws the CT, a fill and a soft line round the mask, and a dashed line round the reference.</summary>
    public void Draw(PngImage image, CtVolume ct, MaskPlace? mask, MaskPlace? reference, CancellationToken cancellation)
    {
        Vector3D right = Right * Pixel, down = Down * Pixel, normal = Vector3D.Cross(Right, Down) * Pixel;
        var plane = new VolumeGrid(Columns, Rows, 1, new AffineTransform(
            right, down, normal, Centre - right * ((Columns - 1) / 2.0) - down * ((Rows - 1) / 2.0)));
        CtVolume slice = ct.To(plane, cancellation);
        for (int i = 0; i < plane.VoxelCount; i++)
            image.Blend(Left + i % Columns, Top + i / Columns, Rgb.Grey((slice.HuAt(i) - WindowLow) / (WindowHigh - WindowLow)));
        if (reference is not null) Outline(image, reference.Cover.To(plane, cancellation).Values.Span, ReferenceColour, dashed: true);
        if (mask is not null) Outline(image, mask.Cover.To(plane, cancellation).Values.Span, MaskColour, dashed: false);
    }

    /// <summary>The row of the picture at a height in mm of the patient, of a plane that stands upright.</summary>
    public int RowOf(double height) => Top + (int)Math.Round((Centre.Z - height) / Pixel + (Rows - 1) / 2.0);

    /// <summary>The line where half is covered; its distance follows from cover and slope.</summary>
    private void Outline(PngImage image, ReadOnlySpan<float> cover, Rgb colour, bool dashed)
    {
        for (int row = 0; row < Rows; row++)
            for (int column = 0; column < Columns; column++)
            {
                int i = column + Columns * row;
                float across = Slope(cover[i - (column > 0 ? 1 : 0)], cover[i + (column < Columns - 1 ? 1 : 0)]),
                    along = Slope(cover[i - (row > 0 ? Columns : 0)], cover[i + (row < Rows - 1 ? Columns : 0)]);
                float slope = MathF.Sqrt(across * across + along * along);
                float line = slope < LeastSlope ? 0 : Math.Clamp(HalfLine + 0.5f - MathF.Abs(cover[i] - 0.5f) / slope, 0, 1);
                if (dashed && (column + row) / Dash % 2 == 1) line = 0;
                float share = Math.Max(line, dashed ? 0 : FillShare * cover[i]);
                if (share > 0) image.Blend(Left + column, Top + row, colour, share);
            }
    }

    private static float Slope(float before, float after) => (after - before) / 2;

    // Of LPS: x runs to the left, y to the back, z to the head.
    private static char Letter(Vector3D axis) => axis.X > 0.5 ? 'L' : axis.X < -0.5 ? 'R' : axis.Y > 0.5 ? 'P' : axis.Y < -0.5 ? 'A'
        : axis.Z > 0.5 ? 'H' : 'F';
}
