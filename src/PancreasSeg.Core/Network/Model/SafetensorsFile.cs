using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace PancreasSeg.Network;

/// <summary>
/// The safetensors format (huggingface/safetensors): eight bytes of little-endian header length, a JSON header that gives type,
/// shape and byte range of each tensor, then the values without gaps. Reads and writes float32 tensors and the text entries of
/// <c>__metadata__</c>; nothing in a file is ever executed.
/// </summary>
internal static class SafetensorsFile
{
    private const string MetadataKey = "__metadata__";

    /// <summary>The format's own limit for the header.</summary>
    private const long MaxHeaderBytes = 100_000_000;

    /// <summary>Reads a file.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="wanted">Says by its name whether a tensor is read; null for all.</param>
    /// <exception cref="InvalidDataException">The stream is not a safetensors file of float32 tensors, or is damaged.</exception>
    public static (Dictionary<string, string> Metadata, List<WeightTensor> Tensors) Read(
        Stream stream, Predicate<string>? wanted = null)
    {
        if (stream.Length < 8) throw new InvalidDataException("it is too short");
        Span<byte> prefix = stackalloc byte[8];
        stream.ReadExactly(prefix);
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (headerLength > (ulong)Math.Min(stream.Length - 8, MaxHeaderBytes))
            throw new InvalidDataException("the length of its header is impossible");
        var header = new byte[headerLength];
        stream.ReadExactly(header);

        (Dictionary<string, string> metadata, List<(WeightShape Shape, long Begin, long End)> entries) = ParseHeader(header);
        entries.Sort((a, b) => a.Begin.CompareTo(b.Begin));
        CheckRanges(entries, stream.Length - stream.Position);
        var tensors = new List<WeightTensor>(entries.Count);
        foreach ((WeightShape shape, long begin, long end) in entries)
        {
            if (wanted?.Invoke(shape.Name) == false)
            {
                stream.Seek(end - begin, SeekOrigin.Current);
                continue;
            }
            var values = new float[shape.Count];
            stream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
            tensors.Add(new WeightTensor(shape, values));
        }
        return (metadata, tensors);
    }

    /// <summary>Writes the tensors in the given order. Equal content gives equal bytes.</summary>
    public static void Write(Stream stream, IReadOnlyDictionary<string, string> metadata, IReadOnlyList<WeightTensor> tensors)
    {
        using var header = new MemoryStream();
        using (var json = new Utf8JsonWriter(header))
        {
            json.WriteStartObject();
            json.WriteStartObject(MetadataKey);
            foreach ((string key, string value) in metadata.OrderBy(entry => entry.Key, StringComparer.Ordinal))
                json.WriteString(key, value);
            json.WriteEndObject();
            long offset = 0;
            foreach (WeightTensor tensor in tensors)
            {
                json.WriteStartObject(tensor.Shape.Name);
                json.WriteString("dtype", "F32");
                WriteArray(json, "shape", tensor.Shape.Shape);
                WriteArray(json, "data_offsets", offset, offset += sizeof(float) * tensor.Shape.Count);
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (header.Length % 8 != 0) header.WriteByte((byte)' ');               // values start at a multiple of eight

        Span<byte> prefix = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
        stream.Write(prefix);
        header.WriteTo(stream);
        foreach (WeightTensor tensor in tensors) stream.Write(MemoryMarshal.AsBytes(tensor.Values.AsSpan()));
    }

    private static (Dictionary<string, string>, List<(WeightShape, long, long)>) ParseHeader(byte[] header)
    {
        var metadata = new Dictionary<string, string>();
        var entries = new List<(WeightShape, long, long)>();
        try
        {
            using JsonDocument json = JsonDocument.Parse(header, new JsonDocumentOptions { AllowDuplicateProperties = false });
            foreach (JsonProperty property in json.RootElement.EnumerateObject())
            {
                if (property.Name == MetadataKey)
                    foreach (JsonProperty entry in property.Value.EnumerateObject()) metadata.Add(entry.Name, entry.Value.GetString()!);
                else
                    entries.Add(ParseEntry(property));
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new InvalidDataException("its header is not that of a safetensors file", e);
        }
        return (metadata, entries);
    }

    private static (WeightShape, long Begin, long End) ParseEntry(JsonProperty property)
    {
        string? type = property.Value.GetProperty("dtype").GetString();
        if (type != "F32") throw new InvalidDataException($"the tensor '{property.Name}' is of type {type}, not F32");
        int[] shape = [.. property.Value.GetProperty("shape").EnumerateArray().Select(n => n.GetInt32())];
        long[] range = [.. property.Value.GetProperty("data_offsets").EnumerateArray().Select(n => n.GetInt64())];
        // A product beyond the largest array stays there: it fits no byte range.
        long count = shape.Aggregate(1L, (product, n) => n < 0 || product > Array.MaxLength ? long.MaxValue : product * n);
        bool fits = range.Length == 2 && range[0] >= 0 && count <= Array.MaxLength && range[1] - range[0] == sizeof(float) * count;
        if (!fits) throw new InvalidDataException($"the tensor '{property.Name}' has a shape and a byte range that disagree");
        return (new WeightShape(property.Name, shape), range[0], range[1]);
    }

    private static void CheckRanges(List<(WeightShape Shape, long Begin, long End)> entries, long available)
    {
        long expected = 0;
        foreach ((WeightShape shape, long begin, long end) in entries)
        {
            if (begin != expected) throw new InvalidDataException($"the tensor '{shape.Name}' overlaps another or leaves a gap");
            expected = end;
        }
        if (expected != available)
            throw new InvalidDataException($"it holds {available} bytes of values where its header promises {expected}");
    }

    private static void WriteArray<T>(Utf8JsonWriter json, string name, params T[] values) where T : struct, IConvertible
    {
        json.WriteStartArray(name);
        foreach (T value in values) json.WriteNumberValue(value.ToInt64(null));
        json.WriteEndArray();
    }
}
