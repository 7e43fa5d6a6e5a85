namespace PancreasSeg.Pictures;

/// <summary>
/// A picture of a CT and its mask: an axial, a coronal and a sagittal plane through the middle of the mask, each along the
/// patient's own axes whatever the grid, in radiological convention (the patient's right on the left), with the mask's outline
/// in red, over that of a reference in green, letters for the directions and a bar of 50 mm. Soft-tissue window, -160 to 240 HU.
/// </summary>
public static class SegmentationPreview
{
    private const int Gap = 8, BarMm = 50;
    private const float WindowLow = -160, WindowHigh = 240;

    /// <summary>HU shown black and white.</summary>
    internal static (double Low, double High) Window => (WindowLow, WindowHigh);

    /// <summary>Draws the picture.</summary>
    /// <param name="ct">The CT.</param>
    /// <param name="mask">Non-zero voxels are outlined. Null or empty: the words NO MASK, planes through the reference, or else the
    /// volume's centre.</param>
    /// <param name="panelSize">Pixels along each side of a plane's panel.</param>
    /// <param name="reference">The truth beside the mask; non-zero voxels are outlined where the mask's outline is not. Null for
    /// none.</param>
    /// <param name="cancellation">Looked at between planes.</param>
    /// <returns>The bytes of a PNG file. They hold no text of the source.</returns>
    /// <exception cref="CoreException"><see cref="Fault.GridMismatch"/> when the mask or the reference lies on another grid.</exception>
    public static byte[] Render(
        CtVolume ct, LabelVolume? mask, int panelSize = 400, LabelVolume? reference = null, CancellationToken cancellation = default)
        => Draw(ct, mask, panelSize, reference, cancellation).ToPng();

    /// <summary>Draws the picture as pixels; as for <see cref="Render"/>.</summary>
    internal static PngImage Draw(
        CtVolume ct, LabelVolume? mask, int panelSize = 400, LabelVolume? reference = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(ct);
        foreach (LabelVolume? labels in new[] { mask, reference })
            if (labels is not null && !labels.Grid.Matches(ct.Grid))
                throw new CoreException(
                    Fault.GridMismatch, $"'{labels.Name}' ({labels.Grid}) does not lie on the grid of the CT ({ct.Grid}).", labels.Name,
                    "Bring it there with Resize-Volume -Like.");
        Vector3D? found = mask is null ? null : Middle(mask);
        VolumeGrid grid = ct.Grid;
        Vector3D middle = found ?? (reference is null ? null : Middle(reference)) ?? grid.Centre;
        (Vector3D low, Vector3D high) = Extent(grid);
        Vector3D extent = high - low;
        double pixel = Math.Max(extent.X, Math.Max(extent.Y, extent.Z)) / panelSize;

        (Vector3D Right, Vector3D Down, string Letters)[] planes =
        [
            (new(1, 0, 0), new(0, 1, 0), "RLAP"),
            (new(1, 0, 0), new(0, 0, -1), "RLHF"),
            (new(0, 1, 0), new(0, 0, -1), "APHF"),
        ];
        var image = new PngImage(3 * panelSize + 4 * Gap, panelSize + 2 * Gap);
        for (int i = 0; i < planes.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            (Vector3D right, Vector3D down, string letters) = planes[i];
            int columns = Pixels(extent, right, pixel), rows = Pixels(extent, down, pixel);
            VolumeGrid plane = Plane(middle, (low + high) / 2, right * pixel, down * pixel, columns, rows);
            int left = Gap + i * (panelSize + Gap) + (panelSize - columns) / 2, top = Gap + (panelSize - rows) / 2;
            Draw(image, left, top, ct.To(plane, cancellation), mask?.To(plane, cancellation), reference?.To(plane, cancellation));
            Label(image, Gap + i * (panelSize + Gap), panelSize, letters);
            image.Fill(Gap + i * (panelSize + Gap) + 12, panelSize - 6, (int)Math.Round(BarMm / pixel), 3, 255, 255, 255);
            image.Text("50 mm", Gap + i * (panelSize + Gap) + 46, panelSize - 20);
            if (found is null) image.Text("NO MASK", Gap + i * (panelSize + Gap) + panelSize / 2, Gap + 36);
        }
        return image;
    }

    /// <summary>A plane of square pixels through <paramref name="through"/>, centred on the volume along its own two axes.</summary>
    private static VolumeGrid Plane(Vector3D through, Vector3D centre, Vector3D right, Vector3D down, int columns, int rows)
    {
        Vector3D normal = Vector3D.Cross(right, down) / right.Length;
        Vector3D unit = normal / normal.Length;
        Vector3D origin = centre + unit * Vector3D.Dot(through - centre, unit) - right * ((columns - 1) / 2.0) - down * ((rows - 1) / 2.0);
        return new VolumeGrid(columns, rows, 1, new AffineTransform(right, down, normal, origin));
    }

    private static void Draw(PngImage image, int left, int top, CtVolume ct, LabelVolume? mask, LabelVolume? reference)
    {
        VolumeGrid grid = ct.Grid;
        for (int row = 0; row < grid.Rows; row++)
            for (int column = 0; column < grid.Columns; column++)
            {
                float share = (ct.GetHu(column, row, 0) - WindowLow) / (WindowHigh - WindowLow);
                byte grey = (byte)Math.Clamp(255 * share, 0, 255);
                if (IsOutline(mask, column, row)) image.Set(left + column, top + row, 255, 60, 50);
                else if (IsOutline(reference, column, row)) image.Set(left + column, top + row, 70, 220, 90);
                else image.Set(left + column, top + row, grey, grey, grey);
            }
    }

    private static bool IsOutline(LabelVolume? mask, int column, int row)
    {
        if (mask is null) return false;
        bool Inside(int c, int r) =>
            (uint)c < (uint)mask.Grid.Columns && (uint)r < (uint)mask.Grid.Rows && mask.Labels.Span[c + mask.Grid.Columns * r] != 0;
        return Inside(column, row)
            && !(Inside(column - 1, row) && Inside(column + 1, row) && Inside(column, row - 1) && Inside(column, row + 1));
    }

    private static void Label(PngImage image, int left, int panelSize, string letters)
    {
        int middle = Gap + panelSize / 2;
        image.Text(letters[..1], left + 12, middle);
        image.Text(letters[1..2], left + panelSize - 12, middle);
        image.Text(letters[2..3], left + panelSize / 2, Gap + 12);
        image.Text(letters[3..4], left + panelSize / 2, panelSize - 6);
    }

    private static int Pixels(Vector3D extent, Vector3D axis, double pixel) =>
        Math.Max(1, (int)Math.Round(Math.Abs(Vector3D.Dot(extent, axis)) / pixel));

    /// <summary>The voxel nearest the centroid: a curved mask has its centroid outside, where the planes would miss it.</summary>
    private static Vector3D? Middle(LabelVolume mask)
    {
        (Vector3D sum, int count) = (default, 0);
        VolumeGrid grid = mask.Grid;
        ReadOnlySpan<byte> labels = mask.Labels.Span;
        for (int i = labels.IndexOfAnyExcept((byte)0); i >= 0 && i < labels.Length; i++)
        {
            if (labels[i] == 0) continue;
            sum += Voxel(i);
            count++;
        }
        if (count == 0) return null;
        (Vector3D centroid, Vector3D nearest, double distance) = (grid.Affine.Apply(sum / count), default, double.PositiveInfinity);
        for (int i = 0; i < labels.Length; i++)
        {
            if (labels[i] == 0) continue;
            Vector3D voxel = grid.Affine.Apply(Voxel(i));
            if ((voxel - centroid).Length < distance) (nearest, distance) = (voxel, (voxel - centroid).Length);
        }
        return nearest;

        Vector3D Voxel(int index)
        {
            (int column, int row, int slice) = grid.VoxelOf(index);
            return new Vector3D(column, row, slice);
        }
    }

    /// <summary>The box along the patient's axes that holds all voxels.</summary>
    private static (Vector3D Low, Vector3D High) Extent(VolumeGrid grid)
    {
        double Half(int axis) => Enumerable.Range(0, 3).Sum(a => Math.Abs(grid.Affine.Step(a)[axis]) * grid.Size(a)) / 2;
        var half = new Vector3D(Half(0), Half(1), Half(2));
        return (grid.Centre - half, grid.Centre + half);
    }
}
