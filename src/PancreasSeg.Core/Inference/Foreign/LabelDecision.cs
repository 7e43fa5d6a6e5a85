using PancreasSeg.Network.Foreign;

namespace PancreasSeg.Inference.Foreign;

/// <summary>What a network's logits say of each voxel: the highest channel's label, or every region whose probability is above a
/// half.</summary>
/// <param name="labels">What the channels mean.</param>
/// <param name="result">Takes the labels.</param>
/// <param name="channel">The channel whose probability is wanted too; null for none.</param>
/// <param name="probabilities">Takes the probabilities.</param>
internal sealed class LabelDecision(NnUNetLabels labels, byte[] result, int? channel, float[] probabilities)
{
    /// <summary>Decides a row.</summary>
    public void Take(int start, int width, ReadOnlySpan<float> logits)
    {
        Span<byte> row = result.AsSpan(start, width);
        if (labels.HasRegions) Regions(width, logits, row);
        else Highest(width, logits, row);
        if (channel is not { } wanted) return;
        Span<float> probability = probabilities.AsSpan(start, width);
        ReadOnlySpan<float> own = logits.Slice(wanted * width, width);
        for (int i = 0; i < width; i++) probability[i] = labels.HasRegions ? Sigmoid(own[i]) : Softmax(logits, own[i], i, width);
    }

    private void Highest(int width, ReadOnlySpan<float> logits, Span<byte> row)
    {
        var best = new float[width];
        var index = new int[width];
        LineKernels.Highest(logits, width, best, index);
        for (int i = 0; i < width; i++) row[i] = labels.LabelOfChannel[index[i]];
    }

    private void Regions(int width, ReadOnlySpan<float> logits, Span<byte> row)
    {
        for (int c = 0; c < labels.Channels; c++)
        {
            ReadOnlySpan<float> region = logits.Slice(c * width, width);
            for (int i = 0; i < width; i++)
                if (Sigmoid(region[i]) > 0.5f) row[i] = labels.LabelOfChannel[c];
        }
    }

    private static float Sigmoid(float logit) => 1 / (1 + MathF.Exp(-logit));

    private static float Softmax(ReadOnlySpan<float> logits, float own, int voxel, int width)
    {
        float highest = own, sum = 0;
        for (int i = voxel; i < logits.Length; i += width) highest = Math.Max(highest, logits[i]);
        for (int i = voxel; i < logits.Length; i += width) sum += MathF.Exp(logits[i] - highest);
        return MathF.Exp(own - highest) / sum;
    }
}
