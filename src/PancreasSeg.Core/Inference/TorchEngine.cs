using PancreasSeg.Network;
using static TorchSharp.torch;

namespace PancreasSeg.Inference;

/// <summary>Runs a model with libtorch. Safe to use from several threads.</summary>
public sealed class TorchEngine : ISegmentationEngine
{
    private readonly SegmentationNetwork _network;
    private readonly int _divisor;
    private readonly bool[] _noHeads;
    private readonly TorchTarget _target;

    /// <summary>Loads the model's weights onto the device, once, in the order and number format in which they are used.</summary>
    /// <exception cref="CoreException"><see cref="Fault.NativeRuntimeMissing"/>, <see cref="Fault.NativeRuntimeIncompatible"/> or
    /// <see cref="Fault.DeviceNotAvailable"/>.</exception>
    public TorchEngine(PancreasModel model, EngineOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        options ??= new EngineOptions();
        _target = TorchRuntime.Start(options.Device, options.Precision, options.ThreadCount);
        _network = SegmentationNetwork.Create(model.Network, ParameterSources.Frozen(model.Weights, _target.Device, _target.Precision));
        _divisor = model.Network.InPlaneDivisor;
        _noHeads = new bool[model.Network.Stages - 1];
        Info = new EngineInfo("TorchSharp", _target.Device.type.ToString().ToLowerInvariant(), _target.PrecisionName, get_num_threads());
    }

    /// <inheritdoc/>
    public EngineInfo Info { get; }

    /// <inheritdoc/>
    public float[] Run(ReadOnlyMemory<float> input, int depth, int height, int width, IProgress<ProgressStep>? progress = null, CancellationToken cancellation = default)
    {
        Check(input, depth, height, width);
        cancellation.ThrowIfCancellationRequested();

        int done = 0, count = _network.BlockCount(depth);
        void AfterBlock()
        {
            cancellation.ThrowIfCancellationRequested();
            done++;
            progress?.Report(new ProgressStep($"network block {done} of {count}", (double)done / count));
        }

        using var noGradients = inference_mode(true);
        using var scope = NewDisposeScope();
        Tensor x = VolumeTensor.From(input, depth, height, width).to(_target.Precision, _target.Device);  // 1 x 1 x D x H x W
        return _network.Probability(x, AfterBlock).data<float>().ToArray();
    }

    /// <inheritdoc/>
    public byte[] Classify(ReadOnlyMemory<float> input, int depth, int height, int width, CancellationToken cancellation = default)
    {
        Check(input, depth, height, width);
        using var noGradients = inference_mode(true);
        using var scope = NewDisposeScope();
        Tensor x = VolumeTensor.From(input, depth, height, width).to(_target.Precision, _target.Device);  // 1 x 1 x D x H x W
        (Tensor logits, _) = _network.Logits(x, cancellation.ThrowIfCancellationRequested, _noHeads);     // 1 x K x D x H x W
        return logits.argmax(1).to(ScalarType.Byte).cpu().contiguous().data<byte>().ToArray();
    }

    /// <summary>Frees the weights.</summary>
    public void Dispose() => _network.Dispose();

    private void Check(ReadOnlyMemory<float> input, int depth, int height, int width)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(input.Length, (long)depth * height * width, nameof(input));
        ArgumentOutOfRangeException.ThrowIfNotEqual(height % _divisor, 0, nameof(height));
        ArgumentOutOfRangeException.ThrowIfNotEqual(width % _divisor, 0, nameof(width));
    }
}
