using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace PancreasSeg.Dicom;

/// <summary>
/// A data set or sequence item to be written. Elements are kept in the order of their tags, whatever the order they come in; each
/// has the value representation of <see cref="DicomDictionary"/>.
/// </summary>
internal sealed class DicomItem
{
    private readonly SortedDictionary<uint, DicomValue> _values = [];

    /// <summary>The elements in ascending order of their tags.</summary>
    public IEnumerable<KeyValuePair<uint, DicomValue>> Values => _values;

    /// <summary>The bytes of an element that was set as text, numbers or bytes.</summary>
    public byte[] BytesOf(uint tag) => ((DicomBytes)_values[tag]).Bytes;

    /// <summary>Text of our own, which is ASCII in every character set; several values are joined by backslashes. None: an empty
    /// element.</summary>
    public DicomItem Text(uint tag, params string[] values)
    {
        if (!Array.TrueForAll(values, value => Ascii.IsValid(value))) throw new ArgumentException("Own text is ASCII.", nameof(values));
        return Raw(tag, Encoding.ASCII.GetBytes(string.Join('\\', values)));
    }

    /// <summary>An element without value, as type 2 allows.</summary>
    public DicomItem Empty(uint tag) => Raw(tag, []);

    /// <summary>Decimal strings (DS) of at most 16 bytes, ten digits each.</summary>
    public DicomItem Decimals(uint tag, params double[] values) =>
        Text(tag, [.. values.Select(v => v.ToString("G10", CultureInfo.InvariantCulture))]);

    /// <summary>Integer strings (IS).</summary>
    public DicomItem Integers(uint tag, params int[] values) =>
        Text(tag, [.. values.Select(v => v.ToString(CultureInfo.InvariantCulture))]);

    /// <summary>16-bit numbers (US).</summary>
    public DicomItem UInt16(uint tag, params ushort[] values)
    {
        var bytes = new byte[2 * values.Length];
        for (int i = 0; i < values.Length; i++) BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2 * i), values[i]);
        return Raw(tag, bytes);
    }

    /// <summary>32-bit numbers (UL).</summary>
    public DicomItem UInt32(uint tag, params uint[] values)
    {
        var bytes = new byte[4 * values.Length];
        for (int i = 0; i < values.Length; i++) BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4 * i), values[i]);
        return Raw(tag, bytes);
    }

    /// <summary>The tag of another element (AT).</summary>
    public DicomItem Pointer(uint tag, uint to) => UInt16(tag, (ushort)(to >> 16), (ushort)to);

    /// <summary>The bytes of a value as they are, in little endian and the data set's character set.</summary>
    public DicomItem Raw(uint tag, byte[] value)
    {
        _values[tag] = new DicomBytes(value);
        return this;
    }

    /// <summary>A value that is written as it comes into being, such as pixel data.</summary>
    /// <param name="tag">The element.</param>
    /// <param name="length">Bytes that <paramref name="write"/> writes.</param>
    /// <param name="write">Writes the value.</param>
    public DicomItem Streamed(uint tag, long length, Action<Stream> write)
    {
        _values[tag] = new DicomStreamed(length, write);
        return this;
    }

    /// <summary>A sequence; without items an empty one.</summary>
    public DicomItem Sequence(uint tag, params IReadOnlyList<DicomItem> items)
    {
        _values[tag] = new DicomSequence(items);
        return this;
    }

    /// <summary>A sequence of one coded concept.</summary>
    public DicomItem Code(uint tag, DicomCode code) => Sequence(tag, code.ToItem());
}
