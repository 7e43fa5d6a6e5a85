using System.Buffers;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;

namespace PancreasSeg.TestSupport;

/// <summary>Writes checkpoints as torch.save and nnU-Net's trainer do, and as neither does.</summary>
internal sealed class CheckpointWriter
{
    private readonly ArrayBufferWriter<byte> _pickle = new();
    private readonly List<(string Key, byte[] Bytes, long Count)> _storages = [];

    /// <summary>Order of bytes that the zip states; null for older files that do not.</summary>
    public string? ByteOrder { get; init; }

    /// <summary>Added to the pickle in place of a device: what a hostile file does.</summary>
    public byte[]? Intruder { get; init; }

    /// <summary>Each storage is said to hold this many elements more than it does.</summary>
    public int Pretended { get; init; }

    /// <summary>The state of the optimizer is written: a tensor whose numbers are missing.</summary>
    public bool WithOptimizer { get; init; }

    public string Trainer { get; init; } = "nnUNetTrainer";

    public string Configuration { get; init; } = "3d_fullres";

    public int[]? MirrorAxes { get; init; } = [0, 1, 2];

    /// <summary>The file in the zip form.</summary>
    public byte[] Zip(IReadOnlyList<(string Name, int[] Shape, float[] Values)> weights)
    {
        Checkpoint(weights);
        using var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create))
        {
            Entry(zip, "archive/data.pkl", _pickle.WrittenSpan.ToArray());
            if (ByteOrder is not null) Entry(zip, "archive/byteorder", Encoding.ASCII.GetBytes(ByteOrder));
            foreach ((string key, byte[] bytes, _) in _storages) Entry(zip, $"archive/data/{key}", bytes);
            Entry(zip, "archive/version", "3\n"u8.ToArray());
        }
        return file.ToArray();
    }

    /// <summary>The file in the form before torch 1.6.</summary>
    public byte[] Stream(IReadOnlyList<(string Name, int[] Shape, float[] Values)> weights)
    {
        Checkpoint(weights);
        using var file = new MemoryStream();
        file.Write([0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, (byte)'.']);
        file.Write([0x80, 2, (byte)'M', 0xe9, 0x03, (byte)'.']);
        file.Write([0x80, 2, (byte)'}', (byte)'.']);
        file.Write(_pickle.WrittenSpan.ToArray());
        file.Write([0x80, 2, (byte)']', (byte)'(']);
        foreach ((string key, _, _) in _storages) file.Write(Text(key));
        file.Write("e."u8);
        foreach ((_, byte[] bytes, long count) in _storages)
        {
            file.Write(BitConverter.GetBytes(count));
            file.Write(bytes);
        }
        return file.ToArray();
    }

    private void Checkpoint(IReadOnlyList<(string Name, int[] Shape, float[] Values)> weights)
    {
        Put([0x80, 2]);
        Put("}"u8);
        Set("network_weights", () =>
        {
            Call("collections", "OrderedDict", () => Put(")"u8));
            foreach ((string name, int[] shape, float[] values) in weights) Set(name, () => Tensor(shape, values));
            Put("}"u8);                                                          // OrderedDict's _metadata
            Put("b"u8);
        });
        if (WithOptimizer) Set("optimizer_state", () => Tensor([4], null));
        Set("current_epoch", () => Put([(byte)'K', 5]));
        Set("_best_ema", () => Call("numpy.core.multiarray", "scalar", () =>
        {
            Call("numpy", "dtype", () => Put([.. Text("f8"), 0x88, 0x89, 0x87]));
            Call("_codecs", "encode", () => Put([.. Text("\0\0\0\0\0\0ð?"), .. Text("latin1"), 0x86]));
            Put([0x86]);
        }));
        Set("init_args", () =>
        {
            Put("}"u8);
            Set("configuration", () => Put(Text(Configuration)));
            Set("device", () =>
            {
                if (Intruder is not null) Put(Intruder);
                else Call("torch", "device", () => Put([.. Text("cuda"), (byte)'K', 0, 0x86]));
            });
        });
        Set("trainer_name", () => Put(Text(Trainer)));
        if (MirrorAxes is null) Set("inference_allowed_mirroring_axes", () => Put("N"u8));
        else Set("inference_allowed_mirroring_axes",
            () => Put([(byte)'(', .. MirrorAxes.SelectMany(axis => new[] { (byte)'K', (byte)axis }), (byte)'t']));
        Put("."u8);
    }

    private void Tensor(int[] shape, float[]? values)
    {
        string key = $"{_storages.Count}";
        long count = (values?.Length ?? 4) + Pretended;
        if (values is not null) _storages.Add((key, MemoryMarshal.AsBytes(values.AsSpan()).ToArray(), values.Length));
        else key = "missing";
        Call("torch._utils", "_rebuild_tensor_v2", () =>
        {
            Put("(("u8);
            Put([.. Text("storage"), .. Name("torch", "FloatStorage"), .. Text(key), .. Text("cuda:0"), .. Integer(count), (byte)'t',
                (byte)'Q']);
            Put(Integer(0));
            int[] strides = [.. shape.Select((_, axis) => shape[(axis + 1)..].Aggregate(1, (a, b) => a * b))];
            foreach (int[] list in (int[][])[shape, strides]) Put([(byte)'(', .. list.SelectMany(n => Integer(n)), (byte)'t']);
            Put([0x89]);
            Call("collections", "OrderedDict", () => Put(")"u8));
            Put("t"u8);
        });
    }

    private void Set(string key, Action value)
    {
        Put(Text(key));
        value();
        Put("s"u8);
    }

    private void Call(string module, string name, Action arguments)
    {
        Put(Name(module, name));
        arguments();
        Put("R"u8);
    }

    private void Put(ReadOnlySpan<byte> bytes) => _pickle.Write(bytes);

    public static byte[] Name(string module, string name) => Encoding.ASCII.GetBytes($"c{module}\n{name}\n");

    public static byte[] Text(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return [(byte)'X', .. BitConverter.GetBytes(bytes.Length), .. bytes];
    }

    private static byte[] Integer(long value) => [(byte)'J', .. BitConverter.GetBytes((int)value)];

    private static void Entry(ZipArchive zip, string name, byte[] content)
    {
        using System.IO.Stream stream = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
        stream.Write(content);
    }
}
