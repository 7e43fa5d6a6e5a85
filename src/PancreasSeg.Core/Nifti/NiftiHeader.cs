using System.Buffers.Binary;

namespace PancreasSeg.Nifti;

/// <summary>
/// What this module uses of the 348-byte NIfTI-1 header (nifti1.h, https://nifti.nimh.nih.gov/nifti-1). Free text fields and
/// extensions are neither kept nor written: they may name the patient.
/// </summary>
/// <param name="Grid">Where the voxels lie (LPS mm), in the order in which they are stored.</param>
/// <param name="DataType">How a voxel is stored.</param>
/// <param name="BigEndian">Header and voxels are stored with the most significant byte first.</param>
/// <param name="Slope">Value = stored * Slope + Intercept.</param>
/// <param name="Intercept">See <paramref name="Slope"/>.</param>
/// <param name="DataOffset">Bytes before the first voxel.</param>
/// <param name="Notes">What was assumed where the header is silent or contradicts itself.</param>
internal sealed record NiftiHeader(
    VolumeGrid Grid, NiftiDataType DataType, bool BigEndian, double Slope, double Intercept, long DataOffset, IReadOnlyList<string> Notes)
{
    /// <summary>Length of the header in bytes.</summary>
    public const int Length = 348;

    /// <summary>Where the voxels start in a file without extensions: the header and four bytes that say so.</summary>
    public const int MinDataOffset = 352;

    // Cosine between axes that rounding makes; what is written with fewer digits is straightened.
    private const double Rounding = 1e-3;

    // Mm. What is smaller or larger is no CT of a person, but a wrong unit or a damaged header.
    private const double SmallestVoxel = 1e-3, LargestVoxel = 100;

    /// <summary>Bytes of one stored voxel.</summary>
    public int BytesPerVoxel => DataType switch
    {
        NiftiDataType.UInt8 or NiftiDataType.Int8 => 1,
        NiftiDataType.Int16 or NiftiDataType.UInt16 => 2,
        NiftiDataType.Int32 or NiftiDataType.UInt32 or NiftiDataType.Float32 => 4,
        _ => 8,
    };

    /// <summary>True when stored numbers are the values.</summary>
    public bool IsUnscaled => Slope == 1 && Intercept == 0;

    /// <summary>Reads a header.</summary>
    /// <param name="bytes">The first <see cref="Length"/> bytes of the file.</param>
    /// <param name="path">The file, for messages.</param>
    /// <exception cref="CoreException"><see cref="Fault.NiftiHeaderInvalid"/>; <see cref="Fault.VolumeTooLarge"/>.</exception>
    public static NiftiHeader Parse(ReadOnlySpan<byte> bytes, string path)
    {
        if (!TryByteOrder(bytes, out bool bigEndian, out string? why)) throw Invalid(path, why!);
        var fields = new Fields(bytes, bigEndian);
        (int columns, int rows, int slices) = Dimensions(fields, path);
        int type = fields.Int16(70);
        if (!Enum.IsDefined((NiftiDataType)type))
            throw Invalid(path, FormattableString.Invariant($"its voxel type {type} is not a plain integer or real number"));
        double offset = fields.Single(108);
        if (!(offset >= 0 && offset <= 1 << 30) || offset != Math.Floor(offset)) throw Invalid(path, "its data offset is impossible");
        (double slope, double intercept) = (fields.Single(112), fields.Single(116));
        if (slope == 0 || double.IsNaN(slope)) (slope, intercept) = (1, 0);
        if (!double.IsFinite(slope) || !double.IsFinite(intercept)) throw Invalid(path, "its intensity scaling is not finite");
        var notes = new List<string>();
        try
        {
            var grid = new VolumeGrid(columns, rows, slices, Affine(fields, path, notes).Squared(Rounding));
            CheckVoxelSize(grid.Spacing, path);
            if (!grid.IsOrthogonal())
                notes.Add("The axes of the voxels are not perpendicular; viewers that are built on ITK do not open such a volume.");
            return new NiftiHeader(grid, (NiftiDataType)type, bigEndian, slope, intercept, Math.Max((long)offset, MinDataOffset), notes);
        }
        catch (CoreException e) when (e.Fault == Fault.GridInvalid)
        {
            throw Invalid(path, "its voxel-to-world affine is impossible: not finite, with axes in one plane or of impossible length");
        }
        catch (CoreException e) when (e.Fault == Fault.VolumeTooLarge)
        {
            throw new CoreException(Fault.VolumeTooLarge, $"'{path}' cannot be read: {e.Message}", path, e.Remedy, e);
        }
    }

    /// <summary>
    /// Header and empty extension flag of a file this module writes: little-endian, millimetres, unscaled, no text. The affine is
    /// stored as sform and, where the axes are perpendicular, as qform too.
    /// </summary>
    /// <exception cref="CoreException"><see cref="Fault.VolumeTooLarge"/> when a dimension does not fit the format.</exception>
    public static byte[] Create(VolumeGrid grid, NiftiDataType type, int bitsPerVoxel, string path)
    {
        if (Math.Max(grid.Columns, Math.Max(grid.Rows, grid.Slices)) > short.MaxValue)
            throw new CoreException(Fault.VolumeTooLarge,
                $"'{path}' was not written: NIfTI-1 holds at most {short.MaxValue} voxels along an axis, the volume is {grid}.", path,
                "Resize or crop it first.");
        var bytes = new byte[MinDataOffset];
        void Int16(int offset, int value) => BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(offset), (short)value);
        void Single(int offset, double value) => BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(offset), (float)value);
        BinaryPrimitives.WriteInt32LittleEndian(bytes, Length);
        bytes[38] = (byte)'r';
        ReadOnlySpan<int> dim = [3, grid.Columns, grid.Rows, grid.Slices, 1, 1, 1, 1];
        for (int i = 0; i < dim.Length; i++) Int16(40 + 2 * i, dim[i]);
        Int16(70, (int)type);
        Int16(72, bitsPerVoxel);
        bool orthogonal = grid.IsOrthogonal();
        (double b, double c, double d, bool mirrored) = orthogonal ? NiftiGeometry.ToQuaternion(grid) : default;
        Single(76, mirrored ? -1 : 1);
        Vector3D origin = NiftiGeometry.FlipXY(grid.Origin);
        for (int axis = 0; axis < 3; axis++)
        {
            Single(80 + 4 * axis, grid.Spacing[axis]);
            for (int i = 0; i < 3; i++) Single(280 + 16 * axis + 4 * i, NiftiGeometry.FlipXY(grid.Affine.Step(i))[axis]);
            Single(292 + 16 * axis, origin[axis]);
        }
        Single(108, MinDataOffset);
        Single(112, 1);
        bytes[123] = 2 | 8; // millimetres and seconds
        Int16(252, orthogonal ? 1 : 0);
        Int16(254, 1);
        if (orthogonal)
        {
            Single(256, b);
            Single(260, c);
            Single(264, d);
            for (int axis = 0; axis < 3; axis++) Single(268 + 4 * axis, origin[axis]);
        }
        "n+1\0"u8.CopyTo(bytes.AsSpan(344));
        return bytes;
    }

    private static bool TryByteOrder(ReadOnlySpan<byte> bytes, out bool bigEndian, out string? why)
    {
        bigEndian = BinaryPrimitives.ReadInt32BigEndian(bytes) == Length;
        int size = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        why = size == 540 || BinaryPrimitives.ReverseEndianness(size) == 540 ? "it is NIfTI-2; convert it to NIfTI-1"
            : !bigEndian && size != Length ? "it does not start with a NIfTI-1 header"
            : bytes[344..348].SequenceEqual("ni1\0"u8) ? "it is the header of an .hdr/.img pair; convert the pair to one .nii file"
            : !bytes[344..348].SequenceEqual("n+1\0"u8)
                ? "it lacks the NIfTI-1 mark 'n+1' (an older Analyze file says nothing sure about left and right)"
            : null;
        return why is null;
    }

    private static (int Columns, int Rows, int Slices) Dimensions(Fields fields, string path)
    {
        int count = fields.Int16(40);
        if (count is < 1 or > 7) throw Invalid(path, FormattableString.Invariant($"it claims {count} dimensions"));
        var dim = new int[7];
        for (int i = 0; i < 7; i++) dim[i] = i < count ? fields.Int16(42 + 2 * i) : 1;
        if (dim.Any(n => n < 1))
            throw Invalid(path, FormattableString.Invariant($"its dimensions are {string.Join(" x ", dim.Take(count))}"));
        if (dim.Skip(3).Any(n => n > 1))
            throw Invalid(path,
                FormattableString.Invariant($"it holds more than one volume ({string.Join(" x ", dim.Take(count))}); give one volume"));
        return (dim[0], dim[1], dim[2]);
    }

    /// <summary>The sform where there is one, else the qform, else voxel sizes alone.</summary>
    private static AffineTransform Affine(Fields fields, string path, List<string> notes)
    {
        double toMm = (fields.Byte(123) & 7) switch { 1 => 1000, 3 => 0.001, _ => 1 };
        if (toMm != 1)
            notes.Add(toMm > 1 ? "Lengths given in metres were converted to millimetres."
                : "Lengths given in micrometres were converted to millimetres.");
        Vector3D spacing = fields.Vector(80) * toMm;
        bool hasSform = fields.Int16(254) > 0, hasQform = fields.Int16(252) > 0;
        bool spacingUsable = spacing.IsFinite && spacing.X > 0 && spacing.Y > 0 && spacing.Z > 0;
        AffineTransform? qform = !hasQform || !spacingUsable ? null : NiftiGeometry.FromQform(
            fields.Single(256), fields.Single(260), fields.Single(264), spacing, fields.Vector(268) * toMm, fields.Single(76) < 0);
        if (hasSform)
        {
            var rows = new double[12];
            for (int i = 0; i < 12; i++) rows[i] = fields.Single(280 + 4 * i);
            AffineTransform sform = NiftiGeometry.FromSform(rows, toMm);
            if (qform is not null && Disagree(sform, qform, fields))
                notes.Add("The header's qform and sform disagree; the sform was used.");
            if (qform is null && spacingUsable && IsOtherSize(sform, spacing))
                notes.Add(FormattableString.Invariant($"The header's voxel size ({spacing} mm) and sform disagree; the sform was used."));
            return sform;
        }
        if (!spacingUsable) throw Invalid(path, $"its voxel size {spacing} mm is impossible");
        if (hasQform) return qform ?? throw Invalid(path, "its orientation quaternion is not a rotation");
        notes.Add("The header gives voxel sizes only; orientation (columns to the right, rows to the front) and position were assumed.");
        return NiftiGeometry.FromSpacing(spacing);
    }

    private static void CheckVoxelSize(Vector3D spacing, string path)
    {
        for (int axis = 0; axis < 3; axis++)
            if (!(spacing[axis] is >= SmallestVoxel and <= LargestVoxel))
                throw Invalid(path, $"its voxel size {spacing} mm is impossible");
    }

    /// <summary>True when a side of a voxel differs by more than one in a hundred.</summary>
    private static bool IsOtherSize(AffineTransform sform, Vector3D spacing) => Enumerable.Range(0, 3)
        .Any(axis => Math.Abs(sform.Step(axis).Length - spacing[axis]) > 0.01 * spacing[axis]);

    /// <summary>True when a corner of the volume moves by more than a tenth of a millimetre.</summary>
    private static bool Disagree(AffineTransform a, AffineTransform b, Fields fields)
    {
        for (int corner = 0; corner < 8; corner++)
        {
            var index =
                new Vector3D((corner & 1) * fields.Int16(42), (corner >> 1 & 1) * fields.Int16(44), (corner >> 2) * fields.Int16(46));
            if ((a.Apply(index) - b.Apply(index)).Length > 0.1) return true;
        }
        return false;
    }

    private static CoreException Invalid(string path, string why) =>
        new(Fault.NiftiHeaderInvalid, $"'{path}' cannot be read: {why}.", path, "Give a single-file NIfTI-1 volume (.nii or .nii.gz).");

    /// <summary>Numbers at byte offsets of the header, in its byte order.</summary>
    private readonly ref struct Fields(ReadOnlySpan<byte> bytes, bool bigEndian)
    {
        private readonly ReadOnlySpan<byte> _bytes = bytes;

        public byte Byte(int offset) => _bytes[offset];

        public short Int16(int offset) =>
            bigEndian ? BinaryPrimitives.ReadInt16BigEndian(_bytes[offset..]) : BinaryPrimitives.ReadInt16LittleEndian(_bytes[offset..]);

        public double Single(int offset) =>
            bigEndian ? BinaryPrimitives.ReadSingleBigEndian(_bytes[offset..]) : BinaryPrimitives.ReadSingleLittleEndian(_bytes[offset..]);

        public Vector3D Vector(int offset) => new(Single(offset), Single(offset + 4), Single(offset + 8));
    }
}
