using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using PancreasSeg.Network;
using static TorchSharp.torch;

namespace PancreasSeg.Inference;

/// <summary>Runs a model with libtorch. Safe to use from several threads.</summary>
public sealed class TorchEngine : ISegmentationEngine
{
    private readonly SegmentationNetwork _network;
    private readonly NetworkSpec _spec;
    private readonly long? _maxMemory;
    private readonly long _process;
    private readonly ConcurrentDictionary<(int Depth, int Height, int Width), (SlabPlan Slabs, bool KeepsFreed)> _plans = new();
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
        (_spec, _maxMemory, _process) = (model.Network, options.MaxMemory, Environment.WorkingSet);
        _noHeads = new bool[model.Network.Stages - 1];
        Info = new EngineInfo("TorchSharp", _target.Device.type.ToString().ToLowerInvariant(), _target.PrecisionName, get_num_threads());
    }

    /// <inheritdoc/>
    public EngineInfo Info { get; }

    /// <inheritdoc/>
    public ExecutionPlan Plan(int depth, int height, int width, long held = 0)
    {
        (SlabPlan slabs, MemoryEstimate memory) = MemoryLimit.Fit(_spec, depth, height, width, _target.Precision == ScalarType.BFloat16, _process, held, _maxMemory);
        _plans[(depth, height, width)] = (slabs, memory.KeepsFreed);
        return new ExecutionPlan(Info with { Execution = slabs.ToString() }, memory);
    }

    /// <inheritdoc/>
    /// <exception cref="CoreException"><see cref="Fault.MemoryLimitTooSmall"/>.</exception>
    public float[] Run(ReadOnlyMemory<float> input, int depth, int height, int width, IProgress<ProgressStep>? progress = null, CancellationToken cancellation = default)
    {
        Check(input, depth, height, width);
        cancellation.ThrowIfCancellationRequested();

        (SlabPlan slabs, bool keepsFreed) = Settled(depth, height, width);
        int done = 0, count = slabs.Slabs().Sum(slab => _network.BlockCount(slab.To - slab.From));
        void AfterBlock()
        {
            cancellation.ThrowIfCancellationRequested();
            done++;
            progress?.Report(new ProgressStep($"network block {done} of {count}", (double)done / count));
        }
        return InSlabs<float>(input, slabs, keepsFreed, height, width, x => _network.Probability(x, AfterBlock));
    }

    /// <inheritdoc/>
    /// <exception cref="CoreException"><see cref="Fault.MemoryLimitTooSmall"/>.</exception>
    public byte[] Classify(ReadOnlyMemory<float> input, int depth, int height, int width, CancellationToken cancellation = default)
    {
        Check(input, depth, height, width);
        (SlabPlan slabs, bool keepsFreed) = Settled(depth, height, width);
        return InSlabs<byte>(input, slabs, keepsFreed, height, width, x =>
        {
            (Tensor logits, _) = _network.Logits(x, cancellation.ThrowIfCancellationRequested, _noHeads); // 1 x K x D x H x W
            return logits.argmax(1).to(ScalarType.Byte);                        // 1 x D x H x W
        });
    }

    /// <summary>Frees the weights.</summary>
    public void Dispose() => _network.Dispose();

    private (SlabPlan Slabs, bool KeepsFreed) Settled(int depth, int height, int width)
    {
        if (!_plans.ContainsKey((depth, height, width))) Plan(depth, height, width);
        return _plans[(depth, height, width)];
    }

    /// <summary>Each slab through the network by itself; of its answers only those that see as much of the volume as they need are kept.</summary>
    private T[] InSlabs<T>(ReadOnlyMemory<float> input, SlabPlan slabs, bool keepsFreed, int height, int width, Func<Tensor, Tensor> run) where T : unmanaged
    {
        int slice = height * width;
        var answers = new T[input.Length];
        using var noGradients = inference_mode(true);
        if (keepsFreed) TorchRuntime.KeepFreedMemory(true);
        try
        {
            foreach ((int start, int end, int from, int to) in slabs.Slabs())
            {
                using var scope = NewDisposeScope();
                Tensor x = VolumeTensor.From(input[(from * slice)..(to * slice)], to - from, height, width).to(_target.Precision, _target.Device);
                Tensor answer = run(x).cpu().contiguous();                      // 1 (x 1) x D x H x W
                MemoryMarshal.Cast<byte, T>(answer.bytes).Slice((start - from) * slice, (end - start) * slice).CopyTo(answers.AsSpan(start * slice));
            }
        }
        finally
        {
            if (keepsFreed) TorchRuntime.KeepFreedMemory(false);
            else TorchRuntime.Trim();
        }
        return answers;
    }

    private void Check(ReadOnlyMemory<float> input, int depth, int height, int width)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(input.Length, (long)depth * height * width, nameof(input));
        ArgumentOutOfRangeException.ThrowIfNotEqual(height % _spec.InPlaneDivisor, 0, nameof(height));
        ArgumentOutOfRangeException.ThrowIfNotEqual(width % _spec.InPlaneDivisor, 0, nameof(width));
    }
}
