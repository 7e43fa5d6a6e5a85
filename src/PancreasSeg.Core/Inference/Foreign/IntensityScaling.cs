using PancreasSeg.Network.Foreign;

namespace PancreasSeg.Inference.Foreign;

/// <summary>Turns HU into what an nnU-Net network sees, in place and in float32 step by step, as numpy does.</summary>
internal static class IntensityScaling
{
    /// <summary>Scales an image.</summary>
    /// <param name="image">HU of the part inside the crop, slices, rows, columns.</param>
    /// <param name="scheme">What is done.</param>
    /// <param name="whole">Voxels of the uncropped image: a crop's rows are added up one by one.</param>
    /// <param name="cancellation">Looked at now and then.</param>
    public static void Apply(VoxelArray<float> image, IntensityScheme scheme, int[] whole, CancellationToken cancellation)
    {
        float[] values = image.Values;
        switch (scheme.Kind)
        {
            case IntensityKind.Ct:
                Each(image, v => (Math.Min(Math.Max(v, scheme.Lower), scheme.Upper) - scheme.Mean) / scheme.StandardDeviation,
                    cancellation);
                break;
            case IntensityKind.UnitRange:
                float low = values.Min();
                float high = Math.Max(values.Max() - low, 1e-8f);
                Each(image, v => (v - low) / high, cancellation);
                break;
            case IntensityKind.ZScore when scheme.OnlyNonzero:
                bool[] inside = BodyMask.Of(image);
                float[] body = [.. values.Where((_, i) => inside[i])];
                if (body.Length == 0) break;
                (float bodyMean, float bodyDeviation) = Moments(body, body.Length);
                for (int i = 0; i < values.Length; i++)
                    if (inside[i]) values[i] = (values[i] - bodyMean) / bodyDeviation;
                break;
            case IntensityKind.ZScore:
                // numpy adds up in pairs what lies without a gap, and such runs one after another.
                int run = image.Shape[2] < whole[2] ? image.Shape[2] : image.Shape[1] < whole[1] ? image.Shape[1] * image.Shape[2]
                    : values.Length;
                (float mean, float deviation) = Moments(values, run);
                Each(image, v => (v - mean) / deviation, cancellation);
                break;
        }
    }

    private static void Each(VoxelArray<float> image, Func<float, float> scale, CancellationToken cancellation)
    {
        int slice = image.Shape[1] * image.Shape[2];
        ParallelWork.For(image.Shape[0], z =>
        {
            foreach (ref float value in image.Values.AsSpan(z * slice, slice)) value = scale(value);
        }, cancellation);
    }

    private static (float Mean, float Deviation) Moments(float[] values, int run)
    {
        float sum = 0;
        for (int start = 0; start < values.Length; start += run) sum += PairwiseSum(values.AsSpan(start, run));
        float mean = (float)((double)sum / values.Length);
        float[] squares = [.. values.Select(v => (v - mean) * (v - mean))];
        float variance = (float)((double)PairwiseSum(squares) / values.Length);
        return (mean, Math.Max(MathF.Sqrt(variance), 1e-8f));
    }

    /// <summary>The order in which numpy adds float32: eight sums side by side in blocks of up to 128, blocks in pairs.</summary>
    internal static float PairwiseSum(ReadOnlySpan<float> values)
    {
        const int block = 128, lanes = 8;
        if (values.Length < lanes)
        {
            float few = 0;
            foreach (float value in values) few += value;
            return few;
        }
        if (values.Length > block)
        {
            int half = values.Length / 2;
            half -= half % lanes;
            return PairwiseSum(values[..half]) + PairwiseSum(values[half..]);
        }
        Span<float> sums = stackalloc float[lanes];
        values[..lanes].CopyTo(sums);
        int i = lanes;
        for (; i + lanes <= values.Length; i += lanes)
            for (int lane = 0; lane < lanes; lane++) sums[lane] += values[i + lane];
        float sum = sums[0] + sums[1] + (sums[2] + sums[3]) + (sums[4] + sums[5] + (sums[6] + sums[7]));
        for (; i < values.Length; i++) sum += values[i];
        return sum;
    }
}
