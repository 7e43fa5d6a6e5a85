using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace PancreasSeg.Network;

/// <summary>
/// A convolution with its weights, of volumes or of slices as the weights have it; computes in the precision of its
/// input and keeps the weights in theirs, so that training in bfloat16 updates float32 weights. Kernel sizes come with the weights.
/// </summary>
internal sealed class Convolution : nn.Module<Tensor, Tensor>
{
    private readonly Parameter _weight;
    private readonly Parameter? _bias;
    private readonly long[] _stride;
    private readonly long[] _padding;
    private readonly bool _transposed;

    public Convolution(ParameterSource weights, string name, long[]? stride = null, long[]? padding = null, bool transposed = false) : base(name)
    {
        _weight = weights($"{name}.weight")!;
        _bias = weights($"{name}.bias");
        _stride = stride ?? [.. _weight.shape[2..].Select(_ => 1L)];
        _padding = padding ?? [.. _weight.shape[2..].Select(kernel => kernel / 2)];
        _transposed = transposed;
        register_parameter("weight", _weight);
        if (_bias is not null) register_parameter("bias", _bias);
    }

    /// <summary>C_out x C_in x kernel; for a transposed convolution C_in x C_out x kernel.</summary>
    public Tensor Weight => _weight;

    public Tensor? Bias => _bias;

    /// <summary>N x C_in x ... to N x C_out x ..., in the number format of <paramref name="x"/>.</summary>
    public override Tensor forward(Tensor x)
    {
        if (x.dtype != ScalarType.BFloat16 || ComputesInPairs(_weight)) return Convolve(x);
        using Tensor wide = x.to(ScalarType.Float32);
        using Tensor y = Convolve(wide);
        return y.to(x.dtype);
    }

    /// <summary>
    /// True when a convolution with these weights may be computed in bfloat16. The processor multiplies bfloat16 in pairs along the
    /// channels that are summed over, inputs on the way forward and outputs on the way back; libtorch 2.10 (oneDNN) gives wrong sums
    /// where their number is odd, and reads and writes past its buffers.
    /// </summary>
    public static bool ComputesInPairs(Tensor weight) =>
        weight.shape[1] % 2 == 0 && (weight.shape[0] % 2 == 0 || !is_grad_enabled());

    private Tensor Convolve(Tensor x)
    {
        using var scope = NewDisposeScope();
        Tensor weight = _weight.to(x.dtype);
        Tensor? bias = _bias?.to(x.dtype);
        Tensor y = (_transposed, x.dim()) switch
        {
            (false, 5) => conv3d(x, weight, bias, _stride, _padding),
            (true, 5) => conv_transpose3d(x, weight, bias, _stride, _padding),
            (false, _) => conv2d(x, weight, bias, _stride, _padding),
            (true, _) => conv_transpose2d(x, weight, bias, _stride, _padding),
        };
        return y.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Adds a 1x1x1 convolution of <paramref name="x"/> without bias to <paramref name="sum"/>. With channels innermost in memory
    /// it is one matrix product accumulated in place.
    /// </summary>
    public void AddPointwise(Tensor x, Tensor sum)
    {
        using var scope = NewDisposeScope();
        Tensor weight = _weight.to(x.dtype).flatten(1).t();                     // C_in x C_out
        Rows(sum).addmm_(Rows(x), weight);
    }

    /// <summary>N x C x D x H x W, channels last, as one row of channels per voxel: NDHW x C.</summary>
    private static Tensor Rows(Tensor x) => x.permute(0, 2, 3, 4, 1).view(-1, x.shape[1]);
}
