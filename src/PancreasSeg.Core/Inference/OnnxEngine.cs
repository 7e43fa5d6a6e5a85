using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using PancreasSeg.Network;
using PancreasSeg.Network.Onnx;

namespace PancreasSeg.Inference;

/// <summary>Runs a model with ONNX Runtime on the processor in float32, without libtorch. Safe to use from several threads.</summary>
public sealed class OnnxEngine : ISegmentationEngine
{
    /// <summary>Slices of a network of slices that are computed together: memory does not grow with the volume.</summary>
    private const int ChunkSlices = 8;

    private readonly InferenceSession _session;
    private readonly NetworkSpec _spec;
    private readonly string _name;

    /// <summary>Loads the model: the ONNX file it was read from as it is, any other model exported in memory.</summary>
    /// <exception cref="CoreException"><see cref="Fault.NativeRuntimeMissing"/> or <see cref="Fault.NativeRuntimeIncompatible"/>;
    /// <see cref="Fault.DeviceNotAvailable"/> for a device or number format other than the processor's float32;
    /// <see cref="Fault.ModelFormatUnknown"/> for a file whose graph ONNX Runtime cannot run.</exception>
    public OnnxEngine(PancreasModel model, EngineOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        options ??= new EngineOptions();
        if (options.Device is not (ComputeDevice.Auto or ComputeDevice.Cpu))
            throw new CoreException(Fault.DeviceNotAvailable, "ONNX Runtime computes on the processor here.", options.Device, "Use the device Auto or Cpu, or the engine Torch.");
        if (options.Precision == Precision.BFloat16)
            throw new CoreException(Fault.DeviceNotAvailable, "ONNX Runtime computes in float32 here.", options.Precision, "Use the precision Auto or Float32, or the engine Torch.");
        NativeRuntime.EnsureOnnx();
        int threads = options.ThreadCount ?? Environment.ProcessorCount;
        (_spec, _name) = (model.Network, model.Name);
        _session = Load(model.Onnx ?? OnnxModelFile.Bytes(model), threads, model.Name);
        Info = new EngineInfo("OnnxRuntime", "cpu", "float32", threads);
    }

    /// <inheritdoc/>
    public EngineInfo Info { get; }

    /// <inheritdoc/>
    public float[] Run(ReadOnlyMemory<float> input, int depth, int height, int width, IProgress<ProgressStep>? progress = null, CancellationToken cancellation = default)
    {
        Check(input, depth, height, width);
        int chunk = _spec.Kind == NetworkKind.SliceUNet ? ChunkSlices : depth, sliceLength = height * width;
        if (chunk >= depth) return Done(Compute(input, depth, height, width, NetworkGraph.Probability, cancellation));
        var probabilities = new float[input.Length];
        for (int start = 0; start < depth; start += chunk)
        {
            int count = Math.Min(chunk, depth - start);
            Compute(input.Slice(start * sliceLength, count * sliceLength), count, height, width, NetworkGraph.Probability, cancellation).CopyTo(probabilities, start * sliceLength);
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
        float[] logits = Compute(input, depth, height, width, NetworkGraph.Logits, cancellation);          // K x D x H x W
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

    private static InferenceSession Load(byte[] file, int threads, string name)
    {
        OrtEnv.Instance().DisableTelemetryEvents();
        using var options = new SessionOptions
        {
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            // Volumes differ in size: an arena and a plan for one size would keep memory that the next cannot use.
            EnableCpuMemArena = false,
            EnableMemoryPattern = false,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        // Threads that spin between operators take the other cores' time in a batch.
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        try
        {
            return new InferenceSession(file, options);
        }
        catch (OnnxRuntimeException e)
        {
            throw new CoreException(Fault.ModelFormatUnknown, $"ONNX Runtime cannot load the model '{name}': {e.Message}", name, "Export the model again with Export-PancreasModel.", e);
        }
    }

    private float[] Compute(ReadOnlyMemory<float> input, int depth, int height, int width, string output, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using var options = new RunOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        // Nothing writes to an input; the memory is pinned for as long as the run takes.
        using OrtValue value = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, MemoryMarshal.AsMemory(input), [1, 1, depth, height, width]);
        using CancellationTokenRegistration stop = cancellation.Register(() => options.Terminate = true);
        try
        {
            using IDisposableReadOnlyCollection<OrtValue> results = _session.Run(options, [NetworkGraph.Input], [value], [output]);
            return results[0].GetTensorDataAsSpan<float>().ToArray();
        }
        catch (OnnxRuntimeException) when (cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellation);
        }
        catch (OnnxRuntimeException e) when (e.Message.Contains("allocate memory", StringComparison.Ordinal))
        {
            throw new InsufficientMemoryException($"The model '{_name}' needs more memory than there is for {depth} x {height} x {width} voxels.", e);
        }
    }

    private void Check(ReadOnlyMemory<float> input, int depth, int height, int width)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(input.Length, (long)depth * height * width, nameof(input));
        ArgumentOutOfRangeException.ThrowIfNotEqual(height % _spec.InPlaneDivisor, 0, nameof(height));
        ArgumentOutOfRangeException.ThrowIfNotEqual(width % _spec.InPlaneDivisor, 0, nameof(width));
    }
}
