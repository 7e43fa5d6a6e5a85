using System.Numerics;
using PancreasSeg.Numerics;
using PancreasSeg.Preprocess;

namespace PancreasSeg.Training;

/// <summary>
/// What the network trains on at each step of a fixed set: in each epoch every case once, in another order, varied, and cut to a
/// patch where asked for, of a plan with a box to a box that lies aside by chance. Sample n is the same always, whatever was asked
/// before, so that a resumed training sees what an uninterrupted one does.
/// </summary>
internal sealed class SampleMaker(IReadOnlyList<PreparedCase> cases, TrainingOptions options)
{
    /// <summary>Sample number <paramref name="index"/>, counted from 0.</summary>
    public PreparedCase Create(long index, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        (long epoch, long position) = Math.DivRem(index, cases.Count);
        PreparedCase item = cases[Order(epoch)[position]];
        var random = new SeededRandom((ulong)options.Seed).Fork(FormattableString.Invariant($"sample {index}"));
        AugmentationOptions? variation = options.Augmentation;
        // With exchanged rows and columns values and classes do not lie on one grid.
        bool warps = variation is not null && item.Input.OutputGrid == item.Input.Grid;
        // Before values change: what was clipped is known by its value alone.
        bool ignores = options.Loss.IgnoreClipped;
        (PreparedCase sample, byte outside) = ignores ? (item.WithoutClipped(), PreparedCase.IgnoredClass) : (item, (byte)0);
        if (warps || options.Sampling.PatchSize is not null || options.Plan.BoxSize is not null)
        {
            SpatialWarp warp = warps ? SpatialWarp.Draw(variation!, random) : SpatialWarp.None;
            sample = warp.Apply(sample, Patch(item, warp, random), outside);
        }
        if (variation is not null && options.Plan.Normalization == Normalization.Window) sample = Recolour(sample, variation, random);
        item.Release();
        return sample;
    }

    private int[] Order(long epoch)
    {
        int[] order = [.. Enumerable.Range(0, cases.Count)];
        new SeededRandom((ulong)options.Seed).Fork(FormattableString.Invariant($"order {epoch}")).Shuffle(order.AsSpan());
        return order;
    }

    private IndexBox Patch(PreparedCase item, SpatialWarp warp, SeededRandom random)
    {
        IndexBox whole = IndexBox.Whole(item.Input.Grid);
        if ((options.Sampling.PatchSize ?? Box(item)) is not { } size) return whole;
        Span<int> start = stackalloc int[3], length = stackalloc int[3];
        ReadOnlySpan<int> full = [whole.Columns, whole.Rows, whole.Slices];
        for (int axis = 0; axis < 3; axis++)
        {
            length[axis] = Math.Min(size[axis], full[axis]);
            start[axis] = random.Integer(0, full[axis] - length[axis]);
        }
        if (options.Sampling.PatchSize is not null && random.Chance((float)options.Sampling.ForegroundFraction))
        {
            int voxel = PancreasVoxel(item, random);
            Vector3 at =
                warp.Find(new Vector3(voxel % whole.Columns, voxel / whole.Columns % whole.Rows, voxel / (whole.Columns * whole.Rows)),
                    item.Input.Grid);
            for (int axis = 0; axis < 3; axis++)
                start[axis] = Math.Clamp((int)MathF.Round(at[axis]) - length[axis] / 2, 0, full[axis] - length[axis]);
        }
        return new IndexBox(start[0], start[1], start[2], start[0] + length[0], start[1] + length[1], start[2] + length[2]);
    }

    private int[]? Box(PreparedCase item)
    {
        if (options.Plan.BoxSize is null) return null;
        IndexBox box = TrainingBox.Middle(item.Input.Grid, options.Plan);
        return [box.Columns, box.Rows, box.Slices];
    }

    private int PancreasVoxel(PreparedCase item, SeededRandom random)
    {
        var channel = (byte)options.Network.PancreasChannel;
        ReadOnlySpan<byte> classes = item.Classes.Span;
        int wanted = random.Integer(0, classes.Count(channel) - 1), at = -1;
        for (int i = 0; i <= wanted; i++) at += 1 + classes[(at + 1)..].IndexOf(channel);
        return at;
    }

    private PreparedCase Recolour(PreparedCase item, AugmentationOptions variation, SeededRandom random)
    {
        float[] values = item.Input.Values.ToArray();
        int width = item.Width, plane = width * item.Height;
        ToneCurve.Draw(variation, options.Plan, random).Apply(values);
        if (random.Chance((float)variation.Probability))
        {
            float[] kernel = GaussianFilter.Kernel(random.Uniform(0, (float)variation.Blur)), scratch = new float[plane];
            for (int at = 0; at < values.Length; at += plane)
                GaussianFilter.Smooth(values.AsSpan(at, plane), scratch, width, kernel, kernel);
        }
        if (random.Chance((float)variation.Probability))
        {
            float deviation = random.Uniform(0, (float)variation.NoiseHu) * 2 / (float)(options.Plan.WindowHigh - options.Plan.WindowLow);
            foreach (ref float value in values.AsSpan()) value = Math.Clamp(value + deviation * Normal(random), -1, 1);
        }
        return item with { Input = item.Input with { Values = values } };
    }

    /// <summary>A sum of four even draws of 16 bits, which is normal enough for noise: zero mean, unit variance.</summary>
    private static float Normal(SeededRandom random)
    {
        ulong bits = random.Next();
        float sum = (bits & 0xFFFF) + (bits >> 16 & 0xFFFF) + (bits >> 32 & 0xFFFF) + (bits >> 48);
        return (sum * (1f / 65536) - 2) * 1.7320508f;
    }
}
