using System.Numerics.Tensors;
using PancreasSeg.Network.Foreign;

namespace PancreasSeg.Inference.Foreign;

/// <summary>
/// Runs networks patch by patch over an image as nnU-Net does: answers are weighted by a Gaussian and added up in float16, then the
/// networks' means are averaged. Slices that no later patch reaches are handed over at once, so that no more than a patch's depth of
/// them is held for all channels.
/// </summary>
/// <param name="networks">A network for each fold.</param>
/// <param name="patch">Size of their patches.</param>
/// <param name="step">Part of a patch from one to the next at most.</param>
/// <param name="mirrorAxes">Axes along which every patch is mirrored too, in all combinations; empty for none.</param>
internal sealed class PatchPrediction(IReadOnlyList<IPatchNetwork> networks, int[] patch, double step, IReadOnlyList<int> mirrorAxes)
{
    /// <summary>Slices that are handed over at a time.</summary>
    public const int SlicesAtOnce = 16;

    private readonly int _channels = networks[0].Channels;
    private readonly int _voxels = patch[0] * patch[1] * patch[2];
    private readonly float[] _weights = PatchGrid.Weights(patch);
    private readonly int[][] _mirrors = Combinations(mirrorAxes);

    /// <summary>Hands over the logits of an image, some slices of the network's first axis at a time, in order.</summary>
    /// <param name="image">The networks' input, in their axes.</param>
    /// <param name="finished">Takes the slices; their arrays are not used again.</param>
    /// <param name="progress">Told after each patch.</param>
    /// <param name="cancellation">Looked at between parts of the network.</param>
    /// <exception cref="CoreException"><see cref="Fault.ModelPlanMismatch"/> when a network's answer is not finite.</exception>
    public void Run(VoxelArray<float> image, Action<LogitMap> finished, IProgress<ProgressStep>? progress, CancellationToken cancellation)
    {
        int[] size = [.. image.Shape.Zip(patch, Math.Max)], margin = [.. size.Zip(image.Shape, (whole, part) => (whole - part) / 2)];
        VoxelArray<float> padded = image.Placed(margin, size);
        int plane = size[1] * size[2], all = PatchGrid.Starts(size, patch, step).Length * networks.Count, done = 0;
        int[] depths = PatchGrid.Starts(size[0], patch[0], step);
        int[][] places = PatchGrid.Starts([patch[0], size[1], size[2]], patch, step);
        Half[][][] totals = [.. networks.Select(_ => Enumerable.Range(0, _channels).Select(_ => new Half[patch[0] * plane]).ToArray())];
        var counts = new Half[patch[0] * plane];
        var answer = new float[_channels * (long)_voxels];
        for (int d = 0; d < depths.Length; d++)
        {
            for (int fold = 0; fold < networks.Count; fold++)
            {
                foreach (int[] place in places)
                {
                    Answer(networks[fold], padded.Cut([depths[d], place[1], place[2]], patch).Values, answer, cancellation);
                    Add(totals[fold], fold == 0 ? counts : null, size, place, answer, cancellation);
                    progress?.Report(new ProgressStep($"patch {++done} of {all}", (double)done / all));
                }
            }
            int ready = d + 1 < depths.Length ? depths[d + 1] - depths[d] : patch[0];
            // A margin before the first slice means that there is one patch along this axis.
            int end = Math.Min(ready, margin[0] + image.Shape[0] - depths[d]);
            for (int first = margin[0]; first < end; first += SlicesAtOnce)
            {
                int count = Math.Min(SlicesAtOnce, end - first);
                LogitMap[] folds = [.. totals.Select(total => Mean(total, counts, size, first, count, margin, image.Shape, cancellation))];
                finished(LogitMap.Mean(folds, cancellation));
            }
            foreach (Half[] array in totals.SelectMany(total => total).Append(counts))
            {
                array.AsSpan(ready * plane).CopyTo(array);
                array.AsSpan(array.Length - ready * plane).Clear();
            }
        }
    }

    /// <summary>Weighted sums divided by sums of weights, without the margins.</summary>
    private static LogitMap Mean(Half[][] totals, Half[] counts, int[] size, int first, int count, int[] margin, int[] shape,
        CancellationToken cancellation)
    {
        int plane = size[1] * size[2];
        var channels = new Half[totals.Length][];
        ParallelWork.For(totals.Length, channel =>
        {
            var mean = new Half[count * plane];
            TensorPrimitives.Divide(totals[channel].AsSpan(first * plane, mean.Length), counts.AsSpan(first * plane, mean.Length), mean);
            if (!Array.TrueForAll(mean, Half.IsFinite))
                throw new CoreException(Fault.ModelPlanMismatch, "The network's answer is not a finite number.",
                    remedy: "Check that the volume is a CT in HU; else the model's weights are damaged.");
            channels[channel] = new VoxelArray<Half>(mean, [count, size[1], size[2]])
                .Cut([0, margin[1], margin[2]], [count, shape[1], shape[2]]).Values;
        }, cancellation);
        return new LogitMap(channels, [count, shape[1], shape[2]]);
    }

    /// <summary>The network's answer, averaged over the mirror images.</summary>
    private void Answer(IPatchNetwork network, float[] values, float[] answer, CancellationToken cancellation)
    {
        network.Run(values, answer, cancellation);
        if (_mirrors.Length == 0) return;
        var mirrored = new float[_voxels];
        var other = new float[answer.Length];
        foreach (int[] axes in _mirrors)
        {
            Flip(values, mirrored, axes, add: false);
            network.Run(mirrored, other, cancellation);
            ParallelWork.For(_channels, c => Flip(other.AsSpan(c * _voxels, _voxels), answer.AsSpan(c * _voxels, _voxels), axes,
                add: true), cancellation);
        }
        TensorPrimitives.Divide(answer, _mirrors.Length + 1f, answer);
    }

    /// <summary>Adds a patch's answer onto the slices that are held, and its weights onto theirs unless another fold's did so.</summary>
    private void Add(Half[][] totals, Half[]? counts, int[] size, int[] start, float[] answer, CancellationToken cancellation) =>
        ParallelWork.For(totals.Length + (counts is null ? 0 : 1), channel =>
        {
            Half[] total = channel < totals.Length ? totals[channel] : counts!;
            Span<float> sum = stackalloc float[patch[2]], product = stackalloc float[patch[2]];
            for (int row = 0; row < patch[0] * patch[1]; row++)
            {
                Span<Half> target = total.AsSpan(((start[0] + row / patch[1]) * size[1] + start[1] + row % patch[1]) * size[2] + start[2],
                    patch[2]);
                ReadOnlySpan<float> weights = _weights.AsSpan(row * patch[2], patch[2]);
                TensorPrimitives.ConvertToSingle(target, sum);
                if (channel < totals.Length)
                {
                    TensorPrimitives.Multiply(answer.AsSpan(channel * _voxels + row * patch[2], patch[2]), weights, product);
                    TensorPrimitives.Add(sum, product, sum);
                }
                else
                {
                    TensorPrimitives.Add(sum, weights, sum);
                }
                TensorPrimitives.ConvertToHalf(sum, target);
            }
        }, cancellation);

    /// <summary>Mirrors a patch along axes, into <paramref name="to"/> or onto it.</summary>
    private void Flip(ReadOnlySpan<float> from, Span<float> to, int[] axes, bool add)
    {
        Span<float> reversed = stackalloc float[patch[2]];
        for (int a = 0; a < patch[0]; a++)
            for (int b = 0; b < patch[1]; b++)
            {
                int fromA = axes.Contains(0) ? patch[0] - 1 - a : a, fromB = axes.Contains(1) ? patch[1] - 1 - b : b;
                from.Slice((fromA * patch[1] + fromB) * patch[2], patch[2]).CopyTo(reversed);
                if (axes.Contains(2)) reversed.Reverse();
                Span<float> row = to.Slice((a * patch[1] + b) * patch[2], patch[2]);
                if (add) TensorPrimitives.Add(row, reversed, row);
                else reversed.CopyTo(row);
            }
    }

    /// <summary>All non-empty subsets, smaller ones first.</summary>
    private static int[][] Combinations(IReadOnlyList<int> axes) =>
        [.. Enumerable.Range(1, (1 << axes.Count) - 1).Select(bits => axes.Where((_, i) => (bits >> i & 1) == 1).ToArray())
            .OrderBy(subset => subset.Length).ThenBy(subset => string.Join(',', subset), StringComparer.Ordinal)];
}
