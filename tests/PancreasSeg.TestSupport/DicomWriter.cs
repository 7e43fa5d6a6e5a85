using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using PancreasSeg.Dicom;

namespace PancreasSeg.TestSupport;

/// <summary>A data set to be written in any encoding, right or deliberately wrong.</summary>
internal sealed class DicomWriter
{
    private readonly SortedDictionary<uint, (string Vr, object Value)> _elements = [];

    public DicomWriter Text(uint tag, string vr, string value) => Raw(tag, vr, Encoding.Latin1.GetBytes(value));

    public DicomWriter Numbers(uint tag, params double[] values) =>
        Text(tag, "DS", string.Join('\\', values.Select(v => v.ToString("R", CultureInfo.InvariantCulture))));

    public DicomWriter Number(uint tag, int value)
    {
        _elements[tag] = ("US", (ushort)value);
        return this;
    }

    public DicomWriter Raw(uint tag, string vr, byte[] value)
    {
        _elements[tag] = (vr, value);
        return this;
    }

    public DicomWriter Samples(uint tag, ushort[] samples)
    {
        _elements[tag] = ("OW", samples);
        return this;
    }

    /// <summary>Pixel data as fragments; the first is the offset table.</summary>
    public DicomWriter Fragments(uint tag, params byte[][] fragments)
    {
        _elements[tag] = ("OB", fragments);
        return this;
    }

    public DicomWriter Sequence(uint tag, params DicomWriter[] items)
    {
        _elements[tag] = ("SQ", items);
        return this;
    }

    public DicomWriter Remove(uint tag)
    {
        _elements.Remove(tag);
        return this;
    }

    public string? Get(uint tag) =>
        _elements.TryGetValue(tag, out var e) && e.Value is byte[] bytes ? Encoding.Latin1.GetString(bytes).Trim('\0', ' ') : null;

    /// <summary>The data set without preamble and meta information.</summary>
    public byte[] Dataset(string syntax, bool undefinedLengths = false)
    {
        bool implicitVr = syntax == TransferSyntax.ImplicitLittleEndianUid, big = syntax == TransferSyntax.ExplicitBigEndianUid;
        using var stream = new MemoryStream();
        foreach ((uint tag, (string vr, object value)) in _elements) Element(stream, tag, vr, value, implicitVr, big, undefinedLengths);
        return stream.ToArray();
    }

    /// <summary>A Part 10 file.</summary>
    public byte[] File(string syntax = TransferSyntax.ExplicitLittleEndianUid, bool undefinedLengths = false, bool preamble = true,
        string? declared = null, bool groupLength = true)
    {
        byte[] data = Dataset(syntax, undefinedLengths);
        if (TransferSyntax.Of(syntax).IsDeflated) data = Deflate(data);
        var meta = new DicomWriter()
            .Text(DicomTag.MediaStorageSopClassUid, "UI", Get(DicomTag.SopClassUid) ?? "1.2.840.10008.5.1.4.1.1.2")
            .Text(DicomTag.MediaStorageSopInstanceUid, "UI", Get(DicomTag.SopInstanceUid) ?? "1.2.3")
            .Text(DicomTag.TransferSyntaxUid, "UI", declared ?? syntax)
            .Dataset(TransferSyntax.ExplicitLittleEndianUid);
        byte[] length = groupLength ? [2, 0, 0, 0, (byte)'U', (byte)'L', 4, 0, .. BitConverter.GetBytes(meta.Length)] : [];
        return [.. preamble ? new byte[128] : [], .. "DICM"u8, .. length, .. meta, .. data];
    }

    public static byte[] Deflate(byte[] data)
    {
        using var stream = new MemoryStream();
        using (var deflate = new DeflateStream(stream, CompressionLevel.Optimal)) deflate.Write(data);
        return stream.ToArray();
    }

    private static void Element(Stream stream, uint tag, string vr, object value, bool implicitVr, bool big, bool undefined)
    {
        byte[] content = value switch
        {
            ushort number => Swap(BitConverter.GetBytes(number), big),
            ushort[] samples => [.. samples.SelectMany(s => Swap(BitConverter.GetBytes(s), big))],
            byte[][] fragments =>
                [.. fragments.SelectMany(f => Item(DicomTag.Item, f.Length, big).Concat(f)), .. Item(DicomTag.SequenceDelimiter, 0, big)],
            DicomWriter[] items => Items(items, implicitVr, big, undefined),
            byte[] bytes => bytes.Length % 2 == 0 ? bytes : [.. bytes, (byte)(vr == "UI" ? 0 : ' ')],
            _ => throw new NotSupportedException(),
        };
        int length = value is byte[][] || (value is DicomWriter[] && undefined) ? -1 : content.Length;
        Span<byte> head = stackalloc byte[12];
        head.Clear();
        U16(head, (ushort)(tag >> 16), big);
        U16(head[2..], (ushort)tag, big);
        int size = 8;
        if (implicitVr)
        {
            I32(head[4..], length, big);
        }
        else
        {
            head[4] = (byte)vr[0];
            head[5] = (byte)vr[1];
            if (vr is "OB" or "OW" or "SQ" or "UN" or "UT")
            {
                I32(head[8..], length, big);
                size = 12;
            }
            else
            {
                U16(head[6..], (ushort)length, big);
            }
        }
        stream.Write(head[..size]);
        stream.Write(content);
    }

    private static byte[] Items(DicomWriter[] items, bool implicitVr, bool big, bool undefined)
    {
        string syntax = implicitVr ? TransferSyntax.ImplicitLittleEndianUid : big ? TransferSyntax.ExplicitBigEndianUid
            : TransferSyntax.ExplicitLittleEndianUid;
        var bytes = new List<byte>();
        foreach (DicomWriter item in items)
        {
            byte[] content = item.Dataset(syntax, undefined);
            bytes.AddRange(Item(DicomTag.Item, undefined ? -1 : content.Length, big));
            bytes.AddRange(content);
            if (undefined) bytes.AddRange(Item(DicomTag.ItemDelimiter, 0, big));
        }
        if (undefined) bytes.AddRange(Item(DicomTag.SequenceDelimiter, 0, big));
        return [.. bytes];
    }

    public static byte[] Item(uint tag, int length, bool big = false)
    {
        var head = new byte[8];
        U16(head, (ushort)(tag >> 16), big);
        U16(head.AsSpan(2), (ushort)tag, big);
        I32(head.AsSpan(4), length, big);
        return head;
    }

    private static byte[] Swap(byte[] bytes, bool big)
    {
        if (big) Array.Reverse(bytes);
        return bytes;
    }

    private static void U16(Span<byte> at, ushort value, bool big)
    {
        if (big) BinaryPrimitives.WriteUInt16BigEndian(at, value);
        else BinaryPrimitives.WriteUInt16LittleEndian(at, value);
    }

    private static void I32(Span<byte> at, int value, bool big)
    {
        if (big) BinaryPrimitives.WriteInt32BigEndian(at, value);
        else BinaryPrimitives.WriteInt32LittleEndian(at, value);
    }
}
