namespace PancreasSeg.Network;

/// <summary>
/// Reads a network for the memory of one forward pass: each tensor is made and freed where <see cref="TensorOperations"/> makes and
/// frees it, and none is computed. Knows nothing of torch.
/// </summary>
internal sealed class MemoryOperations : INetworkOperations<MemoryOperations.Values>
{
    private const int Float = sizeof(float);

    /// <summary>
    /// Channels x slices x rows up to which libtorch leaves a float32 convolution to its own code, which writes each voxel's 27
    /// neighbours side by side first.
    /// </summary>
    internal const int UnrolledUpTo = 20_480;

    private readonly NetworkSpec _spec;
    private readonly TensorLedger _ledger = new();
    private readonly bool _half, _allClasses;
    private readonly long _voxels;
    private long _answer, _unrolled;

    private MemoryOperations(NetworkSpec spec, int depth, int height, int width, bool half, bool allClasses)
    {
        (_spec, _voxels) = (spec, (long)depth * height * width);
        (_half, _allClasses) = (half, allClasses);
    }

    private int Element => _half ? 2 : Float;

    /// <summary>Peak bytes of the tensors of a pass.</summary>
    /// <param name="spec">The network.</param>
    /// <param name="depth">Slices that go through together.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="half">True in bfloat16.</param>
    /// <param name="allClasses">True for the pass that tells the class of each voxel, false for the pancreas' probability.</param>
    public static long Peak(NetworkSpec spec, int depth, int height, int width, bool half, bool allClasses = false) =>
        Walked(spec, depth, height, width, half, allClasses)._ledger.Peak;

    /// <summary>Bytes of the most neighbours that a convolution of libtorch's own code writes side by side.</summary>
    /// <inheritdoc cref="Peak"/>
    public static long Unrolled(NetworkSpec spec, int depth, int height, int width, bool half) =>
        Walked(spec, depth, height, width, half, allClasses: false)._unrolled;

    /// <summary>Where bfloat16 does not fit, input and result are float32 for a while.</summary>
    public Values Convolution(string name, Values x, int channels, ConvolutionWindow window, bool hasBias = true)
    {
        Values y = x with
        {
            Channels = channels,
            Depth = x.Depth / window.StrideInSlices,
            Rows = x.Rows / window.Stride[^2],
            Voxels = x.Voxels / window.Reduction,
        };
        return window.IsPointwise ? Make(y) : Convolved(x.Channels, y.Voxels * x.Channels * Float, y, transposed: false);
    }

    public Values Transposed(string name, Values x, int channels, ConvolutionWindow window, bool hasBias = true) =>
        Convolved(x.Channels, x.Voxels * x.Channels * Float,
        new Values(channels, x.Depth * window.StrideInSlices, x.Rows * window.Stride[^2], x.Voxels * window.Reduction, 0),
        transposed: true);

    public Values Normalise(string name, Values x, double slope = 1)
    {
        if (_half) _ledger.Touch(x.Bytes);                                      // in float32 in place
        return x;
    }

    public Values LeakyRelu(Values x, double slope) => x;

    /// <summary>In float32 whatever the format.</summary>
    public Values AveragePool(string name, Values x, int[] stride)
    {
        int reduction = stride.Aggregate(1, (product, step) => product * step);
        Values y = Make(x with { Depth = x.Depth / stride[0], Rows = x.Rows / stride[1], Voxels = x.Voxels / reduction });
        if (_half) _ledger.Touch((x.Voxels + y.Voxels) * x.Channels * Float);
        return y;
    }

    public Values Relu(Values x) => x;

    public Values Sigmoid(string name, Values x) => x;

    public Values Add(string name, Values sum, Values x) => sum;

    public Values AddShortcut(string block, Values sum, Values x) => sum;

    public Values Multiply(string name, Values x, Values coefficients) => Make(x);

    public Values Halve(string name, Values x)
    {
        Values y = x with { Rows = x.Rows / 2, Voxels = x.Voxels / 4 };
        _ledger.Touch(y.Voxels * y.Channels * (Element + sizeof(long)));        // max-pooling keeps the place of each maximum
        return Make(y);
    }

    public Values Upsample(string name, Values x, int factor) =>
        factor == 1 ? Share(x) : Make(x with { Rows = x.Rows * factor, Voxels = x.Voxels * factor * factor });

    public Values Join(string name, Values first, Values second) => Make(first with { Channels = first.Channels + second.Channels });

    public Values Share(Values x)
    {
        x.Owners++;
        return x;
    }

    public void Free(Values x)
    {
        if (--x.Owners == 0) _ledger.Free(x.Bytes);
    }

    /// <summary>The stage's part of the logits, at its own size and at full size, and their sum so far.</summary>
    public void Head(int stage, Values features)
    {
        if (stage > 0 && !_spec.MixesHeads) return;
        long channels = _spec.Classes == 2 && !_allClasses ? 1 : _spec.Classes;
        long own = _ledger.Make(features.Voxels * channels * Element);
        long wide = _half ? _ledger.Make(features.Voxels * channels * Float) : 0;
        long part = stage > 0 ? _ledger.Make(_voxels * channels * Float) : 0;
        if (_allClasses) _ledger.Touch(_answer);                                // added out of place
        _ledger.Free(own, wide, part);
        if (_answer == 0) _answer = _ledger.Make(_voxels * channels * Float);
    }

    public void Output()
    {
        if (_spec.Classes > 2) _ledger.Touch(_answer);                          // softmax, or the number of the largest
        else if (_allClasses) _ledger.Touch(_voxels * sizeof(long));
    }

    public void AfterBlock() { }

    private static MemoryOperations Walked(NetworkSpec spec, int depth, int height, int width, bool half, bool allClasses)
    {
        var memory = new MemoryOperations(spec, depth, height, width, half, allClasses);
        memory._ledger.Make(memory._voxels * (half ? Float + 2 : Float));       // the input stays, in float32 beside its bfloat16
        spec.Walk(memory, new Values(1, depth, height, memory._voxels, 0));
        return memory;
    }

    private Values Make(Values shape) =>
        new(shape.Channels, shape.Depth, shape.Rows, shape.Voxels, _ledger.Make(shape.Voxels * shape.Channels * Element));

    private Values Convolved(int input, long wide, Values y, bool transposed)
    {
        if (_half && BFloat16Support.Fits(input, y.Channels, transposed)) return Make(y);
        long result = y.Voxels * y.Channels * Float;
        if (!_half)
        {
            Unroll();
            return Make(y);
        }
        _ledger.Make(wide);
        Unroll();
        _ledger.Make(result);
        Values half = Make(y);
        _ledger.Free(wide, result);
        return half;

        void Unroll()
        {
            if (_spec.IsOfSlices || transposed || input * y.Depth * y.Rows > UnrolledUpTo) return;
            _unrolled = Math.Max(_unrolled, 27 * wide);
            _ledger.Touch(result + wide + 27 * wide);
        }
    }

    /// <summary>Sizes of a tensor, and its bytes while one of its owners holds it.</summary>
    internal sealed record Values(int Channels, int Depth, int Rows, long Voxels, long Bytes)
    {
        public int Owners { get; set; } = 1;
    }
}
