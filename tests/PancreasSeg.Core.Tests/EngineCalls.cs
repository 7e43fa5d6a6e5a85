using PancreasSeg.Inference;

namespace PancreasSeg.Core.Tests;

/// <summary>Single passes that hold nothing else in memory.</summary>
internal static class EngineCalls
{
    public static float[] Run(this ISegmentationEngine engine, ReadOnlyMemory<float> input, int depth, int height, int width,
        IProgress<ProgressStep>? progress = null, CancellationToken cancellation = default) =>
        engine.Run(input, engine.Settle(depth, height, width), false, progress, cancellation).Probabilities;

    public static byte[]? Classify(this ISegmentationEngine engine, ReadOnlyMemory<float> input, int depth, int height, int width) =>
        engine.Run(input, engine.Settle(depth, height, width), withClasses: true).Classes;
}
