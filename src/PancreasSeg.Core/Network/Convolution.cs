using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace PancreasSeg.Network;

/// <summary>
/// A 3-D convolution with its weights; computes in the precision of its input and keeps the weights in theirs, so that training
/// in bfloat16 updates float32 weights. Kernel sizes come with the weights. Input may come in parts that belong one after the
/// other along the channels: convolving each with its share of the weights and adding saves the concatenation, whose copies and
/// whose gradient cost more than the sum.
/// </summary>
internal sealed class Convolution : nn.Module
{
    private readonly Parameter _weight;
    private readonly Parameter? _bias;
    private readonly long[] _stride;
    private readonly long[] _padding;

    public Convolution(ParameterSource weights, string name, long[]? stride = null, long[]? padding = null) : base(name)
    {
        _weight = weights($"{name}.weight")!;
        _bias = weights($"{name}.bias");
        _stride = stride ?? [1, 1, 1];
        _padding = padding ?? [.. _weight.shape[2..].Select(kernel => kernel / 2)];
        register_parameter("weight", _weight);
        if (_bias is not null) register_parameter("bias", _bias);
    }

    /// <summary>C_out x C_in x kernel; for the transposed convolution C_in x C_out x kernel.</summary>
    public Tensor Weight => _weight;

    public Tensor? Bias => _bias;

    /// <summary>N x C_in x D x H x W, in parts, to N x C_out x D' x H' x W'.</summary>
    public Tensor Forward(params ReadOnlySpan<Tensor> parts)
    {
        using var scope = NewDisposeScope();
        Tensor y = conv3d(parts[0], Share(parts[0], 0), BiasLike(parts[0]), _stride, _padding);
        long channel = parts[0].shape[1];
        foreach (Tensor part in parts[1..])
        {
            y.add_(conv3d(part, Share(part, channel), null, _stride, _padding));
            channel += part.shape[1];
        }
        return y.MoveToOuterDisposeScope();
    }

    /// <summary>The transposed convolution: a stride of 2 doubles the size.</summary>
    public Tensor Transposed(Tensor x)
    {
        using var scope = NewDisposeScope();
        return conv_transpose3d(x, _weight.to(x.dtype), BiasLike(x), _stride, _padding).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// <paramref name="sum"/> plus the 1x1x1 convolution without bias of the parts. With channels innermost in memory it is a
    /// matrix product with one row per voxel.
    /// </summary>
    public Tensor AddPointwise(Tensor sum, params ReadOnlySpan<Tensor> parts)
    {
        using var scope = NewDisposeScope();
        Tensor rows = Rows(sum);
        long channel = 0;
        foreach (Tensor part in parts)
        {
            rows = addmm(rows, Rows(part), Share(part, channel).flatten(1).t(), beta: 1, alpha: 1);
            channel += part.shape[1];
        }
        (long n, long d, long h, long w) = (sum.shape[0], sum.shape[2], sum.shape[3], sum.shape[4]);
        return rows.view(n, d, h, w, -1).permute(0, 4, 1, 2, 3).MoveToOuterDisposeScope();
    }

    /// <summary>N x C x D x H x W, channels last, as NDHW x C.</summary>
    private static Tensor Rows(Tensor x) => x.permute(0, 2, 3, 4, 1).reshape(-1, x.shape[1]);

    /// <summary>The weights of the input channels that <paramref name="part"/> holds.</summary>
    private Tensor Share(Tensor part, long firstChannel)
    {
        Tensor weight = _weight.to(part.dtype);
        return part.shape[1] == weight.shape[1] ? weight : weight.narrow(1, firstChannel, part.shape[1]);
    }

    private Tensor? BiasLike(Tensor x) => _bias?.to(x.dtype);
}
