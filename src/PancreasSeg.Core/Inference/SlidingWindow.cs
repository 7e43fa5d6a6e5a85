using System.Numerics.Tensors;
using PancreasSeg.Network;

namespace PancreasSeg.Inference;

/// <summary>
/// Runs a network of one fixed patch size over a whole volume as MONAI's SlidingWindowInferer does: patches overlap, and the middle of a
/// patch may count more than its edge, by a Gaussian of an eighth of the patch as standard deviation. Answers are averaged before anything
/// is made of them, and slices that no later patch reaches are finished at once, so that no more than a patch's depth of them is held for
/// all channels.
/// </summary>
internal static class SlidingWindow
{
    private const double SmallestWeight = 1e-3;

    /// <summary>What is made of the weighted means of the answers.</summary>
    /// <param name="input">D x H x W values, W fastest.</param>
    /// <param name="size">D, H, W; none below the patch's.</param>
    /// <param name="patch">Size of the patches.</param>
    /// <param name="overlap">Part of a patch that the next one shares at least, from 0 to below 1.</param>
    /// <param name="weighting">What the voxels of a patch count.</param>
    /// <param name="run">Answers for one patch: as many values for each channel, one channel after the other.</param>
    /// <param name="decide">What is made of a voxel's means, one for each channel; the array is used again.</param>
    /// <param name="progress">Told after each patch.</param>
    public static float[] Run(
        ReadOnlyMemory<float> input, (int Depth, int Height, int Width) size, (int Depth, int Height, int Width) patch, double overlap,
        PatchWeighting weighting, Func<float[], float[]> run, Func<float[], float> decide, IProgress<ProgressStep>? progress = null)
    {
        int plane = size.Height * size.Width, voxels = patch.Depth * patch.Height * patch.Width, done = 0;
        float[] weights = weighting == PatchWeighting.Gaussian ? Weights(patch) : [.. Enumerable.Repeat(1f, voxels)];
        int[] depths = Starts(size.Depth, patch.Depth, overlap);
        (int Row, int Column)[] places =
        [
            .. from row in Starts(size.Height, patch.Height, overlap)
               from column in Starts(size.Width, patch.Width, overlap)
               select (row, column),
        ];
        var result = new float[size.Depth * plane];
        float[][]? sums = null;
        var counts = new float[patch.Depth * plane];
        for (int d = 0; d < depths.Length; d++)
        {
            foreach ((int row, int column) in places)
            {
                float[] answer = run(Cut(input.Span, size.Height, size.Width, patch, (depths[d], row, column)));
                sums ??= [.. Enumerable.Range(0, answer.Length / voxels).Select(_ => new float[counts.Length])];
                for (int line = 0; line < patch.Depth * patch.Height; line++)
                {
                    int at = (line / patch.Height * size.Height + row + line % patch.Height) * size.Width + column;
                    ReadOnlySpan<float> weight = weights.AsSpan(line * patch.Width, patch.Width);
                    TensorPrimitives.Add(counts.AsSpan(at, patch.Width), weight, counts.AsSpan(at, patch.Width));
                    for (int channel = 0; channel < sums.Length; channel++)
                    {
                        Span<float> sum = sums[channel].AsSpan(at, patch.Width);
                        TensorPrimitives.MultiplyAdd(answer.AsSpan(channel * voxels + line * patch.Width, patch.Width), weight, sum, sum);
                    }
                }
                progress?.Report(new ProgressStep($"patch {++done} of {depths.Length * places.Length}",
                    (double)done / (depths.Length * places.Length)));
            }
            int ready = (d + 1 < depths.Length ? depths[d + 1] - depths[d] : patch.Depth) * plane;
            var means = new float[sums!.Length];
            for (int i = 0; i < ready; i++)
            {
                for (int channel = 0; channel < means.Length; channel++) means[channel] = sums[channel][i] / counts[i];
                result[depths[d] * plane + i] = decide(means);
            }
            foreach (float[] held in sums.Append(counts))
            {
                held.AsSpan(ready).CopyTo(held);
                held.AsSpan(held.Length - ready).Clear();
            }
        }
        return result;
    }

    /// <summary>First voxels of the patches along one axis: a fixed step apart, the last one moved back to end with the volume.</summary>
    public static int[] Starts(int size, int patch, double overlap)
    {
        int step = Math.Max(1, (int)(patch * (1 - overlap))), room = size - patch;
        return [.. Enumerable.Range(0, (room + step - 1) / step + 1).Select(i => Math.Min(i * step, room))];
    }

    /// <summary>Weight of each voxel of a patch, 1 in its centre, none below a thousandth.</summary>
    public static float[] Weights((int Depth, int Height, int Width) patch)
    {
        double[] slices = Gaussian(patch.Depth), rows = Gaussian(patch.Height), columns = Gaussian(patch.Width);
        return
        [
            .. from slice in slices
               from row in rows
               from column in columns
               select (float)Math.Max(slice * row * column, SmallestWeight),
        ];
    }

    private static double[] Gaussian(int length)
    {
        double centre = (length - 1) / 2.0, sigma = length / 8.0;
        return [.. Enumerable.Range(0, length).Select(i => Math.Exp(-0.5 * Math.Pow((i - centre) / sigma, 2)))];
    }

    /// <summary>The values of a box of a whole of <paramref name="height"/> rows and <paramref name="width"/> columns.</summary>
    /// <param name="whole">All values, columns fastest.</param>
    /// <param name="height">Rows of the whole.</param>
    /// <param name="width">Columns of the whole.</param>
    /// <param name="box">Slices, rows and columns of the box.</param>
    /// <param name="place">First slice, row and column of the box in the whole.</param>
    public static float[] Cut(
        ReadOnlySpan<float> whole, int height, int width, (int Depth, int Height, int Width) box, (int Slice, int Row, int Column) place)
    {
        var values = new float[box.Depth * box.Height * box.Width];
        for (int row = 0; row < box.Depth * box.Height; row++)
        {
            int at = ((place.Slice + row / box.Height) * height + place.Row + row % box.Height) * width + place.Column;
            whole.Slice(at, box.Width).CopyTo(values.AsSpan(row * box.Width));
        }
        return values;
    }
}
