namespace PancreasSeg.Network;

/// <summary>
/// Counts the tensors of one forward pass, without computing any: the same walk as <see cref="SegmentationNetwork"/>'s, each tensor
/// made and freed where it is there. Knows nothing of torch.
/// </summary>
internal sealed class ForwardMemory
{
    private const int Float = sizeof(float);

    /// <summary>
    /// Channels x slices x rows up to which libtorch leaves a float32 convolution to its own code, which writes each voxel's 27
    /// neighbours side by side first.
    /// </summary>
    private const int UnrolledUpTo = 20_480;

    private readonly NetworkSpec _spec;
    private readonly TensorLedger _ledger = new();
    private readonly bool _slices;
    private readonly bool _half;
    private readonly int _depth;
    private readonly int _height;
    private readonly long _voxels;

    private ForwardMemory(NetworkSpec spec, int depth, int height, int width, bool half)
    {
        (_spec, _slices, _half) = (spec, spec.Kind == NetworkKind.SliceUNet, half);
        (_depth, _height, _voxels) = (depth, height, (long)depth * height * width);
    }

    private int Element => _half ? 2 : Float;

    /// <summary>Peak bytes of the tensors of a pass.</summary>
    /// <param name="spec">The network.</param>
    /// <param name="depth">Slices that go through together.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="half">True in bfloat16.</param>
    /// <param name="allClasses">True for the pass that tells the class of each voxel, false for the pancreas' probability.</param>
    public static long Peak(NetworkSpec spec, int depth, int height, int width, bool half, bool allClasses = false)
    {
        var memory = new ForwardMemory(spec, depth, height, width, half);
        memory._ledger.Make(memory._voxels * (half ? Float + 2 : Float));       // the input, in float32 first
        memory.Decode(allClasses);
        return memory._ledger.Peak;
    }

    private long Voxels(int stage) => _voxels >> (2 * stage);

    private long Features(int stage, long channels) => Voxels(stage) * channels * Element;

    private int Channels(int stage) => _spec.Filters << stage;

    private void Decode(bool allClasses)
    {
        int bottleneck = _spec.Stages - 1, gates = _slices ? Channels(bottleneck) / 2 : Channels(bottleneck);
        var skips = new long[bottleneck];
        long features = 0, answer = 0;
        for (int s = 0; s <= bottleneck; s++)
        {
            int input = s == 0 ? 1 : Channels(s - 1);
            long block = Block(s, input);
            _ledger.Free(features);
            if (s == bottleneck) features = block;
            else
            {
                skips[s] = block;
                _ledger.Touch(Voxels(s + 1) * Channels(s) * (Element + sizeof(long))); // max-pooling keeps the place of each maximum
                features = _ledger.Make(Features(s + 1, Channels(s)));
            }
        }
        long gating = _slices ? _ledger.Make(Features(bottleneck, gates)) : features;  // the bottleneck itself stays for the gates
        for (int s = bottleneck - 1; s >= 0; s--)
        {
            if (s > 0) Gate(s, gates, bottleneck);
            long up = Convolution(s, Channels(s + 1), Channels(s), transposed: true);
            if (_slices || s < bottleneck - 1) _ledger.Free(features);
            if (s == 0) _ledger.Free(gating);
            long joined = _ledger.Make(Features(s, 2 * Channels(s)));
            _ledger.Free(up, skips[s]);
            features = Block(s, 2 * Channels(s));
            _ledger.Free(joined);
            answer = Answer(s, answer, allClasses);
        }
        _ledger.Free(features);
        if (_spec.Classes > 2) _ledger.Touch(answer);                           // softmax, or the number of the largest
        else if (allClasses) _ledger.Touch(_voxels * sizeof(long));
        _ledger.Free(answer);
    }

    /// <summary>A residual block, or the pair of convolutions of the slice network.</summary>
    private long Block(int stage, int input)
    {
        int channels = Channels(stage);
        long first = Normalised(stage, input, channels);
        long second = Normalised(stage, channels, channels);
        _ledger.Free(first);
        return second;
    }

    private long Normalised(int stage, int input, int output)
    {
        long y = Convolution(stage, input, output);
        if (_spec.Norm == NetworkNorm.None) return y;
        long normal = _ledger.Make(y);
        _ledger.Free(y);
        return normal;
    }

    /// <summary>Where bfloat16 does not fit, input and result are float32 for a while.</summary>
    /// <param name="stage">Stage of the result.</param>
    /// <param name="input">Channels.</param>
    /// <param name="output">Channels.</param>
    /// <param name="transposed">True when the input is of the next deeper stage.</param>
    private long Convolution(int stage, int input, int output, bool transposed = false)
    {
        if (_half && BFloat16Support.Fits(input, output, transposed)) return _ledger.Make(Features(stage, output));
        long wide = Voxels(transposed ? stage + 1 : stage) * input * Float, result = Voxels(stage) * output * Float;
        if (!_half) return Unrolled(result);
        wide = _ledger.Make(wide) + Unrolled(result);
        long y = _ledger.Make(Features(stage, output));
        _ledger.Free(wide);
        return y;

        long Unrolled(long bytes)
        {
            _ledger.Make(bytes);
            if (!_slices && !transposed && input * _depth * (_height >> stage) <= UnrolledUpTo)
                _ledger.Touch(wide + 27 * wide);
            return bytes;
        }
    }

    /// <summary>Made while the skip lives: theta's answer, the signal at its size, coefficients, the gated skip and the result.</summary>
    private void Gate(int stage, int signal, int bottleneck)
    {
        int channels = Channels(stage), half = channels / 2;
        long theta = Convolution(stage + 1, channels, half);
        long phi = _ledger.Make(Features(bottleneck, half)) + _ledger.Make(Features(stage + 1, half));
        long coefficients = _ledger.Make(Features(stage + 1, 1));
        _ledger.Free(theta);
        long gated = _ledger.Make(Features(stage, 1)) + _ledger.Make(Features(stage, channels));
        long result = _ledger.Make(Features(stage, channels));
        _ledger.Free(phi, coefficients, gated, result);                         // the result takes the skip's place
    }

    /// <summary>The stage's part of the logits, at its own size and at full size, and their sum so far.</summary>
    /// <returns>Bytes of the sum.</returns>
    private long Answer(int stage, long sum, bool allClasses)
    {
        long channels = _spec.Classes == 2 && !allClasses ? 1 : _spec.Classes;
        long own = _ledger.Make(Voxels(stage) * channels * Element);
        long wide = _half ? _ledger.Make(Voxels(stage) * channels * Float) : 0;
        long part = stage > 0 ? _ledger.Make(_voxels * channels * Float) : 0;
        if (allClasses) _ledger.Touch(sum);                                     // added out of place
        _ledger.Free(own, wide, part);
        return sum > 0 ? sum : _ledger.Make(_voxels * channels * Float);
    }
}
