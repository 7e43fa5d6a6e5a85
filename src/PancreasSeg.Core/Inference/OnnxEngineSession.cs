using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace PancreasSeg.Inference;

/// <summary>An ONNX graph with one volume as input, loaded by ONNX Runtime on the processor in float32. Safe to use from several
/// threads.</summary>
internal sealed class OnnxEngineSession : IDisposable
{
    private readonly InferenceSession _session;
    private readonly string _name;

    /// <summary>Loads a graph.</summary>
    /// <param name="file">Content of the ONNX file.</param>
    /// <param name="options">How to compute.</param>
    /// <param name="name">Name of the model, for messages.</param>
    /// <exception cref="CoreException">As <see cref="OnnxEngine"/>.</exception>
    public OnnxEngineSession(byte[] file, EngineOptions options, string name)
    {
        if (options.Device is not (ComputeDevice.Auto or ComputeDevice.Cpu))
            throw new CoreException(Fault.DeviceNotAvailable, "ONNX Runtime computes on the processor here.", options.Device,
                "Use the device Auto or Cpu, or the engine Torch.");
        if (options.Precision == Precision.BFloat16)
            throw new CoreException(Fault.DeviceNotAvailable, "ONNX Runtime computes in float32 here.", options.Precision,
                "Use the precision Auto or Float32, or the engine Torch.");
        NativeRuntime.EnsureOnnx();
        int threads = options.ThreadCount ?? Environment.ProcessorCount;
        _name = name;
        _session = Load(file, threads, name);
        Info = new EngineInfo("OnnxRuntime", "cpu", "float32", threads);
    }

    /// <summary>What computes.</summary>
    public EngineInfo Info { get; }

    /// <summary>Inputs by name with their dimensions, -1 for a free one.</summary>
    public IReadOnlyDictionary<string, int[]> Inputs =>
        _session.InputMetadata.ToDictionary(input => input.Key, input => input.Value.Dimensions);

    /// <summary>Names of the outputs.</summary>
    public IReadOnlyList<string> Outputs => _session.OutputNames;

    /// <summary>Runs the graph.</summary>
    /// <param name="values">D x H x W values, W fastest.</param>
    /// <param name="size">D, H, W.</param>
    /// <param name="input">Name of the input, 1 x 1 x D x H x W.</param>
    /// <param name="outputs">Names of the outputs.</param>
    /// <param name="cancellation">Looked at between operators.</param>
    /// <returns>The outputs' values and dimensions.</returns>
    public (float[] Values, long[] Shape)[] Run(ReadOnlyMemory<float> values, (int Depth, int Height, int Width) size, string input,
        IReadOnlyCollection<string> outputs, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        using var options = new RunOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
        // Nothing writes to an input; the memory is pinned for as long as the run takes.
        using OrtValue value = OrtValue.CreateTensorValueFromMemory(
            OrtMemoryInfo.DefaultInstance, MemoryMarshal.AsMemory(values), [1, 1, size.Depth, size.Height, size.Width]);
        using CancellationTokenRegistration stop = cancellation.Register(() => options.Terminate = true);
        try
        {
            using IDisposableReadOnlyCollection<OrtValue> results = _session.Run(options, [input], [value], outputs);
            return [.. results.Select(result => (result.GetTensorDataAsSpan<float>().ToArray(), result.GetTensorTypeAndShape().Shape))];
        }
        catch (OnnxRuntimeException) when (cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellation);
        }
        catch (OnnxRuntimeException e) when (e.Message.Contains("allocate memory", StringComparison.Ordinal))
        {
            throw new InsufficientMemoryException(
                $"The model '{_name}' needs more memory than there is for {size.Depth} x {size.Height} x {size.Width} voxels.", e);
        }
        catch (OnnxRuntimeException e)
        {
            throw new CoreException(Fault.ModelPlanMismatch,
                $"ONNX Runtime cannot run the model '{_name}' on {size.Depth} x {size.Height} x {size.Width} voxels: {e.Message}", _name,
                "Check the patch size of its plan.", e);
        }
    }

    /// <summary>Frees the session and its weights.</summary>
    public void Dispose() => _session.Dispose();

    // Not inlined: the library must be loaded before a method that names its types is compiled.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static InferenceSession Load(byte[] file, int threads, string name)
    {
        OrtEnv.Instance().DisableTelemetryEvents();
        using var options = new SessionOptions
        {
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            // Volumes differ in size: a plan for one would keep memory that the next cannot use. The arena stays: without it every tensor's
            // pages are asked of the system anew, which takes three times as long at full size.
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
            throw new CoreException(
                Fault.ModelFormatUnknown, $"ONNX Runtime cannot load the model '{name}': {e.Message}", name, "Export the model again.", e);
        }
    }
}
