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
    public Execution Settle(int depth, int height, int width, long held = 0)
    {
        _spec.RequireMoreThanOneVoxel([width, height, depth]);
        return new Execution(Info, depth, height, width);
    }

    /// <inheritdoc/>
    public Prediction Run(ReadOnlyMemory<float> input, Execution execution, bool withClasses = false,
        IProgress<ProgressStep>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(execution);
        execution.Check(input, _spec.Divisors);
        int depth = execution.Depth, slice = execution.Height * execution.Width;
        int chunk = _spec.IsOfSlices ? Math.Min(NetworkSpec.ChunkSlices, depth) : depth;
        bool tellsClasses = withClasses && _spec.Classes > 2;
        string[] outputs = tellsClasses ? [GraphOperations.Probability, ConvolutionGraph.Logits] : [GraphOperations.Probability];
        float[] probabilities = chunk == depth ? [] : new float[input.Length];
        byte[]? classes = tellsClasses ? new byte[input.Length] : null;
        for (int start = 0; start < depth; start += chunk)
        {
            int count = Math.Min(chunk, depth - start);
            (float[] Values, long[] Shape)[] answers = _session.Run(input.Slice(start * slice, count * slice),
                (count, execution.Height, execution.Width), ConvolutionGraph.Input, outputs, cancellation);
            if (count == depth) probabilities = answers[0].Values;
            else answers[0].Values.CopyTo(probabilities, start * slice);
            if (classes is not null) Largest(answers[1].Values, classes.AsSpan(start * slice, count * slice));
            progress?.Report(new ProgressStep($"slice {start + count} of {depth}", (double)(start + count) / depth));
        }
        return new Prediction(probabilities, classes);
    }

    /// <summary>Frees the session and its weights.</summary>
    public void Dispose() => _session.Dispose();

    /// <summary>The channel of the largest of K x D x H x W logits.</summary>
    private static void Largest(float[] logits, Span<byte> classes)
    {
        float[] highest = logits[..classes.Length];
        for (int k = 1; k < logits.Length / classes.Length; k++)
        {
            ReadOnlySpan<float> channel = logits.AsSpan(k * classes.Length, classes.Length);
            for (int i = 0; i < classes.Length; i++)
                if (channel[i] > highest[i]) (highest[i], classes[i]) = (channel[i], (byte)k);
        }
    }
}
