namespace PancreasSeg.Network;

/// <summary>
/// Reads a network for the memory of one step of training: the tensors that autograd holds on to until the gradient has gone by, and the
/// largest gradients. Knows nothing of torch.
/// </summary>
internal sealed class StepOperations : INetworkOperations<StepOperations.Values>
{
    private const int Float = sizeof(float);

    /// <summary>Where the most lives at once: the gradient of the finest joined value, 2C, that of its block's answer, C, and the copy
    /// in another memory order that the convolution makes of either.</summary>
    private const int GradientsOfFinest = 6;

    private readonly NetworkSpec _spec;
    private readonly TensorLedger _ledger = new();
    private readonly bool _half;
    private readonly long _voxels;
    private int _heads;

    private StepOperations(NetworkSpec spec, long voxels, bool half) => (_spec, _voxels, _half) = (spec, voxels, half);

    private int Element => _half ? 2 : Float;

    /// <summary>Peak bytes of the tensors of a step, weights and optimiser aside.</summary>
    /// <param name="spec">The network.</param>
    /// <param name="depth">Slices.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="half">True in bfloat16.</param>
    public static long Peak(NetworkSpec spec, int depth, int height, int width, bool half)
    {
        var step = new StepOperations(spec, (long)depth * height * width, half);
        step.Make(1, step._voxels);
        spec.Walk(step, new Values(1, step._voxels, 0));
        long gradients = step._voxels * spec.Filters * GradientsOfFinest * (half ? 2 : Float);
        return step._ledger.Peak + gradients;
    }

    public Values Convolution(string name, Values x, int channels, ConvolutionWindow window, bool hasBias = true) =>
        Convolved(x, channels, x.Voxels / window.Reduction, transposed: false);

    public Values Transposed(string name, Values x, int channels, ConvolutionWindow window, bool hasBias = true) =>
        Convolved(x, channels, x.Voxels * window.Reduction, transposed: true);

    public Values Normalise(string name, Values x, double slope = 1)
    {
        x.IsKept = true;
        Values y = Make(x.Channels, x.Voxels);
        return slope == 1 ? y : Kept(y);
    }

    public Values LeakyRelu(Values x, double slope) => Kept(x);

    /// <summary>In float32 whatever the format; what is kept is its input.</summary>
    public Values AveragePool(string name, Values x, int[] stride)
    {
        if (_half) _ledger.Make(x.Voxels * x.Channels * Float);
        else x.IsKept = true;
        return Make(x.Channels, x.Voxels / stride.Aggregate(1, (product, step) => product * step));
    }

    public Values Relu(Values x) => Kept(x);

    public Values Sigmoid(string name, Values x) => Kept(x);

    public Values Add(string name, Values sum, Values x) => sum;

    public Values AddShortcut(string block, Values sum, Values x) => sum;

    public Values Multiply(string name, Values x, Values coefficients)
    {
        (x.IsKept, coefficients.IsKept) = (true, true);
        return Make(x.Channels, x.Voxels);
    }

    public Values Halve(string name, Values x)
    {
        x.IsKept = true;
        _ledger.Make(x.Voxels / 4 * x.Channels * sizeof(long));                 // the place of each maximum
        return Make(x.Channels, x.Voxels / 4);
    }

    public Values Upsample(string name, Values x, int factor) => factor == 1 ? Share(x) : Make(x.Channels, x.Voxels * factor * factor);

    public Values Join(string name, Values first, Values second) => Make(first.Channels + second.Channels, first.Voxels);

    public Values Share(Values x)
    {
        x.Owners++;
        return x;
    }

    public void Free(Values x)
    {
        if (--x.Owners == 0 && !x.IsKept) _ledger.Free(x.Bytes);
    }

    public void Head(int stage, Values features)
    {
        features.IsKept = true;
        _heads++;
    }

    /// <summary>The loss of the output and of each other head: logits, their softmax and its logarithm, and what Dice makes of one class;
    /// of more classes the auxiliary Dice has its own.</summary>
    public void Output()
    {
        long perVoxel = 3 * _spec.Classes + 4 + (_spec.Classes > 2 ? 2 * _spec.Classes + 6 : 0);
        int losses = _spec.MixesHeads ? _heads + 1 : _heads;
        _ledger.Make(_voxels * (Float * perVoxel * losses + 2 * sizeof(long)));
    }

    public void AfterBlock() { }

    private static Values Kept(Values x)
    {
        x.IsKept = true;
        return x;
    }

    private Values Convolved(Values x, int channels, long voxels, bool transposed)
    {
        x.IsKept = true;
        if (!_half || BFloat16Support.Fits(x.Channels, channels, transposed)) return Make(channels, voxels);
        _ledger.Make(x.Voxels * x.Channels * Float);                            // in float32 beside its bfloat16
        _ledger.Touch(voxels * channels * Float);
        return Make(channels, voxels);
    }

    private Values Make(int channels, long voxels) => new(channels, voxels, _ledger.Make(voxels * channels * Element));

    /// <summary>Sizes of a tensor; its bytes live as long as an owner holds it, and longer where its gradient needs it.</summary>
    internal sealed record Values(int Channels, long Voxels, long Bytes)
    {
        public int Owners { get; set; } = 1;

        public bool IsKept { get; set; }
    }
}
