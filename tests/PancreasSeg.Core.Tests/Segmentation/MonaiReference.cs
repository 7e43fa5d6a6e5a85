namespace PancreasSeg.Core.Tests.Segmentation;

/// <summary>
/// MONAI's way from a CT to a mask, written as slowly and plainly as can be in float64: Orientationd (RAS), Spacingd (bilinear, the first
/// voxel stays where it is), ScaleIntensityRanged (clipped, to 0..1), SlidingWindowInferer, softmax, Invertd, AsDiscreted (argmax).
/// </summary>
/// <param name="spacing">Voxel size along R, A, S in mm.</param>
/// <param name="low">HU that becomes 0.</param>
/// <param name="high">HU that becomes 1.</param>
/// <param name="patch">Voxels of a patch along R, A, S.</param>
/// <param name="overlap">Part of a patch that the next one shares.</param>
/// <param name="isGaussian">True where the middle of a patch counts more.</param>
/// <param name="network">Logits of a patch, one array for each channel.</param>
internal sealed class MonaiReference(
    double[] spacing, double low, double high, int[] patch, double overlap, bool isGaussian, Func<double[,,], double[][,,]> network)
{
    /// <summary>Probabilities of each channel on an axial CT's own grid, by column, row, slice.</summary>
    public double[][,,] Probabilities(CtVolume ct)
    {
        VolumeGrid grid = ct.Grid;
        int[] size = [grid.Columns, grid.Rows, grid.Slices];
        double[] step = [spacing[0] / grid.Spacing.X, spacing[1] / grid.Spacing.Y, spacing[2] / grid.Spacing.Z];
        double[,,] turned = Filled(size, p => ct.Integers.Span[grid.IndexOf(size[0] - 1 - p[0], size[1] - 1 - p[1], p[2])]);
        int[] spaced = [.. size.Zip(step, (n, s) => (int)Math.Round((n - 1) / s + 1))];
        double[,,] input = Filled(spaced, p =>
            (Math.Clamp(Linear(turned, [p[0] * step[0], p[1] * step[1], p[2] * step[2]]), low, high) - low) / (high - low));
        double[][,,] own = Window(input);
        return [.. own.Select(channel => Filled(size, p =>
            Linear(channel, [(size[0] - 1 - p[0]) / step[0], (size[1] - 1 - p[1]) / step[1], p[2] / step[2]])))];
    }

    /// <summary>Softmax of the patches' weighted mean logits.</summary>
    private double[][,,] Window(double[,,] input)
    {
        int[] size = Size(input), whole = [.. size.Zip(patch, Math.Max)], before = [.. whole.Zip(size, (w, n) => (w - n) / 2)];
        double[,,] padded = Filled(whole, p => Enumerable.Range(0, 3).All(i => p[i] >= before[i] && p[i] < before[i] + size[i])
            ? input[p[0] - before[0], p[1] - before[1], p[2] - before[2]] : 0);
        double[][,,]? sums = null;
        var weights = new double[whole[0], whole[1], whole[2]];
        foreach (int a in Starts(whole, 0))
            foreach (int b in Starts(whole, 1))
                foreach (int c in Starts(whole, 2))
                {
                    double[][,,] logits = network(Filled(patch, p => padded[a + p[0], b + p[1], c + p[2]]));
                    sums ??= [.. logits.Select(_ => new double[whole[0], whole[1], whole[2]])];
                    Filled(patch, p =>
                    {
                        double weight = isGaussian ? Math.Max(Bell(p, 0) * Bell(p, 1) * Bell(p, 2), 1e-3) : 1;
                        for (int k = 0; k < logits.Length; k++)
                            sums[k][a + p[0], b + p[1], c + p[2]] += weight * logits[k][p[0], p[1], p[2]];
                        return weights[a + p[0], b + p[1], c + p[2]] += weight;
                    });
                }
        return [.. sums!.Select(own => Filled(size, p =>
        {
            (int a, int b, int c) = (p[0] + before[0], p[1] + before[1], p[2] + before[2]);
            return Math.Exp(own[a, b, c] / weights[a, b, c]) / sums!.Sum(other => Math.Exp(other[a, b, c] / weights[a, b, c]));
        }))];
    }

    private List<int> Starts(int[] whole, int axis)
    {
        int interval = patch[axis] == whole[axis] ? patch[axis] : Math.Max(1, (int)(patch[axis] * (1 - overlap)));
        var starts = new List<int>();
        for (int start = 0; ; start += interval)
        {
            starts.Add(Math.Min(start, whole[axis] - patch[axis]));
            if (start + patch[axis] >= whole[axis]) return starts;
        }
    }

    private double Bell(int[] p, int axis) =>
        Math.Exp(-0.5 * Math.Pow((p[axis] - (patch[axis] - 1) / 2.0) / (patch[axis] / 8.0), 2));

    private static double Linear(double[,,] from, double[] at)
    {
        double sum = 0;
        for (int corner = 0; corner < 8; corner++)
        {
            double weight = 1;
            var index = new int[3];
            for (int axis = 0; axis < 3; axis++)
            {
                int last = from.GetLength(axis) - 1, floor = (int)Math.Floor(Math.Clamp(at[axis], 0, last)), up = corner >> axis & 1;
                double part = Math.Clamp(at[axis], 0, last) - floor;
                index[axis] = Math.Min(floor + up, last);
                weight *= up == 1 ? part : 1 - part;
            }
            sum += weight * from[index[0], index[1], index[2]];
        }
        return sum;
    }

    private static int[] Size(double[,,] values) => [values.GetLength(0), values.GetLength(1), values.GetLength(2)];

    private static double[,,] Filled(int[] size, Func<int[], double> value)
    {
        var all = new double[size[0], size[1], size[2]];
        for (int a = 0; a < size[0]; a++)
            for (int b = 0; b < size[1]; b++)
                for (int c = 0; c < size[2]; c++) all[a, b, c] = value([a, b, c]);
        return all;
    }
}
