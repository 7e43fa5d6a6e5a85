using System.Runtime.CompilerServices;

namespace PancreasSeg.Dicom.Codecs;

/// <summary>A Huffman table of a JPEG frame (T.81 B.2.4.2, C.2, F.2.2.3): one lookup for codes of up to ten bits, a search above.</summary>
internal sealed class HuffmanTable
{
    private const int LookupBits = 10;

    // Length << 8 | symbol; 0 where the code is longer than the lookup or does not exist.
    private readonly ushort[] _lookup = new ushort[1 << LookupBits];
    private readonly int[] _firstAbove = new int[17];
    private readonly int[] _symbolShift = new int[17];
    private readonly byte[] _symbols;

    /// <summary>Builds the table.</summary>
    /// <param name="definition">16 counts of codes by length, then the symbols; the caller has checked that it holds them all.</param>
    /// <param name="highestSymbol">Highest symbol the process allows.</param>
    /// <exception cref="CoreException">
    /// <see cref="Fault.DicomFileInvalid"/>: more codes than a length can have, or a forbidden symbol.
    /// </exception>
    public HuffmanTable(ReadOnlySpan<byte> definition, int highestSymbol)
    {
        _symbols = definition.Slice(16, CountSymbols(definition)).ToArray();
        int code = 0;
        int index = 0;
        for (int length = 1; length <= 16; length++, code <<= 1)
        {
            _symbolShift[length] = index - code;
            for (int i = definition[length - 1]; i > 0; i--, code++, index++)
            {
                if (code >> length != 0) FrameFault.Throw("A Huffman table of the JPEG frame has too many codes.");
                if (_symbols[index] > highestSymbol) FrameFault.Throw("A Huffman table of the JPEG frame has an impossible symbol.");
                int spare = LookupBits - length;
                if (spare >= 0) _lookup.AsSpan(code << spare, 1 << spare).Fill((ushort)(length << 8 | _symbols[index]));
            }
            _firstAbove[length] = code << (16 - length);
        }
    }

    /// <summary>Number of symbols that follow the 16 counts.</summary>
    public static int CountSymbols(ReadOnlySpan<byte> definition)
    {
        int count = 0;
        foreach (byte ofLength in definition[..16]) count += ofLength;
        return count;
    }

    /// <summary>Decodes one symbol; the reader must hold at least 16 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Decode(ref EntropyReader reader)
    {
        int entry = _lookup[reader.Peek(LookupBits)];
        if (entry == 0) entry = FindLong((int)reader.Peek(16));
        reader.Skip(entry >> 8);
        return entry & 0xFF;
    }

    /// <summary>T.81 F.2.2.1, EXTEND: the difference of a category from its additional bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int ReadDifference(ref EntropyReader reader, int category)
    {
        int bits = reader.Read(category);
        int half = (1 << category) >> 1;
        return bits < half ? bits + 1 - (1 << category) : bits;
    }

    private int FindLong(int bits)
    {
        int length = LookupBits + 1;
        while (length <= 16 && bits >= _firstAbove[length]) length++;
        if (length > 16) FrameFault.Throw("The JPEG pixel data contain a code that no Huffman table defines.");
        return length << 8 | _symbols[(bits >> (16 - length)) + _symbolShift[length]];
    }
}
