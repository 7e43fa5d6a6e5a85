namespace PancreasSeg.Numerics;

/// <summary>Separable Gaussian smoothing of one slice; edges are repeated.</summary>
internal static class GaussianFilter
{
    /// <summary>Weights of a Gaussian cut at three standard deviations, sum 1; a single 1 when it is too narrow to matter.</summary>
    /// <param name="deviation">Standard deviation in pixels.</param>
    public static float[] Kernel(float deviation)
    {
        if (deviation < 0.2f) return [1];
        int radius = (int)MathF.Ceiling(3 * deviation);
        var kernel = new float[2 * radius + 1];
        for (int i = -radius; i <= radius; i++) kernel[i + radius] = MathF.Exp(-0.5f * i * i / (deviation * deviation));
        float sum = kernel.Sum();
        for (int i = 0; i < kernel.Length; i++) kernel[i] /= sum;
        return kernel;
    }

    /// <summary>Smooths an image of the given width in place.</summary>
    /// <param name="image">Pixels, column-fastest.</param>
    /// <param name="scratch">As long as the image.</param>
    /// <param name="width">Columns.</param>
    /// <param name="alongRows">Kernel along columns of a row.</param>
    /// <param name="acrossRows">Kernel across rows.</param>
    public static void Smooth(
        Span<float> image, Span<float> scratch, int width, ReadOnlySpan<float> alongRows, ReadOnlySpan<float> acrossRows)
    {
        int height = image.Length / width;
        Pass(image, scratch, height, width, acrossRows);
        if (alongRows.Length == 1)
        {
            if (acrossRows.Length > 1) scratch.CopyTo(image);
            return;
        }
        int radius = alongRows.Length / 2;
        Span<float> padded = stackalloc float[width + 2 * radius];
        for (int j = 0; j < height; j++)
        {
            Span<float> row = (acrossRows.Length > 1 ? scratch : image).Slice(j * width, width), target = image.Slice(j * width, width);
            padded[..radius].Fill(row[0]);
            row.CopyTo(padded[radius..]);
            padded[(radius + width)..].Fill(row[width - 1]);
            target.Clear();
            for (int k = 0; k < alongRows.Length; k++) Accumulate(padded.Slice(k, width), target, alongRows[k]);
        }
    }

    private static void Pass(ReadOnlySpan<float> image, Span<float> result, int height, int width, ReadOnlySpan<float> kernel)
    {
        if (kernel.Length == 1) return;
        int radius = kernel.Length / 2;
        for (int j = 0; j < height; j++)
        {
            Span<float> target = result.Slice(j * width, width);
            target.Clear();
            for (int k = 0; k < kernel.Length; k++)
                Accumulate(image.Slice(Math.Clamp(j + k - radius, 0, height - 1) * width, width), target, kernel[k]);
        }
    }

    private static void Accumulate(ReadOnlySpan<float> source, Span<float> target, float weight)
    {
        int i = 0, lanes = System.Numerics.Vector<float>.Count;
        for (; i <= source.Length - lanes; i += lanes)
            (new System.Numerics.Vector<float>(target[i..]) + weight * new System.Numerics.Vector<float>(source[i..])).CopyTo(target[i..]);
        for (; i < source.Length; i++) target[i] += weight * source[i];
    }
}
