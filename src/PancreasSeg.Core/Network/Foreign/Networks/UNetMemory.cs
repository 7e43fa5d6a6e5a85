namespace PancreasSeg.Network.Foreign;

/// <summary>
/// Reads a network for the memory of one patch: each tensor is made and freed where <see cref="UNetTensors"/> makes and frees
/// it, and none is computed. Knows nothing of torch.
/// </summary>
internal sealed class UNetMemory : IUNetOperations<UNetMemory.Values>
{
    private readonly TensorLedger _ledger = new();
    private readonly int _element;

    private UNetMemory(int element) => _element = element;

    /// <summary>Peak bytes of the tensors of a pass.</summary>
    /// <param name="sizes">The network.</param>
    /// <param name="classes">Channels of its answer.</param>
    /// <param name="patch">Voxels of a patch along each axis.</param>
    /// <param name="half">True in bfloat16.</param>
    public static long Peak(UNetArchitecture sizes, int classes, int[] patch, bool half = false)
    {
        var memory = new UNetMemory(half ? 2 : sizeof(float));
        var input = new Values(1, patch, true);
        memory._ledger.Make(input.SizeIn(sizeof(float)) + (half ? input.SizeIn(2) : 0)); // stays, in float32 beside its bfloat16
        Values features = new UNetWalk<Values>(memory, sizes).Features(input);
        long piece = Math.Min(TorchPatchNetwork.VoxelsAtOnce, input.SizeIn(1)) * sizeof(float);
        memory._ledger.Touch(piece * (classes + (half ? features.Channels : 0)) + (features.IsChannelsLast ? 0 : memory.Size(features)));
        return memory._ledger.Peak;
    }

    public Values Convolution(string name, Values x, int channels, ConvolutionWindow window, bool hasBias = true)
    {
        int[] shape = [.. x.Shape.Zip(window.Stride, (n, stride) => n / stride)];
        if (window.IsPointwise)
        {
            if (!x.IsChannelsLast) _ledger.Touch(Size(x));
            return Make(channels, shape, true);
        }
        int taps = window.Kernel.Aggregate(1, (product, n) => product * n);
        return Convolved(x, new Values(channels, shape, true), new Values(x.Channels * taps, shape, true), taps, transposed: false);
    }

    // Written as one column for each tap, which are as many as the answer has values.
    public Values Transposed(string name, Values x, int channels, ConvolutionWindow window, bool hasBias = true)
    {
        var y = new Values(channels, [.. x.Shape.Zip(window.Stride, (n, stride) => n * stride)], true);
        return Convolved(x, y, y, window.Reduction, transposed: true);
    }

    public Values Normalise(string name, Values x, double slope = 1) => x;

    public Values NormaliseByTraining(string name, Values x)
    {
        Values y = Make(x.Channels, x.Shape, x.IsChannelsLast);
        Free(x);
        return y;
    }

    public Values LeakyRelu(Values x, double slope) => x;

    public Values AveragePool(string name, Values x, int[] stride)
    {
        Values y = Make(x.Channels, [.. x.Shape.Zip(stride, (n, step) => n / step)], false);
        long wide = _element < sizeof(float) ? x.SizeIn(sizeof(float)) + y.SizeIn(sizeof(float)) : 0;
        _ledger.Touch(wide + (x.IsChannelsLast ? x.SizeIn(sizeof(float)) : 0));
        return y;
    }

    public Values Add(string name, Values sum, Values x) => sum;

    public Values Join(string name, Values first, Values second) =>
        Make(first.Channels + second.Channels, first.Shape, first.IsChannelsLast && second.IsChannelsLast);

    public void Free(Values x) => _ledger.Free(x.Bytes);

    public void AfterBlock() { }

    private Values Make(int channels, int[] shape, bool isChannelsLast)
    {
        var values = new Values(channels, shape, isChannelsLast);
        return values with { Bytes = _ledger.Make(Size(values)) };
    }

    private long Size(Values values) => values.SizeIn(_element);

    /// <summary>libtorch's own code works with channels outermost and on unrolled input, oneDNN's with channels innermost and on weights
    /// in an order of its own. Where bfloat16 does not fit, input and result are float32 for a while.</summary>
    private Values Convolved(Values x, Values y, Values unrolled, int taps, bool transposed)
    {
        bool isHalf = _element < sizeof(float);
        bool fits = isHalf && BFloat16Support.Fits(x.Channels, y.Channels, transposed, anyBlocks: true);
        bool isUnrolled = !fits && (long)x.Channels * x.Shape[0] * x.Shape[1] <= MemoryOperations.UnrolledUpTo;
        int element = fits ? _element : sizeof(float);
        long wide = isHalf && !fits ? _ledger.Make(x.SizeIn(element) + y.SizeIn(element)) : 0;
        Values made = Make(y.Channels, y.Shape, !isUnrolled);
        long weights = (long)x.Channels * y.Channels * taps * element;
        _ledger.Touch((x.IsChannelsLast == isUnrolled ? x.SizeIn(element) : 0) + (isUnrolled ? unrolled.SizeIn(element) : weights));
        _ledger.Free(wide);
        return made;
    }

    /// <summary>A tensor: channels, voxels along each axis, order in memory, and the bytes that are its own.</summary>
    internal sealed record Values(int Channels, int[] Shape, bool IsChannelsLast)
    {
        /// <summary>Bytes held; none of what another holds.</summary>
        public long Bytes { get; init; }

        /// <summary>Bytes of all values in a number format.</summary>
        /// <param name="element">Bytes of one.</param>
        public long SizeIn(int element) => Shape.Aggregate((long)Channels, (product, n) => product * n) * element;
    }
}
