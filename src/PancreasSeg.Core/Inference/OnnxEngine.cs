using PancreasSeg.Network;
using PancreasSeg.Network.Onnx;

namespace PancreasSeg.Inference;

/// <summary>Runs a model with ONNX Runtime on the processor in float32, without libtorch. Safe to use from several threads.</summary>
public sealed class OnnxEngine : ISegmentationEngine
{
    private readonly OnnxEngineSession _session;
    private readonly NetworkSpec _spec;

    /// <summary>Loads the model: the ONNX file it was read from as it is, any other model exported in memory.</summary>
    /// <exception cref="CoreException"><see cref="Fault.NativeRuntimeMissing"/> or <see cref="Fault.NativeRuntimeIncompatible"/>;
    /// <see cref="Fault.DeviceNotAvailable"/> for a device or number format other than the processor's float32;
    /// <see cref="Fault.ModelFormatUnknown"/> for a file whose graph ONNX Runtime cannot run.</exception>
    public OnnxEngine(PancreasModel model, EngineOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        options ??= new EngineOptions();
        _spec = model.Network;
        _session = new OnnxEngineSession(model.Onnx ?? OnnxModelFile.Bytes(model), options, model.Name);
    }

    /// <inheritdoc/>
    public EngineInfo Info => _session.Info;

    /// <inheritdoc/>
    public float[] Run(ReadOnlyMemory<float> input, int depth, int height, int width, IProgress<ProgressStep>? progress = null, CancellationToken cancellation = default)
    {
        Check(input, depth, height, width);
        int chunk = _spec.IsOfSlices ? NetworkSpec.ChunkSlices : depth, sliceLength = height * width;
        if (chunk >= depth) return Done(Compute(input, depth, height, width, GraphOperations.Probability, cancellation));
        var probabilities = new float[input.Length];
        for (int start = 0; start < depth; start += chunk)
        {
            int count = Math.Min(chunk, depth - start);
            Compute(input.Slice(start * sliceLength, count * sliceLength), count, height, width, GraphOperations.Probability, cancellation).CopyTo(probabilities, start * sliceLength);
            progress?.Report(new ProgressStep($"slice {start + count} of {depth}", (double)(start + count) / depth));
        }
        return probabilities;

        float[] Done(float[] values)
        {
            progress?.Report(new ProgressStep("network", 1));
            return values;
        }
    }

    /// <inheritdoc/>
    public byte[] Classify(ReadOnlyMemory<float> input, int depth, int height, int width, CancellationToken cancellation = default)
    {
        Check(input, depth, height, width);
        var classes = new byte[input.Length];
        if (_spec.Classes == 2)
        {
            float[] probabilities = Run(input, depth, height, width, null, cancellation);
            for (int i = 0; i < classes.Length; i++) classes[i] = probabilities[i] > 0.5f ? (byte)_spec.PancreasChannel : (byte)0;
            return classes;
        }
        float[] logits = Compute(input, depth, height, width, GraphOperations.Logits, cancellation);          // K x D x H x W
        float[] highest = logits[..classes.Length];
        for (int k = 1; k < _spec.Classes; k++)
        {
            ReadOnlySpan<float> channel = logits.AsSpan(k * classes.Length, classes.Length);
            for (int i = 0; i < classes.Length; i++)
                if (channel[i] > highest[i]) (highest[i], classes[i]) = (channel[i], (byte)k);
        }
        return classes;
    }

    /// <summary>Frees the session and its weights.</summary>
    public void Dispose() => _session.Dispose();

    private float[] Compute(ReadOnlyMemory<float> input, int depth, int height, int width, string output, CancellationToken cancellation) =>
        _session.Run(input, (depth, height, width), GraphOperations.Input, output, cancellation).Values;

    private void Check(ReadOnlyMemory<float> input, int depth, int height, int width)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(input.Length, (long)depth * height * width, nameof(input));
        ArgumentOutOfRangeException.ThrowIfNotEqual(height % _spec.InPlaneDivisor, 0, nameof(height));
        ArgumentOutOfRangeException.ThrowIfNotEqual(width % _spec.InPlaneDivisor, 0, nameof(width));
    }
}
