using System.Buffers.Binary;
using static System.FormattableString;

namespace PancreasSeg.Dicom;

/// <summary>Tag, value representation and length that stand before a value (DICOM PS3.5 section 7.1).</summary>
/// <param name="Tag">Group &lt;&lt; 16 | element.</param>
/// <param name="Vr">The two letters as a big-endian number; 0 where the encoding has none.</param>
/// <param name="Length">Bytes of the value, or <see cref="Undefined"/>.</param>
internal readonly record struct DicomElement(uint Tag, ushort Vr, uint Length)
{
    public const uint Undefined = uint.MaxValue;

    public const ushort Unknown = 'U' << 8 | 'N';

    public bool IsUndefined => Length == Undefined;

    /// <summary>Reads one header; item tags never carry a value representation.</summary>
    /// <exception cref="CoreException">The header is cut or its value representation impossible.</exception>
    public static DicomElement Read(DicomInput input, DicomEncoding encoding)
    {
        ReadOnlySpan<byte> head = input.Take(8);
        bool big = encoding.IsBigEndian;
        uint tag = (uint)U16(head, big) << 16 | U16(head[2..], big);
        if (!encoding.IsExplicit || tag >> 16 == 0xFFFE) return new DicomElement(tag, 0, U32(head[4..], big));

        ushort vr = BinaryPrimitives.ReadUInt16BigEndian(head[4..]);
        if (!IsVr(vr))
            throw new CoreException(Fault.DicomFileInvalid, Invariant(
                $"Element {DicomTag.Format(tag)} before byte {input.Position} has no valid value representation."));
        if (!HasLongLength(vr)) return new DicomElement(tag, vr, U16(head[6..], big));
        return new DicomElement(tag, vr, U32(input.Take(4), big));
    }

    /// <summary>Two capital letters: all that PS3.5 promises of present and future value representations.</summary>
    public static bool IsVr(ushort vr) => vr >> 8 is >= 'A' and <= 'Z' && (vr & 0xFF) is >= 'A' and <= 'Z';

    /// <summary>True when an explicit length has 32 bits.</summary>
    public static bool HasLongLength(ushort vr) => ((char)(vr >> 8), (char)(vr & 0xFF)) switch
    {
        ('O', _) or ('S', 'Q') or ('S', 'V') => true,
        ('U', 'C' or 'N' or 'R' or 'T' or 'V') => true,
        _ => false,
    };

    private static ushort U16(ReadOnlySpan<byte> bytes, bool big) =>
        big ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private static uint U32(ReadOnlySpan<byte> bytes, bool big) =>
        big ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
}
