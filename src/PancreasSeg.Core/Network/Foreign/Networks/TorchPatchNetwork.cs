using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace PancreasSeg.Network.Foreign;

/// <summary>One of nnU-Net's networks with the weights of one fold, computed by libtorch.</summary>
internal sealed class TorchPatchNetwork : IPatchNetwork
{
    private readonly UNetArchitecture _architecture;
    private readonly int[] _patch;
    private readonly TorchTarget _target;
    private readonly Dictionary<string, Tensor> _weights;

    /// <summary>Brings the weights to where and how they are used.</summary>
    /// <param name="architecture">The network.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="channels">Channels of its answer.</param>
    /// <param name="patch">Size of its patches.</param>
    /// <param name="target">Out of <see cref="TorchRuntime.Start"/>.</param>
    public TorchPatchNetwork(UNetArchitecture architecture, ModelWeights weights, int channels, int[] patch, TorchTarget target)
    {
        (_architecture, Channels, _patch, _target) = (architecture, channels, patch, target);
        _weights = weights.Tensors.ToDictionary(w => w.Shape.Name, Load);
    }

    /// <inheritdoc/>
    public int Channels { get; }

    /// <inheritdoc/>
    public void Run(ReadOnlyMemory<float> patch, Span<float> logits, CancellationToken cancellation)
    {
        using var noGradients = inference_mode(true);
        using var scope = NewDisposeScope();
        Tensor x = VolumeTensor.From(patch, _patch[0], _patch[1], _patch[2]).to(_target.Precision, _target.Device);
        var net = new UNetTensors(_weights, cancellation.ThrowIfCancellationRequested);
        Tensor y = new UNetWalk<Tensor>(net, _architecture).Run(x, Channels).to(ScalarType.Float32).cpu()
            .contiguous();   // 1 x K x a x b x c
        MemoryMarshal.Cast<byte, float>(y.bytes).CopyTo(logits);
        y.Dispose();
        TorchRuntime.Trim();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor weight in _weights.Values) weight.Dispose();
    }

    private Tensor Load(WeightTensor weight)
    {
        using var scope = NewDisposeScope();
        Tensor values = tensor(weight.Values, [.. weight.Shape.Shape.Select(n => (long)n)]);
        values = values.to(values.dim() > 1 ? _target.Precision : ScalarType.Float32, _target.Device);
        return (values.dim() > 1 ? values.ChannelsLast() : values).DetachFromDisposeScope();
    }
}
