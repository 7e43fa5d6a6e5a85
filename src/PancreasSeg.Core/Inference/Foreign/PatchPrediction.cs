using System.Numerics.Tensors;
using PancreasSeg.Network.Foreign;

namespace PancreasSeg.Inference.Foreign;

/// <summary>
/// Runs a network patch by patch over an image as nnU-Net does: answers are weighted by a Gaussian and added up in float16.
/// </summary>
/// <param name="network">The network.</param>
/// <param name="patch">Size of its patches.</param>
/// <param name="step">Part of a patch from one to the next at most.</param>
/// <param name="mirrorAxes">Axes along which every patch is mirrored too, in all combinations; empty for none.</param>
internal sealed class PatchPrediction(IPatchNetwork network, int[] patch, double step, IReadOnlyList<int> mirrorAxes)
{
    private readonly int _voxels = patch[0] * patch[1] * patch[2];
    private readonly float[] _weights = PatchGrid.Weights(patch);
    private readonly int[][] _mirrors = Combinations(mirrorAxes);

    /// <summary>Logits of an image.</summary>
    /// <param name="image">The network's input, in its axes.</param>
    /// <param name="progress">Told after each patch.</param>
    /// <param name="cancellation">Looked at between parts of the network.</param>
    /// <exception cref="CoreException"><see cref="Fault.ModelPlanMismatch"/> when the network's answer is not finite.</exception>
    public LogitMap Run(VoxelArray<float> image, IProgress<ProgressStep>? progress, CancellationToken cancellation)
    {
        int[] size = [.. image.Shape.Zip(patch, Math.Max)], margin = [.. size.Zip(image.Shape, (whole, part) => (whole - part) / 2)];
        VoxelArray<float> padded = image.Placed(margin, size);
        var totals = new Half[network.Channels][];
        for (int channel = 0; channel < totals.Length; channel++) totals[channel] = new Half[padded.Values.Length];
        var counts = new Half[padded.Values.Length];
        int[][] starts = PatchGrid.Starts(size, patch, step);
        var answer = new float[network.Channels * (long)_voxels];
        for (int i = 0; i < starts.Length; i++)
        {
            Answer(padded.Cut(starts[i], patch).Values, answer, cancellation);
            Add(totals, counts, size, starts[i], answer, cancellation);
            progress?.Report(new ProgressStep($"patch {i + 1} of {starts.Length}", (i + 1.0) / starts.Length));
        }
        ParallelWork.For(totals.Length, channel => TensorPrimitives.Divide(totals[channel], counts, totals[channel]), cancellation);
        if (totals.Any(total => !Array.TrueForAll(total, Half.IsFinite)))
            throw new CoreException(Fault.ModelPlanMismatch, "The network's answer is not a finite number.",
                remedy: "Check that the volume is a CT in HU; else the model's weights are damaged.");
        return new LogitMap([.. totals.Select(total => new VoxelArray<Half>(total, size).Cut(margin, image.Shape).Values)], image.Shape);
    }

    /// <summary>The network's answer, averaged over the mirror images.</summary>
    private void Answer(float[] values, float[] answer, CancellationToken cancellation)
    {
        network.Run(values, answer, cancellation);
        if (_mirrors.Length == 0) return;
        var mirrored = new float[_voxels];
        var other = new float[answer.Length];
        foreach (int[] axes in _mirrors)
        {
            Flip(values, mirrored, axes, add: false);
            network.Run(mirrored, other, cancellation);
            ParallelWork.For(network.Channels, c => Flip(other.AsSpan(c * _voxels, _voxels), answer.AsSpan(c * _voxels, _voxels), axes,
                add: true), cancellation);
        }
        TensorPrimitives.Divide(answer, _mirrors.Length + 1f, answer);
    }

    private void Add(Half[][] totals, Half[] counts, int[] size, int[] start, float[] answer, CancellationToken cancellation) =>
        ParallelWork.For(totals.Length + 1, channel =>
        {
            Half[] total = channel < totals.Length ? totals[channel] : counts;
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
