using System.Numerics.Tensors;

namespace PancreasSeg.Inference.Foreign;

/// <summary>Logits of a whole image in float16, as nnU-Net keeps and adds them.</summary>
/// <param name="Channels">For each channel the values.</param>
/// <param name="Shape">Voxels along each axis.</param>
internal sealed record LogitMap(Half[][] Channels, int[] Shape)
{
    /// <summary>The mean of several networks' logits, added up and divided in float16; the first is overwritten.</summary>
    public static LogitMap Mean(IReadOnlyList<LogitMap> folds, CancellationToken cancellation)
    {
        LogitMap mean = folds[0];
        if (folds.Count == 1) return mean;
        ParallelWork.For(mean.Channels.Length, channel =>
        {
            Span<Half> sum = mean.Channels[channel];
            foreach (LogitMap other in folds.Skip(1)) TensorPrimitives.Add(sum, other.Channels[channel], sum);
            TensorPrimitives.Divide(sum, (Half)folds.Count, sum);
        }, cancellation);
        return mean;
    }
}
