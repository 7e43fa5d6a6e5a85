using System.Runtime.InteropServices;
using PancreasSeg.Network;
using static TorchSharp.torch;

namespace PancreasSeg.Inference;

/// <summary>Runs a model with libtorch. Safe to use from several threads.</summary>
public sealed class TorchEngine : ISegmentationEngine
{
    /// <summary>What <see cref="EngineInfo.Engine"/> says of it.</summary>
    internal const string Name = "TorchSharp";

    private readonly SegmentationNetwork _network;
    private readonly NetworkSpec _spec;
    private readonly long? _maxMemory;
    private readonly long _process;
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
        _network = new SegmentationNetwork(model.Network, ParameterSources.Frozen(model.Weights, _target.Device, _target.Precision));
        if (options.MaxMemory is not null) TorchRuntime.Trim();
        (_spec, _maxMemory, _process) = (model.Network, options.MaxMemory, Environment.WorkingSet);
        _noHeads = new bool[model.Network.GuidingHeads];
        Info = InfoOf(_target);
    }

    /// <inheritdoc/>
    public EngineInfo Info { get; }

    /// <summary>What computes on a device that libtorch was started for.</summary>
    internal static EngineInfo InfoOf(TorchTarget target) =>
        new(Name, target.Device.type.ToString().ToLowerInvariant(), target.PrecisionName, get_num_threads());

    /// <inheritdoc/>
    public Execution Settle(int depth, int height, int width, long held = 0)
    {
        _spec.RequireMoreThanOneVoxel([width, height, depth]);
        bool half = _target.Precision == ScalarType.BFloat16;
        (Slabs slabs, MemoryEstimate memory) = MemoryLimit.Fit(_spec, depth, height, width, half, _process, held, _maxMemory);
        return new Execution(Info with { Execution = slabs.ToString() }, depth, height, width) { Memory = memory, Slabs = slabs };
    }

    /// <inheritdoc/>
    /// <remarks>Each slab goes through the network by itself; of its answer only what sees all it depends on is kept.</remarks>
    public Prediction Run(ReadOnlyMemory<float> input, Execution execution, bool withClasses = false,
        IProgress<ProgressStep>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(execution);
        execution.Check(input, _spec.Divisors);
        cancellation.ThrowIfCancellationRequested();

        int done = 0, count = execution.Slabs.All().Sum(slab => _network.BlockCount(slab.To - slab.From));
        void AfterBlock()
        {
            cancellation.ThrowIfCancellationRequested();
            done++;
            progress?.Report(new ProgressStep($"network block {done} of {count}", (double)done / count));
        }

        var probabilities = new float[input.Length];
        byte[]? classes = withClasses && _spec.Classes > 2 ? new byte[input.Length] : null;
        int slice = execution.Height * execution.Width;
        bool keepsFreed = execution.Memory?.KeepsFreed == true;
        using var noGradients = inference_mode(true);
        if (keepsFreed) TorchRuntime.KeepFreedMemory(true);
        try
        {
            foreach ((int start, int end, int from, int to) in execution.Slabs.All())
            {
                using var scope = NewDisposeScope();
                Tensor x = VolumeTensor.From(input[(from * slice)..(to * slice)], to - from, execution.Height, execution.Width)
                    .to(_target.Precision, _target.Device);                     // 1 x 1 x D x H x W
                var own = new Range((start - from) * slice, (end - from) * slice);
                Span<float> target = probabilities.AsSpan(start * slice);
                if (classes is null) Take(_network.Probability(x, AfterBlock), own, target);
                else Take(_network.Logits(x, AfterBlock, _noHeads).Output, own, target, classes.AsSpan(start * slice));
            }
        }
        finally
        {
            if (keepsFreed) TorchRuntime.KeepFreedMemory(false);
            else TorchRuntime.Trim();
        }
        return new Prediction(probabilities, classes);
    }

    /// <summary>Frees the weights.</summary>
    public void Dispose() => _network.Dispose();

    /// <summary>The logits, 1 x K x D x H x W, as classes and as probabilities of the pancreas.</summary>
    private void Take(Tensor logits, Range own, Span<float> probabilities, Span<byte> classes)
    {
        using (Tensor largest = logits.argmax(1)) Take(largest.to(ScalarType.Byte), own, classes);
        Take(logits.softmax(1).narrow(1, _spec.PancreasChannel, 1), own, probabilities);
    }

    /// <summary>Copies a part of an answer of one value for each voxel.</summary>
    private static void Take<T>(Tensor answer, Range own, Span<T> target) where T : unmanaged
    {
        using Tensor values = answer.cpu().contiguous();
        MemoryMarshal.Cast<byte, T>(values.bytes)[own].CopyTo(target);
    }
}
