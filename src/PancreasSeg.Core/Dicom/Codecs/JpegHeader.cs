using System.Buffers.Binary;

namespace PancreasSeg.Dicom.Codecs;

/// <summary>
/// Everything before the entropy-coded data of a single-component JPEG (T.81 Annex B) or JPEG-LS (T.87 Annex C) frame. Tables are kept as
/// places in the frame; the process that needs one builds it.
/// </summary>
internal ref struct JpegHeader
{
    private readonly ReadOnlySpan<byte> _frame;
    private readonly string _encoding;
    private int _component = -1;
    private TableSlots _huffman;
    private TableSlots _quantization;

    /// <summary>Reads the markers up to the scan, and checks the frame header against the data set.</summary>
    /// <param name="frame">The encoded frame.</param>
    /// <param name="format">The data set's pixel description.</param>
    /// <param name="encoding">Name of the encoding, for messages.</param>
    /// <param name="processes">The start-of-frame markers allowed.</param>
    /// <exception cref="CoreException">
    /// <see cref="Fault.DicomFileInvalid"/>: damaged, another process, or another size than the data set's.
    /// </exception>
    public JpegHeader(ReadOnlySpan<byte> frame, FrameFormat format, string encoding, params scoped ReadOnlySpan<byte> processes)
    {
        _frame = frame;
        _encoding = encoding;
        if (frame is not [0xFF, 0xD8, ..]) FrameFault.Throw($"The {encoding} pixel data do not begin with a start-of-image marker.");
        FrameFault.CheckEnd(encoding, frame);
        int at = 2;
        do at = ReadSegment(at, format, processes);
        while (ScanStart == 0);
    }

    /// <summary>Bits per sample, P.</summary>
    public int Precision { get; private set; }

    /// <summary>Restart interval, Ri: data units (JPEG) or lines (JPEG-LS); 0 is none.</summary>
    public int RestartInterval { get; private set; }

    /// <summary>Ss: the predictor of lossless JPEG, NEAR of JPEG-LS.</summary>
    public int SpectralStart { get; private set; }

    /// <summary>Al: the point transform of lossless JPEG.</summary>
    public int PointTransform { get; private set; }

    /// <summary>Td and Ta, or the mapping table of JPEG-LS.</summary>
    public int TableSelector { get; private set; }

    /// <summary>Position of a JPEG-LS preset parameter segment's body (MAXVAL, T1, T2, T3, RESET), or 0.</summary>
    public int Presets { get; private set; }

    /// <summary>Position of the first byte of entropy-coded data.</summary>
    public int ScanStart { get; private set; }

    private int QuantizationSelector { get; set; }

    /// <summary>Builds the scan's Huffman table of a class.</summary>
    /// <param name="ac">False is the DC or lossless table (Td), true the AC table (Ta).</param>
    /// <param name="highestSymbol">Highest symbol the process allows.</param>
    public readonly HuffmanTable Huffman(bool ac, int highestSymbol)
    {
        int slot = ac ? 4 | TableSelector & 0x0F : TableSelector >> 4;
        if ((TableSelector & 0xCC) != 0 || _huffman[slot] == 0) FrameFault.Throw($"The {_encoding} pixel data lack a Huffman table.");
        return new HuffmanTable(_frame[_huffman[slot]..], highestSymbol);
    }

    /// <summary>The component's quantization table in zig-zag order (T.81 B.2.4.1).</summary>
    /// <param name="table">Receives 64 elements.</param>
    public readonly void ReadQuantization(scoped Span<float> table)
    {
        int at = _quantization[QuantizationSelector];
        if (at == 0) FrameFault.Throw($"The {_encoding} pixel data lack a quantization table.");
        bool wide = _frame[at - 1] >> 4 != 0;
        for (int i = 0; i < table.Length; i++)
            table[i] = wide ? BinaryPrimitives.ReadUInt16BigEndian(_frame[(at + 2 * i)..]) : _frame[at + i];
    }

    private int ReadSegment(int at, FrameFormat format, scoped ReadOnlySpan<byte> processes)
    {
        while (at + 1 < _frame.Length && _frame[at] == 0xFF && _frame[at + 1] == 0xFF) at++;
        if (at + 4 > _frame.Length) FrameFault.ThrowTruncated(_encoding);
        byte marker = _frame[at + 1];
        if (_frame[at] != 0xFF || marker is 0 or 1 or >= 0xD0 and <= 0xD9)
            FrameFault.Throw($"The {_encoding} pixel data have no marker where one must be.");
        int start = at + 4;
        int end = at + 2 + BinaryPrimitives.ReadUInt16BigEndian(_frame[(at + 2)..]);
        if (end < start || end > _frame.Length) FrameFault.ThrowTruncated(_encoding);
        ReadOnlySpan<byte> body = _frame[start..end];
        switch (marker)
        {
            case 0xC4: NoteHuffman(body, start); break;
            case 0xDB: NoteQuantization(body, start); break;
            case 0xDD: ReadRestartInterval(body); break;
            case 0xF8: NotePresets(body, start); break;
            case 0xDA: ReadScan(body, end); break;
            case (>= 0xC0 and <= 0xCF and not 0xC8 and not 0xCC) or 0xF7: ReadFrame(body, marker, format, processes); break;
            default: break;
        }
        return end;
    }

    private void ReadFrame(ReadOnlySpan<byte> body, byte marker, FrameFormat format, scoped ReadOnlySpan<byte> processes)
    {
        if (!processes.Contains(marker))
            FrameFault.Throw($"The pixel data are JPEG of process SOF {marker - 0xC0}; the transfer syntax is {_encoding}.");
        if (_component >= 0 || body.Length < 9) FrameFault.Throw($"The {_encoding} frame header is damaged.");
        Precision = body[0];
        int height = BinaryPrimitives.ReadUInt16BigEndian(body[1..]);
        int width = BinaryPrimitives.ReadUInt16BigEndian(body[3..]);
        FrameFault.Check(_encoding, format, width, height, body[5], Precision);
        _component = body[6];
        QuantizationSelector = body[8] & 3;
    }

    private void ReadScan(ReadOnlySpan<byte> body, int end)
    {
        if (body.Length != 6 || body[0] != 1 || body[1] != _component) FrameFault.Throw($"The {_encoding} scan header is damaged.");
        TableSelector = body[2];
        SpectralStart = body[3];
        PointTransform = body[5] & 0x0F;
        ScanStart = end;
    }

    private void ReadRestartInterval(ReadOnlySpan<byte> body)
    {
        // T.87 C.2.5 allows three and four bytes beside the two of T.81 B.2.4.4.
        if (body.Length is < 2 or > 4) FrameFault.Throw($"The {_encoding} restart interval is damaged.");
        long interval = 0;
        foreach (byte digit in body) interval = interval << 8 | digit;
        RestartInterval = (int)Math.Min(interval, int.MaxValue);
    }

    private void NoteHuffman(ReadOnlySpan<byte> body, int start)
    {
        for (int at = 0; at < body.Length;)
        {
            int length = at + 17 <= body.Length ? 17 + HuffmanTable.CountSymbols(body[(at + 1)..]) : int.MaxValue;
            if (length > body.Length - at || (body[at] & 0xEC) != 0)
                FrameFault.Throw($"A Huffman table of the {_encoding} pixel data is damaged.");
            _huffman[body[at] >> 2 | body[at] & 3] = start + at + 1;
            at += length;
        }
    }

    private void NoteQuantization(ReadOnlySpan<byte> body, int start)
    {
        for (int at = 0; at < body.Length;)
        {
            int length = 1 + (body[at] >> 4 == 0 ? 64 : 128);
            if (length > body.Length - at || (body[at] & 0xEC) != 0)
                FrameFault.Throw($"A quantization table of the {_encoding} pixel data is damaged.");
            _quantization[body[at] & 3] = start + at + 1;
            at += length;
        }
    }

    private void NotePresets(ReadOnlySpan<byte> body, int start)
    {
        // T.87 C.2.4: 1 coding parameters, 2 and 3 mapping tables (used only where the scan selects one), 4 dimensions above 65535.
        if (body is [4, ..]) FrameFault.Throw($"The {_encoding} header states dimensions above 65535.");
        if (body is not [1, ..]) return;
        if (body.Length != 11) FrameFault.Throw($"The {_encoding} preset parameters are damaged.");
        Presets = start + 1;
    }

    [System.Runtime.CompilerServices.InlineArray(8)]
    private struct TableSlots
    {
        private int _first;
    }
}
