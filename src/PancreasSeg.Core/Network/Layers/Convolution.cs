using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace PancreasSeg.Network;

/// <summary>
/// A convolution with its weights, of volumes or of slices as the weights have it; computes in the precision of its
/// input, or float32 where bfloat16 cannot be trusted, and keeps the weights in theirs, so that training in bfloat16 updates
/// float32 weights. Kernel sizes come with the weights.
/// </summary>
internal sealed class Convolution : nn.Module<Tensor, Tensor>
{
    private readonly Parameter _weight;
    private readonly Parameter? _bias;
    private readonly long[] _stride;
    private readonly long[] _padding;
    private readonly bool _transposed;
    private readonly bool _isPointwise;
    private readonly bool _fitsBFloat16;

    public Convolution(ParameterSource weights, string name, long[]? stride = null, long[]? padding = null, bool transposed = false) : base(name)
    {
        _weight = weights($"{name}.weight")!;
        _bias = weights($"{name}.bias");
        _stride = stride ?? [.. _weight.shape[2..].Select(_ => 1L)];
        _padding = padding ?? [.. _weight.shape[2..].Select(kernel => kernel / 2)];
        _transposed = transposed;
        _isPointwise = _weight.shape[2..].All(kernel => kernel == 1);
        _fitsBFloat16 = FitsBFloat16();
        register_parameter("weight", _weight);
        if (_bias is not null) register_parameter("bias", _bias);
    }

    /// <summary>C_out x C_in x kernel; for a transposed convolution C_in x C_out x kernel.</summary>
    public Tensor Weight => _weight;

    public Tensor? Bias => _bias;

    /// <summary>N x C_in x ... to N x C_out x ..., in the number format of <paramref name="x"/>.</summary>
    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        if (_isPointwise) return Pointwise(x, _weight, _bias).MoveToOuterDisposeScope();
        ScalarType type = x.dtype == ScalarType.BFloat16 && !_fitsBFloat16 ? ScalarType.Float32 : x.dtype;
        Tensor input = x.to(type), weight = _weight.to(type);
        Tensor? bias = _bias?.to(type);
        Tensor y = (_transposed, x.dim()) switch
        {
            (false, 5) => conv3d(input, weight, bias, _stride, _padding),
            (true, 5) => conv_transpose3d(input, weight, bias, _stride, _padding),
            (false, _) => conv2d(input, weight, bias, _stride, _padding),
            (true, _) => conv_transpose2d(input, weight, bias, _stride, _padding),
        };
        return y.to(x.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// A 1x1x1 convolution: with channels innermost in memory it is one matrix product.
    /// </summary>
    /// <param name="x">N x C_in x D x H x W or N x C_in x H x W.</param>
    /// <param name="weight">C_out x C_in and kernel axes of 1.</param>
    /// <param name="bias">C_out.</param>
    public static Tensor Pointwise(Tensor x, Tensor weight, Tensor? bias)
    {
        using var scope = NewDisposeScope();
        Tensor matrix = weight.to(x.dtype).flatten(1).t();                      // C_in x C_out
        Tensor voxels = x.movedim([1], [-1]);                                   // N x D x H x W x C_in
        Tensor rows = voxels.reshape(-1, x.shape[1]);                           // NDHW x C_in
        Tensor y = bias is null ? rows.matmul(matrix) : addmm(bias.to(x.dtype), rows, matrix, 1f, 1f); // NDHW x C_out
        return y.view([.. voxels.shape[..^1], -1]).movedim([-1], [1]).MoveToOuterDisposeScope();
    }

    /// <summary>Adds a 1x1x1 convolution of <paramref name="x"/> without bias to <paramref name="sum"/> in place.</summary>
    /// <param name="x">N x C_in x D x H x W.</param>
    /// <param name="sum">N x C_out x D x H x W, channels last.</param>
    public void AddPointwise(Tensor x, Tensor sum)
    {
        using var scope = NewDisposeScope();
        Tensor matrix = _weight.to(x.dtype).flatten(1).t();                     // C_in x C_out
        sum.movedim([1], [-1]).view(-1, sum.shape[1]).addmm_(x.movedim([1], [-1]).reshape(-1, x.shape[1]), matrix);
    }

    private bool FitsBFloat16()
    {
        (long input, long output) = _transposed ? (_weight.shape[0], _weight.shape[1]) : (_weight.shape[1], _weight.shape[0]);
        return BFloat16Support.Fits(input, output, _transposed);
    }
}
