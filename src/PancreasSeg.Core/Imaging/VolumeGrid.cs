namespace PancreasSeg;

/// <summary>
/// Where the voxels of a volume lie: dimensions and the affine from voxel index (column, row, slice) to LPS millimetres
/// (x to the patient's left, y to the back, z to the head; the DICOM frame). Integer indices are voxel centres.
/// Arrays on a grid are column-fastest: <c>i = column + Columns * (row + Rows * slice)</c>.
/// </summary>
public sealed record VolumeGrid
{
    /// <summary>Creates a grid.</summary>
    /// <exception cref="CoreException"><see cref="Fault.VolumeTooLarge"/> above 2^31 - 1 voxels; <see cref="Fault.GridInvalid"/>
    /// when a dimension is not positive or the affine is not finite and invertible.</exception>
    public VolumeGrid(int columns, int rows, int slices, AffineTransform affine)
    {
        ArgumentNullException.ThrowIfNull(affine);
        if (columns < 1 || rows < 1 || slices < 1)
            throw new CoreException(
                Fault.GridInvalid, FormattableString.Invariant($"A volume of {columns} x {rows} x {slices} voxels has no content."));
        if ((long)columns * rows > Array.MaxLength / (long)slices)
            throw new CoreException(
                Fault.VolumeTooLarge, FormattableString.Invariant(
                    $"A volume of {columns} x {rows} x {slices} voxels is larger than this module can hold ({Array.MaxLength} voxels)."),
                remedy: "Resize or crop it first.");
        bool finite = affine.ColumnStep.IsFinite && affine.RowStep.IsFinite && affine.SliceStep.IsFinite && affine.Translation.IsFinite;
        double volume = affine.ColumnStep.Length * affine.RowStep.Length * affine.SliceStep.Length;
        if (!finite || !(Math.Abs(affine.Determinant) > 1e-6 * volume))
            throw new CoreException(Fault.GridInvalid, "The voxel-to-world affine is not finite or its axes lie in one plane.");
        for (int axis = 0; axis < 3; axis++)
            if (!(affine.Step(axis).Length is >= SmallestVoxel and <= LargestVoxel))
                throw new CoreException(Fault.GridInvalid, FormattableString.Invariant(
                    $"A voxel of {affine.Step(axis).Length:G3} mm is impossible; {SmallestVoxel} to {LargestVoxel} mm are."));
        if (!(affine.Translation.Length <= FarthestOrigin))
            throw new CoreException(Fault.GridInvalid, "The first voxel lies impossibly far from the origin.");
        (Columns, Rows, Slices, Affine) = (columns, rows, slices, affine);
    }

    // Mm, wider than what is read of files: a volume may be shrunk to a few voxels.
    private const double SmallestVoxel = 1e-4, LargestVoxel = 1e4, FarthestOrigin = 1e7;

    /// <summary>Voxels along the first index axis.</summary>
    public int Columns { get; }

    /// <summary>Voxels along the second index axis.</summary>
    public int Rows { get; }

    /// <summary>Voxels along the third index axis.</summary>
    public int Slices { get; }

    /// <summary>Voxel index to LPS millimetres.</summary>
    public AffineTransform Affine { get; }

    /// <summary>Number of voxels.</summary>
    public int VoxelCount => Columns * Rows * Slices;

    /// <summary>Number of voxels of one slice.</summary>
    public int SliceLength => Columns * Rows;

    /// <summary>Distance between neighbouring voxel centres along column, row and slice index, in mm.</summary>
    public Vector3D Spacing => new(Affine.ColumnStep.Length, Affine.RowStep.Length, Affine.SliceStep.Length);

    /// <summary>LPS position of the centre of voxel (0, 0, 0), in mm.</summary>
    public Vector3D Origin => Affine.Translation;

    /// <summary>LPS position of the middle of the volume, in mm.</summary>
    public Vector3D Centre => Affine.Apply(new((Columns - 1) / 2.0, (Rows - 1) / 2.0, (Slices - 1) / 2.0));

    /// <summary>LPS positions of the centres of the eight outermost voxels, in mm.</summary>
    private IEnumerable<Vector3D> Corners =>
        from corner in Enumerable.Range(0, 8)
        select Affine.Apply(new((corner & 1) * (Columns - 1), (corner >> 1 & 1) * (Rows - 1), (corner >> 2) * (Slices - 1)));

    /// <summary>Volume of one voxel in mm^3.</summary>
    public double VoxelVolume => Math.Abs(Affine.Determinant);

    /// <summary>True when the three axes are perpendicular to each other within <paramref name="tolerance"/> (cosine of the
    /// angle).</summary>
    public bool IsOrthogonal(double tolerance = 1e-4)
    {
        Vector3D a = Direction(0), b = Direction(1), c = Direction(2);
        return Math.Abs(Vector3D.Dot(a, b)) <= tolerance && Math.Abs(Vector3D.Dot(b, c)) <= tolerance
            && Math.Abs(Vector3D.Dot(a, c)) <= tolerance;
    }

    /// <summary>Unit vector in LPS of index axis 0, 1 or 2.</summary>
    public Vector3D Direction(int axis) => Affine.Step(axis) / Affine.Step(axis).Length;

    /// <summary>Dimension along index axis 0, 1 or 2.</summary>
    public int Size(int axis) => axis switch
    {
        0 => Columns,
        1 => Rows,
        2 => Slices,
        _ => throw new ArgumentOutOfRangeException(nameof(axis)),
    };

    /// <summary>Array offset of a voxel.</summary>
    public int IndexOf(int column, int row, int slice) => column + Columns * (row + Rows * slice);

    /// <summary>The voxel at an array offset.</summary>
    public (int Column, int Row, int Slice) VoxelOf(int index) => (index % Columns, index / Columns % Rows, index / SliceLength);

    /// <summary>An axis-aligned grid: columns to the left, rows to the back, slices to the head.</summary>
    /// <param name="columns">Voxels from right to left.</param>
    /// <param name="rows">Voxels from front to back.</param>
    /// <param name="slices">Voxels from feet to head.</param>
    /// <param name="spacing">Voxel size in mm.</param>
    /// <param name="origin">LPS centre of the first voxel in mm.</param>
    public static VolumeGrid Axial(int columns, int rows, int slices, Vector3D spacing, Vector3D origin = default) =>
        new(columns, rows, slices, new AffineTransform(new(spacing.X, 0, 0), new(0, spacing.Y, 0), new(0, 0, spacing.Z), origin));

    /// <summary>The same box in space, cut into another number of voxels. Outer voxel faces coincide.</summary>
    public VolumeGrid WithSize(int columns, int rows, int slices)
    {
        double fx = (double)Columns / columns, fy = (double)Rows / rows, fz = (double)Slices / slices;
        // The face of the first voxel lies at index -0.5 in both grids.
        Vector3D origin = Affine.Apply(new(0.5 * fx - 0.5, 0.5 * fy - 0.5, 0.5 * fz - 0.5));
        return new VolumeGrid(columns, rows, slices,
            new AffineTransform(Affine.ColumnStep * fx, Affine.RowStep * fy, Affine.SliceStep * fz, origin));
    }

    /// <summary>
    /// Exactly the given voxel size over the same box; the number of voxels is rounded to the nearest, at least 1, and the
    /// box stays centred.
    /// </summary>
    /// <param name="spacing">Voxel size in mm along column, row and slice index.</param>
    public VolumeGrid WithSpacing(Vector3D spacing) => WithSpacing(spacing, null);

    /// <summary>Exactly the given voxel size; the number of voxels is rounded to the nearest.</summary>
    /// <param name="spacing">Voxel size in mm along column, row and slice index.</param>
    /// <param name="keepsFirst">For each axis whether its first voxel stays where it is, or its last one; null for the same box, which stays
    /// centred.</param>
    internal VolumeGrid WithSpacing(Vector3D spacing, bool[]? keepsFirst)
    {
        if (!spacing.IsFinite || spacing.X <= 0 || spacing.Y <= 0 || spacing.Z <= 0)
            throw new CoreException(
                Fault.GridInvalid, $"A voxel size of {spacing} mm is not possible.", remedy: "Give three positive numbers in mm.");
        Span<int> size = stackalloc int[3];
        Vector3D[] steps = new Vector3D[3];
        Vector3D origin = Centre;
        for (int axis = 0; axis < 3; axis++)
        {
            double extent = (Size(axis) - 1) * Spacing[axis];
            double count = keepsFirst is null ? Math.Round(Size(axis) * Spacing[axis] / spacing[axis], MidpointRounding.AwayFromZero)
                : Math.Round(extent / spacing[axis] + 1);
            if (count > int.MaxValue)
                throw new CoreException(Fault.VolumeTooLarge, $"A voxel size of {spacing} mm makes this volume too large.");
            size[axis] = Math.Max(1, (int)count);
            steps[axis] = Direction(axis) * spacing[axis];
            origin -= steps[axis] * ((size[axis] - 1) / 2.0);
            if (keepsFirst is not null)
                origin += Direction(axis) * ((extent - (size[axis] - 1) * spacing[axis]) / (keepsFirst[axis] ? -2 : 2));
        }
        return new VolumeGrid(size[0], size[1], size[2], new AffineTransform(steps[0], steps[1], steps[2], origin));
    }

    /// <summary>The same voxels with more added round them, half of each number (rounded down) before the first voxel.</summary>
    public VolumeGrid WithMargin(int columns, int rows, int slices) =>
        new(Columns + columns, Rows + rows, Slices + slices,
            Affine with { Translation = Affine.Apply(new(-(columns / 2), -(rows / 2), -(slices / 2))) });

    /// <summary>
    /// The same voxels with index axes permuted and flipped so that columns run most nearly to the left, rows to the back and
    /// slices to the head (LPS). No voxel centre moves; an oblique grid stays oblique.
    /// </summary>
    public VolumeGrid ToCanonical() => Oriented("LPS");

    /// <summary>The same voxels with index axes permuted and flipped so that they run most nearly as asked; no voxel centre
    /// moves.</summary>
    /// <param name="letters">The patient direction of each index axis, one of L or R, P or A, S or I each, e.g. <c>RAS</c>.</param>
    /// <exception cref="ArgumentException">Not three such directions.</exception>
    internal VolumeGrid Oriented(string letters)
    {
        int[] axisOfWorld = CanonicalAxes(), world = [.. letters.Select(letter => "LPSRAI".IndexOf(letter, StringComparison.Ordinal) % 3)];
        if (!world.Order().SequenceEqual([0, 1, 2])) throw new ArgumentException("Not three directions.", nameof(letters));
        var step = new Vector3D[3];
        var size = new int[3];
        Vector3D origin = Origin;
        for (int a = 0; a < 3; a++)
        {
            int axis = axisOfWorld[world[a]];
            size[a] = Size(axis);
            bool flip = Affine.Step(axis)[world[a]] < 0 == "LPS".Contains(letters[a], StringComparison.Ordinal);
            step[a] = flip ? -Affine.Step(axis) : Affine.Step(axis);
            if (flip) origin += Affine.Step(axis) * (Size(axis) - 1);
        }
        return new VolumeGrid(size[0], size[1], size[2], new AffineTransform(step[0], step[1], step[2], origin));
    }

    /// <summary>Three letters, one per index axis: the patient direction in which it runs (L/R, P/A, S/I), e.g. <c>LPS</c>.</summary>
    public string Orientation
    {
        get
        {
            int[] axisOfWorld = CanonicalAxes();
            Span<char> letters = stackalloc char[3];
            for (int world = 0; world < 3; world++)
                letters[axisOfWorld[world]] = (Affine.Step(axisOfWorld[world])[world] < 0 ? "RAI" : "LPS")[world];
            return new string(letters);
        }
    }

    /// <summary>True when both grids have the same dimensions and no voxel centre differs by more than
    /// <paramref name="toleranceMm"/>.</summary>
    public bool Matches(VolumeGrid? other, double toleranceMm = 1e-3) =>
        other is not null && Columns == other.Columns && Rows == other.Rows && Slices == other.Slices
        && Corners.Zip(other.Corners).All(pair => (pair.First - pair.Second).Length <= toleranceMm);

    /// <summary>Dimensions and voxel size, e.g. <c>512 x 512 x 130 at 0.78 x 0.78 x 2.5 mm</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"{Columns} x {Rows} x {Slices} at {Spacing} mm");

    /// <summary>For each world axis the index axis closest to it, chosen so that the total alignment is largest.</summary>
    private int[] CanonicalAxes()
    {
        int[][] permutations = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        return permutations.MaxBy(p => Enumerable.Range(0, 3).Sum(world => Math.Abs(Direction(p[world])[world])))!;
    }
}
