using System.Diagnostics;
using PancreasSeg.Evaluation;
using PancreasSeg.Inference;
using PancreasSeg.Inference.Foreign;
using PancreasSeg.Network;
using PancreasSeg.Network.Foreign;

namespace PancreasSeg.Segmentation;

/// <summary>
/// Runs a case through libtorch and ONNX Runtime with a model of nnU-Net: every patch goes through both, then the whole case through the
/// second once more for its mask.
/// </summary>
internal static class NnUNetComparison
{
    /// <inheritdoc cref="EngineComparison.Run(PancreasModel, CtVolume, int?, IProgress{ProgressStep}?, CancellationToken)"/>
    public static EngineComparison Run(PancreasModel model, CtVolume ct, EngineOptions options, IProgress<ProgressStep>? progress,
        CancellationToken cancellation)
    {
        NnUNetModel source = model.NnUNetSource!;
        byte label = (byte)source.Labels.Find(PancreasModel.PancreasClass)!.Label;
        (IReadOnlyList<IPatchNetwork> torch, EngineInfo reference) = PatchNetworks.Create(model, SegmentationEngineKind.Torch, options);
        using var first = new NnUNetSegmenter(source, torch);
        (IReadOnlyList<IPatchNetwork> onnx, EngineInfo other) = PatchNetworks.Create(model, SegmentationEngineKind.Onnx, options);
        using var second = new NnUNetSegmenter(source, onnx);
        PairedNetwork[] pairs = [.. torch.Zip(onnx, (a, b) => new PairedNetwork(a, b))];
        using var paired = new NnUNetSegmenter(source, pairs);
        LabelVolume mask = paired.Run(ct, new NnUNetOptions(), progress, cancellation).Labels.Select(label),
            othersMask = second.Run(ct, new NnUNetOptions(), null, cancellation).Labels.Select(label);
        long count = pairs.Sum(pair => pair.Differences.Count);
        return new EngineComparison
        {
            Model = model.Name,
            Case = ct.Name,
            Reference = reference,
            Other = other,
            Runs = pairs.Sum(pair => pair.Runs),
            VoxelCount = count,
            MaxDifference = pairs.Max(pair => pair.Differences.Largest),
            MeanDifference = pairs.Sum(pair => pair.Differences.Sum) / count,
            Dice = SegmentationMeasure.Compare(othersMask, mask, cancellation: cancellation).Dice,
            VolumeMl = mask.VolumeMl(),
            ReferenceTime = pairs.Aggregate(TimeSpan.Zero, (sum, pair) => sum + pair.Time),
            OtherTime = pairs.Aggregate(TimeSpan.Zero, (sum, pair) => sum + pair.OtherTime),
        };
    }

    /// <summary>Answers as the first network and looks how far the second one is from it. Owns neither.</summary>
    private sealed class PairedNetwork(IPatchNetwork first, IPatchNetwork second) : IPatchNetwork
    {
        public int Channels => first.Channels;

        public int Runs { get; private set; }

        public Differences Differences { get; } = new();

        public TimeSpan Time { get; private set; }

        public TimeSpan OtherTime { get; private set; }

        public void Run(ReadOnlyMemory<float> patch, Span<float> logits, CancellationToken cancellation)
        {
            var other = new float[logits.Length];
            long start = Stopwatch.GetTimestamp();
            first.Run(patch, logits, cancellation);
            Time += Stopwatches.Lap(ref start);
            second.Run(patch, other, cancellation);
            OtherTime += Stopwatches.Lap(ref start);
            Differences.Add(logits, other);
            Runs++;
        }

        public void Dispose()
        {
        }
    }
}
