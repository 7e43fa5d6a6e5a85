namespace PancreasSeg.Network.Foreign;

/// <summary>
/// Reads a network for the memory of one patch in float32: each tensor is made and freed where <see cref="UNetTensors"/> makes and frees
/// it, and none is computed. Knows nothing of torch.
/// </summary>
internal sealed class UNetMemory : IUNetOperations<UNetMemory.Values>
{
    private readonly TensorLedger _ledger = new();

    private UNetMemory()
    {
    }

    /// <summary>Peak bytes of the tensors of a pass.</summary>
    /// <param name="sizes">The network.</param>
    /// <param name="classes">Channels of its answer.</param>
    /// <param name="patch">Voxels of a patch along each axis.</param>
    public static long Peak(UNetArchitecture sizes, int classes, int[] patch)
    {
        var memory = new UNetMemory();
        memory._ledger.Make(new Values(1, patch, true).Size);                   // the input stays
        Values answer = new UNetWalk<Values>(memory, sizes).Run(new Values(1, patch, true), classes);
        memory._ledger.Touch(answer.Size);                                      // the same with channels outermost
        return memory._ledger.Peak;
    }

    public Values Convolution(string name, Values x, int channels, ConvolutionWindow window, bool hasBias = true)
    {
        int[] shape = [.. x.Shape.Zip(window.Stride, (n, stride) => n / stride)];
        if (window.IsPointwise)
        {
            if (!x.IsChannelsLast) _ledger.Touch(x.Size);
            return Make(channels, shape, true);
        }
        int taps = window.Kernel.Aggregate(1, (product, n) => product * n);
        return Convolved(x, new Values(channels, shape, true), new Values(x.Channels * taps, shape, true).Size, taps);
    }

    // Written as one column for each tap, which are as many as the answer has values.
    public Values Transposed(string name, Values x, int channels, ConvolutionWindow window, bool hasBias = true)
    {
        var y = new Values(channels, [.. x.Shape.Zip(window.Stride, (n, stride) => n * stride)], true);
        return Convolved(x, y, y.Size, window.Reduction);
    }

    public Values Normalise(string name, Values x) => x;

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
        if (x.IsChannelsLast) _ledger.Touch(x.Size);
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
        return values with { Bytes = _ledger.Make(values.Size) };
    }

    /// <summary>libtorch's own code works with channels outermost and on unrolled input, oneDNN's with channels innermost and on weights
    /// in an order of its own.</summary>
    private Values Convolved(Values x, Values y, long unrolled, int taps)
    {
        bool isUnrolled = (long)x.Channels * x.Shape[0] * x.Shape[1] <= MemoryOperations.UnrolledUpTo;
        Values made = Make(y.Channels, y.Shape, !isUnrolled);
        long weights = (long)x.Channels * y.Channels * taps * sizeof(float);
        _ledger.Touch((x.IsChannelsLast == isUnrolled ? x.Size : 0) + (isUnrolled ? unrolled : weights));
        return made;
    }

    /// <summary>A tensor: channels, voxels along each axis, order in memory, and the bytes that are its own.</summary>
    internal sealed record Values(int Channels, int[] Shape, bool IsChannelsLast)
    {
        /// <summary>Bytes held; none of what another holds.</summary>
        public long Bytes { get; init; }

        /// <summary>Bytes of all values.</summary>
        public long Size => Shape.Aggregate((long)Channels, (product, n) => product * n) * sizeof(float);
    }
}
