using System.Diagnostics;
using PancreasSeg.Evaluation;
using PancreasSeg.Inference;
using PancreasSeg.Network;

namespace PancreasSeg.Segmentation;

/// <summary>How far the answers of two engines lie apart for one case: every input that the pipeline made went through both.</summary>
public sealed record EngineComparison
{
    /// <summary>Two engines of float32 that compute the same network differ by less than this.</summary>
    public const double Tolerance = 1e-4;

    /// <summary>Name of the model.</summary>
    public string Model { get; internal init; } = "";

    /// <summary>Name of the case.</summary>
    public string Case { get; internal init; } = "";

    /// <summary>The engine whose answers the pipeline went on with.</summary>
    public EngineInfo Reference { get; internal init; } = null!;

    /// <summary>The engine compared with it.</summary>
    public EngineInfo Other { get; internal init; } = null!;

    /// <summary>Inputs that went through both.</summary>
    public int Runs { get; internal init; }

    /// <summary>Probabilities compared; logits of a model of nnU-Net.</summary>
    public long VoxelCount { get; internal init; }

    /// <summary>Largest absolute difference of two probabilities, or logits.</summary>
    public double MaxDifference { get; internal init; }

    /// <summary>Mean absolute difference of the probabilities, or logits.</summary>
    public double MeanDifference { get; internal init; }

    /// <summary>Dice of the two masks on the scanner's grid; 1 for two empty ones.</summary>
    public double Dice { get; internal init; }

    /// <summary>Volume of the reference's mask in mL.</summary>
    public double VolumeMl { get; internal init; }

    /// <summary>Time of the reference's runs.</summary>
    public TimeSpan ReferenceTime { get; internal init; }

    /// <summary>Time of the other engine's runs.</summary>
    public TimeSpan OtherTime { get; internal init; }

    /// <summary>True when no probability or logit differs by more than <see cref="Tolerance"/>.</summary>
    public bool IsEqual => MaxDifference <= Tolerance;

    /// <summary>Case, engines and largest difference.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"{Case}: {Other.Engine} against {Reference.Engine}, at most {MaxDifference:0.0e+0} apart");

    /// <summary>Runs one case through libtorch and ONNX Runtime, both on the processor in float32.</summary>
    /// <param name="model">A model of one or two stages, or of nnU-Net.</param>
    /// <param name="ct">The case; the input gate does not reject it here.</param>
    /// <param name="threadCount">Compute threads of each engine; null for all cores.</param>
    /// <param name="progress">Told of the first engine's work.</param>
    /// <param name="cancellation">Looked at by both engines.</param>
    /// <exception cref="CoreException">An engine cannot be loaded, or the case cannot be processed.</exception>
    public static EngineComparison Run(PancreasModel model, CtVolume ct, int? threadCount = null, IProgress<ProgressStep>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(ct);
        var options = new EngineOptions { Device = ComputeDevice.Cpu, Precision = Precision.Float32, ThreadCount = threadCount };
        if (model.NnUNet is not null) return NnUNetComparison.Run(model, ct, options, progress, cancellation);
        return Run(model, ct, stage => new TorchEngine(stage, options), stage => new OnnxEngine(stage, options), progress, cancellation);
    }

    internal static EngineComparison Run(PancreasModel model, CtVolume ct, Func<PancreasModel, ISegmentationEngine> reference,
        Func<PancreasModel, ISegmentationEngine> other,
        IProgress<ProgressStep>? progress = null, CancellationToken cancellation = default)
    {
        var pairs = new Dictionary<PancreasModel, PairedEngine>();
        using var pipeline = new SegmentationPipeline(model, stage => pairs[stage] = Pair(reference(stage), () => other(stage)));
        SegmentationResult first = Segment(model, pipeline, ct, progress, cancellation), second;
        using (var replay = new SegmentationPipeline(model, stage => pairs[stage].Replay()))
            second = Segment(model, replay, ct, null, cancellation);

        PairedEngine own = pairs[model.Members.Count > 0 ? model.Members[0] : model];
        PairedEngine[] all = [.. pairs.Values];
        long count = all.Sum(pair => pair.Differences.Count);
        return new EngineComparison
        {
            Model = model.Name,
            Case = ct.Name,
            Reference = own.Info,
            Other = own.OtherInfo,
            Runs = all.Sum(pair => pair.Runs),
            VoxelCount = count,
            MaxDifference = all.Max(pair => pair.Differences.Largest),
            MeanDifference = all.Sum(pair => pair.Differences.Sum) / count,
            Dice = SegmentationMeasure.Compare(second.Mask!, first.Mask!, cancellation: cancellation).Dice,
            VolumeMl = first.VolumeMl ?? 0,
            ReferenceTime = all.Aggregate(TimeSpan.Zero, (sum, pair) => sum + pair.Time),
            OtherTime = all.Aggregate(TimeSpan.Zero, (sum, pair) => sum + pair.OtherTime),
        };
    }

    private static SegmentationResult Segment(PancreasModel model, SegmentationPipeline pipeline, CtVolume ct,
        IProgress<ProgressStep>? progress, CancellationToken cancellation) =>
        pipeline.Run(ct, new SegmentationOptions
        {
            AcceptAnyInput = true,
            Effort = model.Members.Count > 0 ? SegmentationEffort.Full : SegmentationEffort.Normal,
        }, 0, progress, cancellation);

    private static PairedEngine Pair(ISegmentationEngine first, Func<ISegmentationEngine> createSecond)
    {
        try
        {
            return new PairedEngine(first, createSecond());
        }
        catch
        {
            first.Dispose();
            throw;
        }
    }

    /// <summary>Answers with the first engine and keeps what the second one says to the same inputs.</summary>
    private sealed class PairedEngine(ISegmentationEngine first, ISegmentationEngine second) : ISegmentationEngine
    {
        private readonly Queue<Prediction> _answers = new();

        public EngineInfo Info => first.Info;

        public EngineInfo OtherInfo => second.Info;

        public int Runs { get; private set; }

        public Differences Differences { get; } = new();

        public TimeSpan Time { get; private set; }

        public TimeSpan OtherTime { get; private set; }

        public Execution Settle(int depth, int height, int width, long held) => first.Settle(depth, height, width, held);

        public Prediction Run(ReadOnlyMemory<float> input, Execution execution, bool withClasses,
            IProgress<ProgressStep>? progress, CancellationToken cancellation)
        {
            long start = Stopwatch.GetTimestamp();
            Prediction answer = first.Run(input, execution, withClasses, progress, cancellation);
            Time += Stopwatch.GetElapsedTime(start);
            start = Stopwatch.GetTimestamp();
            Execution own = second.Settle(execution.Depth, execution.Height, execution.Width);
            Prediction other = second.Run(input, own, withClasses, null, cancellation);
            OtherTime += Stopwatch.GetElapsedTime(start);
            Differences.Add(answer.Probabilities, other.Probabilities);
            Runs++;
            _answers.Enqueue(other);
            return answer;
        }

        /// <summary>An engine that answers as the second one did, input by input.</summary>
        public ReplayEngine Replay() => new(second.Info, _answers);

        public void Dispose()
        {
            first.Dispose();
            second.Dispose();
        }
    }

    private sealed class ReplayEngine(EngineInfo info, Queue<Prediction> answers) : ISegmentationEngine
    {
        public EngineInfo Info => info;

        public Prediction Run(ReadOnlyMemory<float> input, Execution execution, bool withClasses,
            IProgress<ProgressStep>? progress, CancellationToken cancellation) =>
            answers.TryDequeue(out Prediction? answer) ? answer : new Prediction(new float[input.Length]);

        public void Dispose()
        {
        }
    }
}
