using System.Buffers.Binary;
using static System.FormattableString;

namespace PancreasSeg.Dicom;

/// <summary>
/// Writes DICOM files (PS3.10) in explicit or implicit VR little endian. Sequences and items have defined lengths; values are padded
/// to an even number of bytes.
/// </summary>
internal static class DicomFileWriter
{
    /// <summary>What a value of a 32-bit length can hold: one less is taken for an undefined length, and lengths are even.</summary>
    public const long MaxLength = uint.MaxValue - 1;

    private const string ImplementationVersionName = "PANCREASSEG_1";
    private static readonly string s_implementation = DicomUid.Of("implementation", ImplementationVersionName);

    /// <summary>Writes preamble, meta information and data set.</summary>
    /// <param name="stream">Written from where it is.</param>
    /// <param name="dataset">Holds SOP class and instance UID as text elements.</param>
    /// <param name="encoding">Explicit or implicit little endian.</param>
    /// <exception cref="CoreException"><see cref="Fault.VolumeTooLarge"/>: a value is longer than its length can say, or there are more
    /// sequence items than are read.</exception>
    public static void Write(Stream stream, DicomItem dataset, DicomEncoding encoding)
    {
        if (CountItems(dataset) is > DicomParser.MaxItems and var items)
            throw new CoreException(Fault.VolumeTooLarge,
                Invariant($"The object would have {items} sequence items, more than the {DicomParser.MaxItems} that are read."),
                remedy: "Export fewer slices or a smoother mask.");
        if (encoding.IsBigEndian) throw new ArgumentException("Big endian is not written.", nameof(encoding));
        DicomItem meta = new DicomItem()
            .Raw(DicomTag.FileMetaInformationVersion, [0, 1])
            .Raw(DicomTag.MediaStorageSopClassUid, dataset.BytesOf(DicomTag.SopClassUid))
            .Raw(DicomTag.MediaStorageSopInstanceUid, dataset.BytesOf(DicomTag.SopInstanceUid))
            .Text(DicomTag.TransferSyntaxUid, encoding.IsExplicit ? TransferSyntax.ExplicitLittleEndianUid
                : TransferSyntax.ImplicitLittleEndianUid)
            .Text(DicomTag.ImplementationClassUid, s_implementation)
            .Text(DicomTag.ImplementationVersionName, ImplementationVersionName);
        var length = (uint)LengthOf(meta, DicomEncoding.Explicit);
        stream.Write(new byte[128]);
        stream.Write("DICM"u8);
        WriteItem(stream, new DicomItem().UInt32(DicomTag.FileMetaInformationGroupLength, length), DicomEncoding.Explicit);
        WriteItem(stream, meta, DicomEncoding.Explicit);
        WriteItem(stream, dataset, encoding);
    }

    private static long CountItems(DicomItem item) => item.Values.Select(v => v.Value).OfType<DicomSequence>()
        .Sum(sequence => sequence.Items.Sum(inner => 1 + CountItems(inner)));

    private static void WriteItem(Stream stream, DicomItem item, DicomEncoding encoding)
    {
        foreach ((uint tag, DicomValue value) in item.Values)
        {
            string vr = DicomDictionary.VrOf(tag);
            long length = LengthOf(value, encoding);
            WriteHead(stream, tag, vr, length, encoding);
            switch (value)
            {
                case DicomBytes bytes:
                    stream.Write(bytes.Bytes);
                    Pad(stream, vr, bytes.Bytes.Length);
                    break;
                case DicomStreamed streamed:
                    streamed.Write(stream);
                    Pad(stream, vr, streamed.Length);
                    break;
                case DicomSequence sequence:
                    foreach (DicomItem inner in sequence.Items)
                    {
                        WriteHead(stream, DicomTag.Item, "", LengthOf(inner, encoding), DicomEncoding.Implicit);
                        WriteItem(stream, inner, encoding);
                    }
                    break;
            }
        }
    }

    private static void WriteHead(Stream stream, uint tag, string vr, long length, DicomEncoding encoding)
    {
        bool isShort = encoding.IsExplicit && !HasLongLength(vr);
        if (length > (isShort ? ushort.MaxValue - 1 : MaxLength))
            throw new CoreException(Fault.VolumeTooLarge,
                Invariant($"The element {DicomTag.Format(tag)} would have {length} bytes, more than it can hold."),
                remedy: "Export fewer slices or a smaller mask.");
        Span<byte> head = stackalloc byte[12];
        head.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(head, (ushort)(tag >> 16));
        BinaryPrimitives.WriteUInt16LittleEndian(head[2..], (ushort)tag);
        if (!encoding.IsExplicit)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(head[4..], (uint)length);
        }
        else
        {
            (head[4], head[5]) = ((byte)vr[0], (byte)vr[1]);
            if (isShort) BinaryPrimitives.WriteUInt16LittleEndian(head[6..], (ushort)length);
            else BinaryPrimitives.WriteUInt32LittleEndian(head[8..], (uint)length);
        }
        stream.Write(head[..HeadLength(vr, encoding)]);
    }

    private static long LengthOf(DicomItem item, DicomEncoding encoding) =>
        item.Values.Sum(v => HeadLength(DicomDictionary.VrOf(v.Key), encoding) + LengthOf(v.Value, encoding));

    private static long LengthOf(DicomValue value, DicomEncoding encoding) => value switch
    {
        DicomBytes bytes => Even(bytes.Bytes.Length),
        DicomStreamed streamed => Even(streamed.Length),
        DicomSequence sequence => sequence.Items.Sum(item => 8 + LengthOf(item, encoding)),
        _ => throw new ArgumentOutOfRangeException(nameof(value)),
    };

    private static int HeadLength(string vr, DicomEncoding encoding) => encoding.IsExplicit && HasLongLength(vr) ? 12 : 8;

    private static bool HasLongLength(string vr) => DicomElement.HasLongLength((ushort)(vr[0] << 8 | vr[1]));

    private static long Even(long length) => length + (length & 1);

    private static void Pad(Stream stream, string vr, long length)
    {
        if (length % 2 != 0) stream.WriteByte((byte)(vr is "UI" or "OB" ? 0 : ' '));
    }
}
