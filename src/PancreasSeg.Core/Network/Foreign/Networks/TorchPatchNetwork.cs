using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace PancreasSeg.Network.Foreign;

/// <summary>One of nnU-Net's networks with the weights of one fold, computed by libtorch.</summary>
internal sealed class TorchPatchNetwork : IPatchNetwork
{
    /// <summary>Voxels whose logits are computed at a time.</summary>
    public const int VoxelsAtOnce = 1 << 16;

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
        Tensor x = VolumeTensor.From(patch, _patch[0], _patch[1], _patch[2]).to(_target.Precision, _target.Device).OneChannelLast();
        var walk = new UNetWalk<Tensor>(new UNetTensors(_weights, cancellation.ThrowIfCancellationRequested), _architecture);
        Answer(walk.Features(x), walk.Head, logits);
        TorchRuntime.Trim();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor weight in _weights.Values) weight.Dispose();
    }

    /// <summary>The head, piece by piece and in float32 in any case: its answer is never whole but where it is wanted.</summary>
    private void Answer(Tensor features, string head, Span<float> logits)
    {
        Tensor weight = _weights[$"{head}.weight"].flatten(1), bias = _weights[$"{head}.bias"].unsqueeze(1); // K x C, K x 1
        Tensor rows = features.movedim([1], [-1]).reshape(-1, features.shape[1]); // DHW x C
        int voxels = (int)rows.shape[0];
        for (int at = 0; at < voxels; at += VoxelsAtOnce)
        {
            using var scope = NewDisposeScope();
            int count = Math.Min(VoxelsAtOnce, voxels - at);
            Tensor y = addmm(bias, weight, rows.narrow(0, at, count).to(ScalarType.Float32).t(), 1f, 1f).cpu(); // K x count
            Span<float> values = MemoryMarshal.Cast<byte, float>(y.bytes);
            for (int c = 0; c < Channels; c++) values.Slice(c * count, count).CopyTo(logits.Slice(c * voxels + at, count));
        }
    }

    private Tensor Load(WeightTensor weight)
    {
        using var scope = NewDisposeScope();
        Tensor values = tensor(weight.Values, [.. weight.Shape.Shape.Select(n => (long)n)]);
        bool isFine = values.dim() == 1 || weight.Shape.Name.StartsWith("decoder.seg_layers.", StringComparison.Ordinal);
        values = values.to(isFine ? ScalarType.Float32 : _target.Precision, _target.Device);
        return (values.dim() > 1 ? values.ChannelsLast() : values).DetachFromDisposeScope();
    }
}
