using System.Numerics.Tensors;

namespace PancreasSeg.Inference.Foreign;

/// <summary>Logits of a whole image in float16, as nnU-Net keeps and adds them.</summary>
/// <param name="Channels">For each channel the values.</param>
/// <param name="Shape">Voxels along each axis.</param>
internal sealed record LogitMap(Half[][] Channels, int[] Shape)
{
    /// <summary>The mean of several networks' logits, added up and divided in float16, each when its turn comes; the first is
    /// overwritten.</summary>
    public static LogitMap Mean(IEnumerable<LogitMap> folds, CancellationToken cancellation)
    {
        LogitMap? sum = null;
        int count = 0;
        foreach (LogitMap fold in folds)
        {
            count++;
            if (sum is null) sum = fold;
            else ParallelWork.For(sum.Channels.Length, c => TensorPrimitives.Add(sum.Channels[c], fold.Channels[c], sum.Channels[c]),
                cancellation);
        }
        if (count > 1) ParallelWork.For(sum!.Channels.Length, c => TensorPrimitives.Divide(sum.Channels[c], (Half)count, sum.Channels[c]),
            cancellation);
        return sum!;
    }
}
