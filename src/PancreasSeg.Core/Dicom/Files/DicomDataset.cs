using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;

namespace PancreasSeg.Dicom;

/// <summary>The kept elements of one data set or sequence item, as raw values. Numbers are parsed in the invariant culture.</summary>
internal sealed class DicomDataset(bool isBigEndian = false)
{
    private static readonly SearchValues<char> s_uidCharacters = SearchValues.Create("0123456789.");

    private readonly List<KeyValuePair<uint, byte[]>> _values = [];
    private readonly List<KeyValuePair<uint, List<DicomDataset>>> _sequences = [];

    public void Add(uint tag, byte[] value) => _values.Add(new(tag, value));

    public List<DicomDataset> AddSequence(uint tag)
    {
        var items = new List<DicomDataset>();
        _sequences.Add(new(tag, items));
        return items;
    }

    /// <summary>True when the element is present and not empty; a sequence counts when it is present.</summary>
    public bool Has(uint tag) => Value(tag).Length > 0 || _sequences.Any(s => s.Key == tag);

    /// <summary>Items of a sequence; none when it is absent.</summary>
    public IReadOnlyList<DicomDataset> Items(uint tag)
    {
        foreach ((uint key, List<DicomDataset> items) in _sequences)
            if (key == tag) return items;
        return [];
    }

    /// <summary>The first item of every sequence: the macros of a functional group hold one each.</summary>
    public IEnumerable<DicomDataset> FirstItems() => _sequences.Where(s => s.Value.Count > 0).Select(s => s.Value[0]);

    /// <summary>Text without its padding; null when absent or empty. Bytes outside ASCII become <c>?</c>.</summary>
    public string? Text(uint tag)
    {
        ReadOnlySpan<byte> value = Trim(Value(tag));
        return value.IsEmpty ? null : Encoding.ASCII.GetString(value);
    }

    /// <summary>Text with all its letters: UTF-8 where the bytes are, else Latin-1; null when absent or empty. Only ever
    /// compared.</summary>
    public string? Words(uint tag)
    {
        ReadOnlySpan<byte> value = Trim(Value(tag));
        return value.IsEmpty ? null : (Utf8.IsValid(value) ? Encoding.UTF8 : Encoding.Latin1).GetString(value);
    }

    /// <summary>A UID; null when absent or not one (digits and dots, at most 64).</summary>
    public string? Uid(uint tag) =>
        Text(tag) is { Length: <= 64 } text && text.AsSpan().IndexOfAnyExcept(s_uidCharacters) < 0 ? text : null;

    /// <summary>Text as a lower-case hex string of its trimmed bytes, to compare values of any character set; null when empty.</summary>
    public string? Fingerprint(uint tag)
    {
        ReadOnlySpan<byte> value = Trim(Value(tag));
        return value.IsEmpty ? null : Convert.ToHexStringLower(value);
    }

    /// <summary>The parts of a multi-valued text; none when absent.</summary>
    public string[] Texts(uint tag) => Text(tag)?.Split('\\', StringSplitOptions.TrimEntries) ?? [];

    /// <summary>Decimal or integer strings; null when absent or empty. What is no finite number is NaN.</summary>
    public double[]? Numbers(uint tag)
    {
        ReadOnlySpan<byte> value = Trim(Value(tag));
        if (value.IsEmpty) return null;
        var numbers = new double[value.Count((byte)'\\') + 1];
        int i = 0;
        foreach (Range part in value.Split((byte)'\\'))
        {
            bool isNumber = double.TryParse(Trim(value[part]), NumberStyles.Float, CultureInfo.InvariantCulture, out double number);
            numbers[i++] = isNumber && double.IsFinite(number) ? number : double.NaN;
        }
        return numbers;
    }

    /// <summary>A single number; null when absent, NaN when it is not exactly one finite number.</summary>
    public double? Number(uint tag) => Numbers(tag) switch
    {
        null => null,
        [double number] => number,
        _ => double.NaN,
    };

    /// <summary>A whole number given as text; null when absent or not one.</summary>
    public int? Integer(uint tag) =>
        Number(tag) is double number && number == Math.Truncate(number) && Math.Abs(number) <= int.MaxValue ? (int)number : null;

    /// <summary>A 16-bit unsigned number; null when absent.</summary>
    public int? UInt16(uint tag)
    {
        ReadOnlySpan<byte> value = Value(tag);
        if (value.Length < 2) return null;
        return isBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(value) : BinaryPrimitives.ReadUInt16LittleEndian(value);
    }

    /// <summary>The bytes of a value as they stand in the file; empty when it is absent.</summary>
    public byte[] Raw(uint tag) => Value(tag).ToArray();

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private ReadOnlySpan<byte> Value(uint tag)
    {
        foreach (ref readonly KeyValuePair<uint, byte[]> element in CollectionsMarshal.AsSpan(_values))
            if (element.Key == tag) return element.Value;
        return [];
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> value) => value.Trim(" \0\t\r\n"u8);
}
