using System.Runtime.CompilerServices;

namespace PancreasSeg.Dicom.Codecs;

/// <summary>Decodes the lines of a JPEG-LS scan with one component: the steps of T.87 Annex A, inverted.</summary>
internal ref struct JpegLsDecoder
{
    private const int Contexts = 365;

    private readonly JpegLsParameters _parameters;
    private readonly int _step;
    private readonly int _errorBits;
    private readonly int _limit;
    private readonly int _modulus;

    // Q(D) of A.3.3 for D = -MAXVAL..MAXVAL.
    private readonly ReadOnlySpan<sbyte> _gradients;

    // 365 regular contexts, then those of run interruption with RItype 0 and 1.
    private readonly Span<JpegLsContext> _contexts;
    private EntropyReader _reader;
    private int _runIndex;

    /// <summary>Prepares for the first line.</summary>
    /// <param name="parameters">The scan's coding parameters.</param>
    /// <param name="reader">At the start of the entropy-coded data.</param>
    /// <param name="gradients">Room for <c>2 * MAXVAL + 1</c> gradient regions.</param>
    public JpegLsDecoder(in JpegLsParameters parameters, EntropyReader reader, Span<sbyte> gradients)
    {
        _parameters = parameters;
        _step = 2 * parameters.Near + 1;
        _errorBits = parameters.ErrorBits;
        _limit = parameters.Limit;
        _modulus = parameters.Range * _step;
        _contexts = new JpegLsContext[Contexts + 2];
        _reader = reader;
        FillGradients(gradients, parameters);
        _gradients = gradients;
        Reset();
    }

    /// <summary>More bits were taken than the scan has.</summary>
    public readonly bool Exhausted => _reader.Exhausted;

    /// <summary>Goes on after the restart marker that ends an interval.</summary>
    public void NextInterval(int interval, string encoding)
    {
        _reader.NextInterval(interval, encoding);
        Reset();
    }

    /// <summary>
    /// Decodes one line. Both lines have one sample more on either side: of the line above they must be set (A.2), of this line the
    /// left one.
    /// </summary>
    public void DecodeLine(ReadOnlySpan<ushort> above, Span<ushort> line)
    {
        int width = line.Length - 2;
        above = above[..line.Length];
        ReadOnlySpan<sbyte> gradients = _gradients;
        int zero = _parameters.MaxValue;
        for (int x = 1; x <= width;)
        {
            int a = line[x - 1];
            int b = above[x];
            int c = above[x - 1];
            int d = above[x + 1];
            int context = 81 * gradients[d - b + zero] + 9 * gradients[b - c + zero] + gradients[c - a + zero];
            if (context == 0) x = DecodeRun(above, line, x);
            else line[x++] = DecodeRegular(context, a, b, c);
        }
    }

    private void Reset()
    {
        _contexts.Fill(new JpegLsContext(Math.Max(2, (_parameters.Range + 32) / 64)));
        _runIndex = 0;
    }

    private static void FillGradients(Span<sbyte> gradients, in JpegLsParameters p)
    {
        int zero = p.MaxValue;
        gradients.Fill(4);
        gradients[..(zero + p.Threshold3)].Fill(3);
        gradients[..(zero + p.Threshold2)].Fill(2);
        gradients[..(zero + p.Threshold1)].Fill(1);
        gradients[..(zero + p.Near + 1)].Clear();
        gradients[..(zero - p.Near)].Fill(-1);
        gradients[..(zero - p.Threshold1 + 1)].Fill(-2);
        gradients[..(zero - p.Threshold2 + 1)].Fill(-3);
        gradients[..(zero - p.Threshold3 + 1)].Fill(-4);
    }

    // A.4 to A.6
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ushort DecodeRegular(int signedContext, int a, int b, int c)
    {
        int sign = signedContext >> 31;
        ref JpegLsContext context = ref _contexts[(signedContext ^ sign) - sign];
        int k = context.GolombParameter(context.Sum);
        int mapped = ReadGolomb(k, _limit);
        // A.5.2 inverted: even values are errors from 0 up, odd ones from -1 down; turned round where the bias is low (code segment A.11).
        int error = (mapped >> 1) ^ -(mapped & 1);
        if (k == 0 && _parameters.Near == 0 && 2 * context.Bias <= -context.Count) error = ~error;

        int low = Math.Min(a, b);
        int high = Math.Max(a, b);
        int prediction = c >= high ? low : c <= low ? high : a + b - c;
        prediction = Math.Clamp(prediction + ((context.Correction ^ sign) - sign), 0, _parameters.MaxValue);
        context.Update(error, _step, _parameters.Reset);
        return Reconstruct(prediction, (error ^ sign) - sign);
    }

    // A.7: a run of the sample on the left, then, unless the line ends, the sample that interrupts it. Returns the next position.
    private int DecodeRun(ReadOnlySpan<ushort> above, Span<ushort> line, int x)
    {
        int end = line.Length - 1;
        ushort a = line[x - 1];
        int start = x;
        while (true)
        {
            _reader.Fill();
            int bits = RunLengthBits[_runIndex];
            if (_reader.Read(1) == 0)
            {
                x += _reader.Read(bits);
                break;
            }
            x += 1 << bits;
            if (x <= end && _runIndex < 31) _runIndex++;
            if (x >= end)
            {
                line[start..end].Fill(a);
                return end;
            }
        }
        if (x >= end) FrameFault.Throw("A run of the JPEG-LS pixel data goes beyond the line.");
        line[start..x].Fill(a);
        line[x] = DecodeRunInterruption(a, above[x]);
        if (_runIndex > 0) _runIndex--;
        return x + 1;
    }

    // A.7.2
    private ushort DecodeRunInterruption(int a, int b)
    {
        int type = Math.Abs(a - b) <= _parameters.Near ? 1 : 0;
        ref JpegLsContext context = ref _contexts[Contexts + type];
        int k = context.GolombParameter(type == 1 ? context.Sum + (context.Count >> 1) : context.Sum);
        int mapped = ReadGolomb(k, _limit - RunLengthBits[_runIndex] - 1);
        // Code segments A.21 and A.22 inverted.
        int magnitude = (mapped + type + 1) >> 1;
        bool map = ((mapped + type) & 1) != 0;
        int error = (k != 0 || 2 * context.Bias >= context.Count) == map ? -magnitude : magnitude;
        context.UpdateRunInterruption(error, mapped, type, _parameters.Reset);
        return type == 1 ? Reconstruct(a, error) : Reconstruct(b, a > b ? -error : error);
    }

    // A.5.3, limited-length Golomb code: zeros, a one, then k low bits, or all bits of the value less one after the longest row of zeros.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int ReadGolomb(int k, int limit)
    {
        _reader.Fill();
        int zeros = _reader.LeadingZeros();
        int longest = limit - _errorBits - 1;
        if (zeros >= longest)
        {
            _reader.Skip(longest + 1);
            _reader.Fill();
            return _reader.Read(_errorBits) + 1;
        }
        _reader.Skip(zeros + 1);
        _reader.Fill();
        long value = ((long)zeros << k) + _reader.Read(k);
        if (value > 2 * _parameters.Range) FrameFault.Throw("The JPEG-LS pixel data hold an impossible prediction error.");
        return (int)value;
    }

    // A.4.4 and A.4.5: undoes the modulo reduction.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly ushort Reconstruct(int prediction, int error)
    {
        int near = _parameters.Near;
        int value = prediction + error * _step;
        if (value < -near) value += _modulus;
        else if (value > _parameters.MaxValue + near) value -= _modulus;
        return (ushort)Math.Clamp(value, 0, _parameters.MaxValue);
    }

    // J of A.2.1.
    private static ReadOnlySpan<byte> RunLengthBits =>
    [
        0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15,
    ];
}
