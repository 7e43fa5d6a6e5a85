using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Numerics;
using System.Runtime.InteropServices;
using static System.FormattableString;

namespace PancreasSeg.Network.Foreign;

/// <summary>
/// A file of torch.save: the zip of torch 1.6 and later, or the stream before it. What it holds is read as data; a tensor's numbers only
/// when asked for. Messages of the exceptions say what is wrong in words that follow the file's name.
/// </summary>
internal sealed class TorchCheckpoint : IDisposable
{
    private const long MaxPickle = 64 << 20;
    private const int MaxEntries = 200_000;

    private static readonly BigInteger s_magic = BigInteger.Parse("01950a86a20f9469cfc6c", NumberStyles.HexNumber,
        CultureInfo.InvariantCulture);

    private readonly Stream _file;
    private readonly ZipArchive? _zip;
    private readonly Dictionary<string, ZipArchiveEntry> _entries = [];
    private readonly Dictionary<string, (long Position, long Bytes)> _places = [];

    /// <summary>Reads all but the tensors' numbers.</summary>
    /// <param name="file">The file, which can be searched; disposed with this.</param>
    /// <exception cref="InvalidDataException">It is no such file, damaged, of a machine with another byte order, or asks for something
    /// that is not data.</exception>
    public TorchCheckpoint(Stream file)
    {
        _file = new BufferedStream(file, 1 << 16);
        try
        {
            Span<byte> head = stackalloc byte[2];
            _file.ReadExactly(head);
            _file.Position = 0;
            if (head.SequenceEqual("PK"u8))
            {
                _zip = new ZipArchive(_file, ZipArchiveMode.Read);
                Root = ReadZip(_zip);
            }
            else
            {
                Root = ReadStream(_file);
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The dictionary that was saved.</summary>
    public IReadOnlyDictionary<object, object?> Root { get; }

    /// <summary>A tensor's numbers in float32, innermost axis fastest.</summary>
    /// <exception cref="InvalidDataException">The storage is missing, shorter than promised, or not of real numbers.</exception>
    public float[] Read(TensorReference tensor)
    {
        int width = tensor.Storage.Width;
        byte[] bytes = ReadBytes(tensor.Storage.Key, tensor.Offset * width, checked((int)((tensor.End - tensor.Offset) * width)));
        float[] stored = Widen(bytes, tensor.Storage.Type);
        long dense = 1;
        bool isDense = true;
        for (int a = tensor.Size.Count - 1; a >= 0; dense *= tensor.Size[a--]) isDense &= tensor.Size[a] == 1 || tensor.Stride[a] == dense;
        return isDense || tensor.Count == 0 ? stored : Gathered(stored, tensor);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _zip?.Dispose();
        _file.Dispose();
    }

    private Dictionary<object, object?> ReadZip(ZipArchive zip)
    {
        if (zip.Entries.Count > MaxEntries) throw new InvalidDataException("it holds more parts than any checkpoint does");
        ZipArchiveEntry[] pickles = [.. zip.Entries.Where(e => e.FullName.EndsWith("/data.pkl", StringComparison.Ordinal))];
        if (pickles is not [var pickle])
            throw new InvalidDataException(Invariant($"it holds {pickles.Length} parts named data.pkl instead of one"));
        string folder = pickle.FullName[..^"data.pkl".Length], data = folder + "data/";
        foreach (ZipArchiveEntry entry in zip.Entries.Where(e => e.FullName.StartsWith(data, StringComparison.Ordinal)))
            if (!_entries.TryAdd(entry.FullName[data.Length..], entry)) throw new InvalidDataException("it holds a storage twice");
        if (zip.GetEntry(folder + "byteorder") is { } order)
        {
            using Stream text = order.Open();
            Span<byte> bytes = stackalloc byte[16];
            int read = text.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (!bytes[..read].SequenceEqual("little"u8))
                throw new InvalidDataException("it was written on a machine with another byte order");
        }
        if (pickle.Length > MaxPickle) throw new InvalidDataException("its table of contents is too large");
        using var content = new BufferedStream(pickle.Open(), 1 << 16);
        return AsDictionary(new CheckpointPickle(content).Read());
    }

    // Five pickles (magic number, protocol, system, the object, keys of the storages), then for each key a count and the elements.
    private Dictionary<object, object?> ReadStream(Stream file)
    {
        object? magic = new CheckpointPickle(file).Read();
        if (magic is not BigInteger number || number != s_magic) throw new InvalidDataException("it is not a checkpoint of torch");
        if (new CheckpointPickle(file).Read() is not 1001L)
            throw new InvalidDataException("it is of a version of torch.save that is not known");
        if (new CheckpointPickle(file).Read() is Dictionary<object, object?> system && system.GetValueOrDefault("little_endian") is false)
            throw new InvalidDataException("it was written on a machine with another byte order");
        var content = new CheckpointPickle(file);
        Dictionary<object, object?> root = AsDictionary(content.Read());
        if (new CheckpointPickle(file).Read() is not List<object?> keys) throw new InvalidDataException("its list of storages is missing");
        Span<byte> count = stackalloc byte[sizeof(long)];
        foreach (object? item in keys)
        {
            if (item is not string key || !content.Storages.TryGetValue(key, out StorageReference? storage))
                throw new InvalidDataException("it holds a storage that nothing uses");
            file.ReadExactly(count);
            long elements = BinaryPrimitives.ReadInt64LittleEndian(count), bytes = file.Length - file.Position;
            if (elements < 0 || elements > bytes / storage.Width) throw new InvalidDataException("it ends early");
            if (!_places.TryAdd(key, (file.Position, elements * storage.Width))) throw new InvalidDataException("it holds a storage twice");
            file.Position += elements * storage.Width;
        }
        return root;
    }

    private byte[] ReadBytes(string key, long start, int count)
    {
        var bytes = new byte[count];
        if (_entries.TryGetValue(key, out ZipArchiveEntry? entry))
        {
            if (start + count > entry.Length) throw Short();
            using Stream content = entry.Open();
            Skip(content, start);
            content.ReadExactly(bytes);
        }
        else if (_places.TryGetValue(key, out (long Position, long Bytes) place))
        {
            if (start + count > place.Bytes) throw Short();
            _file.Position = place.Position + start;
            _file.ReadExactly(bytes);
        }
        else
        {
            throw new InvalidDataException("the numbers of a tensor are missing");
        }
        return bytes;
    }

    private static void Skip(Stream content, long count)
    {
        var skipped = new byte[(int)Math.Min(count, 1 << 16)];
        for (long left = count; left > 0; left -= Math.Min(left, skipped.Length))
            content.ReadExactly(skipped, 0, (int)Math.Min(left, skipped.Length));
    }

    private static float[] Widen(byte[] bytes, string type) => type switch
    {
        "Float" => MemoryMarshal.Cast<byte, float>(bytes).ToArray(),
        "Half" => [.. MemoryMarshal.Cast<byte, Half>(bytes).ToArray().Select(v => (float)v)],
        "BFloat16" => [.. MemoryMarshal.Cast<byte, ushort>(bytes).ToArray().Select(v => BitConverter.UInt32BitsToSingle((uint)v << 16))],
        "Double" => [.. MemoryMarshal.Cast<byte, double>(bytes).ToArray().Select(v => (float)v)],
        _ => throw new InvalidDataException($"a tensor of weights is of type {type}"),
    };

    private static float[] Gathered(float[] stored, TensorReference tensor)
    {
        var values = new float[tensor.Count];
        var index = new long[tensor.Size.Count];
        long at = 0;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = stored[at];
            for (int a = index.Length - 1; a >= 0; a--)
            {
                at += tensor.Stride[a];
                if (++index[a] < tensor.Size[a]) break;
                at -= tensor.Stride[a] * tensor.Size[a];
                index[a] = 0;
            }
        }
        return values;
    }

    private static Dictionary<object, object?> AsDictionary(object? root) =>
        root as Dictionary<object, object?> ?? throw new InvalidDataException("it holds something else than a dictionary");

    private static InvalidDataException Short() => new("the numbers of a tensor are fewer than it promises");
}
