using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using static System.FormattableString;

namespace PancreasSeg.Network.Foreign;

/// <summary>
/// Reads what torch.save writes of a checkpoint, a subset of pickle protocol 2 (https://docs.python.org/3/library/pickletools.html):
/// dictionaries, lists, tuples, numbers, texts and views of tensors. A name outside a short list ends the reading; nothing is ever
/// looked up or called by name.
/// </summary>
/// <param name="input">The pickle; read up to its end mark.</param>
/// <param name="isScript">True for one of TorchScript, which also holds objects of the program's own classes.</param>
internal sealed class CheckpointPickle(Stream input, bool isScript = false)
{
    private const int MaxText = 1 << 20, MaxObjects = 4_000_000;

    private static readonly HashSet<string> s_functions = new(StringComparer.Ordinal)
    {
        "collections OrderedDict", "torch._utils _rebuild_tensor_v2", "torch._utils _rebuild_parameter", "torch Size", "torch device",
        "numpy.core.multiarray scalar", "numpy._core.multiarray scalar", "numpy dtype", "_codecs encode",
    };

    private static readonly HashSet<string> s_scriptFunctions = new(StringComparer.Ordinal)
    {
        "torch.jit._pickle build_intlist", "torch.jit._pickle build_tensorlist", "torch.jit._pickle build_doublelist",
        "torch.jit._pickle build_boollist", "torch.jit._pickle restore_type_tag",
    };

    private static readonly HashSet<string> s_storages =
        [.. new[] { "Float", "Half", "BFloat16", "Double", "Long", "Int", "Short", "Char", "Byte",
            "Bool" }.Select(type => $"torch {type}Storage")];

    private static readonly object s_mark = new();

    private readonly List<object?> _stack = [];
    private readonly Dictionary<int, object?> _memo = [];
    private readonly Dictionary<string, StorageReference> _storages = [];
    private int _objects;

    /// <summary>The storages that the pickle speaks of, by key.</summary>
    public IReadOnlyDictionary<string, StorageReference> Storages => _storages;

    /// <summary>Reads the object: a dictionary (keys are texts or numbers), list, <see cref="PickleTuple"/>, text, number, truth value,
    /// <see cref="TensorReference"/>, or null for None and for what is of no use here.</summary>
    /// <exception cref="InvalidDataException">The pickle is damaged or asks for something that is not data; the message says
    /// what.</exception>
    /// <exception cref="EndOfStreamException">It ends early.</exception>
    public object? Read()
    {
        for (int code = Next(); code != '.'; code = Next()) Do(code);
        return Pop();
    }

    private void Do(int code)
    {
        switch (code)
        {
            case 0x80: Protocol(Next()); break;
            case '}': Push(new Dictionary<object, object?>()); break;
            case ']': Push(new List<object?>()); break;
            case ')': Push(new PickleTuple([])); break;
            case '(': Push(s_mark); break;
            case 'q': _memo[Next()] = Top; break;
            case 'r': _memo[Int32()] = Top; break;
            case 'h': Push(Remembered(Next())); break;
            case 'j': Push(Remembered(Int32())); break;
            case 'X': Push(Encoding.UTF8.GetString(Take(Int32()))); break;
            case 'K': Push((long)Next()); break;
            case 'M': Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2))); break;
            case 'J': Push((long)Int32()); break;
            case 0x8a: PushWhole(new BigInteger(Take(Next()))); break;
            case 'G': Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8))); break;
            case 0x88: Push(true); break;
            case 0x89: Push(false); break;
            case 'N': Push(null); break;
            case 't': Push(new PickleTuple(PopToMark())); break;
            case 0x85: Push(new PickleTuple(Pop(1))); break;
            case 0x86: Push(new PickleTuple(Pop(2))); break;
            case 0x87: Push(new PickleTuple(Pop(3))); break;
            case 'a': Append(Pop(1)); break;
            case 'e': Append(PopToMark()); break;
            case 's': Set(Pop(2)); break;
            case 'u': Set(PopToMark()); break;
            case 'c': Push(Global($"{Line()} {Line()}")); break;
            case 'R': Call(Pop(2)); break;
            case 0x81 when isScript: Create(Pop(2)); break;
            case 'b': _ = Pop(); break;                                          // the state of a dtype, or an OrderedDict's notes
            case 'Q': Push(Storage(Pop())); break;
            default: throw new InvalidDataException(Invariant($"it holds the instruction 0x{code:x2}, which no table of weights needs"));
        }
    }

    private static void Protocol(int version)
    {
        if (version != 2) throw new InvalidDataException(Invariant($"it is a pickle of protocol {version} instead of 2"));
    }

    private void PushWhole(BigInteger value)
    {
        if (value >= long.MinValue && value <= long.MaxValue) Push((long)value);
        else Push(value);
    }

    private PickleGlobal Global(string name) => s_functions.Contains(name) || s_storages.Contains(name)
        || isScript && (s_scriptFunctions.Contains(name) || IsOwnClass(name)) ? new PickleGlobal(name)
        : throw new InvalidDataException($"it asks for '{Shown(name)}', which is neither a tensor nor a number, and was not read further");

    // A class that the program itself defines; those below torch.classes are libtorch's.
    private static bool IsOwnClass(string name) => (name.StartsWith("__torch__ ", StringComparison.Ordinal)
        || name.StartsWith("__torch__.", StringComparison.Ordinal)) && !name.Contains("torch.classes", StringComparison.Ordinal);

    private void Create(object?[] call)
    {
        if (call is not [PickleGlobal { Name: var name }, PickleTuple { Items: [] }] || !IsOwnClass(name)) throw Malformed();
        Push(new PickleTuple([]));
    }

    private void Call(object?[] call)
    {
        if (call is not [PickleGlobal function, PickleTuple arguments]) throw Malformed();
        Push(Result(function.Name, arguments.Items));
    }

    // Times, devices and logged numbers of numpy are of no use here and become null.
    private static object? Result(string function, object?[] arguments) => (function, arguments) switch
    {
        ("collections OrderedDict", []) => new Dictionary<object, object?>(),
        ("torch._utils _rebuild_tensor_v2", [StorageReference storage, long offset, PickleTuple size, PickleTuple stride, ..]) =>
            new TensorReference(storage, offset, Longs(size), Longs(stride)),
        ("torch._utils _rebuild_parameter", [TensorReference tensor, ..]) => tensor,
        ("torch Size", [PickleTuple size]) => size,
        (_, [List<object?> list]) when s_scriptFunctions.Contains(function) => list,
        ("torch.jit._pickle restore_type_tag", [var value, string]) => value,
        ("torch device" or "numpy dtype" or "_codecs encode" or "numpy.core.multiarray scalar" or "numpy._core.multiarray scalar", _) =>
            null,
        _ => throw Malformed(),
    };

    private StorageReference Storage(object? id)
    {
        if (id is not PickleTuple { Items: ["storage", PickleGlobal type, string key, string, long and >= 0 and var count, .. var rest] }
            || !s_storages.Contains(type.Name) || rest is not ([] or [null]))
            throw Malformed();
        var storage = new StorageReference(key, type.Name["torch ".Length..^"Storage".Length], count);
        if (_storages.TryAdd(key, storage) || _storages[key] == storage) return storage;
        throw new InvalidDataException("it describes one storage in two ways");
    }

    private void Append(object?[] items)
    {
        if (Top is not List<object?> list) throw Malformed();
        list.AddRange(items);
    }

    private void Set(object?[] items)
    {
        if (Top is not Dictionary<object, object?> dictionary || items.Length % 2 != 0) throw Malformed();
        for (int i = 0; i < items.Length; i += 2)
            dictionary[items[i] is string or long or double or bool ? items[i]! : throw Malformed()] = items[i + 1];
    }

    private static long[] Longs(PickleTuple tuple) => [.. tuple.Items.Select(item => item is long number ? number : throw Malformed())];

    private object? Remembered(int index) => _memo.TryGetValue(index, out object? value) ? value : throw Malformed();

    private object? Top => _stack.Count > 0 ? _stack[^1] : throw Malformed();

    private void Push(object? value)
    {
        if (++_objects > MaxObjects) throw new InvalidDataException("it holds more objects than any checkpoint does");
        _stack.Add(value);
    }

    private object? Pop() => Pop(1)[0];

    private object?[] Pop(int count) => PopFrom(_stack.Count - count, 0);

    private object?[] PopToMark() => PopFrom(_stack.LastIndexOf(s_mark), 1);

    private object?[] PopFrom(int start, int skipped)
    {
        if (start < 0) throw Malformed();
        object?[] items = [.. _stack.Skip(start + skipped)];
        if (items.Contains(s_mark)) throw Malformed();
        _stack.RemoveRange(start, _stack.Count - start);
        return items;
    }

    private int Next()
    {
        int value = input.ReadByte();
        return value >= 0 ? value : throw new EndOfStreamException("it ends early");
    }

    private int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    private byte[] Take(int count)
    {
        if (count is < 0 or > MaxText) throw new InvalidDataException("it holds a text of impossible length");
        var bytes = new byte[count];
        input.ReadExactly(bytes);
        return bytes;
    }

    private string Line()
    {
        const int longest = 256;
        var line = new StringBuilder();
        for (int c = Next(); c != '\n'; c = Next())
        {
            if (line.Length == longest) throw Malformed();
            line.Append((char)c);
        }
        return line.ToString();
    }

    private static string Shown(string name) => new([.. name.Select(c => char.IsControl(c) ? '?' : c)]);

    private static InvalidDataException Malformed() => new("its pickle is malformed");
}
