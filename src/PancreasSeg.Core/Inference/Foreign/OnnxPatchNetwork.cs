using PancreasSeg.Network;
using PancreasSeg.Network.Foreign;
using PancreasSeg.Network.Onnx;

namespace PancreasSeg.Inference.Foreign;

/// <summary>One of nnU-Net's networks with the weights of one fold, computed by ONNX Runtime.</summary>
internal sealed class OnnxPatchNetwork : IPatchNetwork
{
    private readonly OnnxEngineSession _session;
    private readonly (int, int, int) _patch;

    /// <summary>Loads a model of one fold: the ONNX file it was read from as it is, any other exported in memory.</summary>
    /// <exception cref="CoreException">As <see cref="OnnxEngine"/>.</exception>
    public OnnxPatchNetwork(PancreasModel model, EngineOptions options)
    {
        NnUNetModel source = model.NnUNetSource!;
        int[] patch = source.Plans.Configuration.Patch;
        (Channels, _patch) = (source.Labels.Channels, (patch[0], patch[1], patch[2]));
        _session = new OnnxEngineSession(model.Onnx ?? OnnxModelFile.Bytes(model), options, model.Name);
    }

    /// <inheritdoc/>
    public int Channels { get; }

    /// <summary>What computes.</summary>
    public EngineInfo Info => _session.Info;

    /// <inheritdoc/>
    public void Run(ReadOnlyMemory<float> patch, Span<float> logits, CancellationToken cancellation) =>
        _session.Run(patch, _patch, ConvolutionGraph.Input, [ConvolutionGraph.Logits], cancellation)[0].Values.CopyTo(logits);

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();
}
