using System.Buffers;
using System.Numerics.Tensors;
using PancreasSeg.Network.Foreign;

namespace PancreasSeg.Inference.Foreign;

/// <summary>
/// Brings logits to another number of voxels, linearly, and hands over every row of the result with all its channels: what is decided of
/// a row needs no array of all channels at the larger size. Rows are rounded as nnU-Net's own arrays are: to float16, or float32 where
/// torch interpolates.
/// </summary>
internal sealed class LogitResampler
{
    private readonly LogitMap _logits;
    private readonly int[] _shape;
    private readonly AxisSampling[] _axes;
    private readonly bool _roundsToHalf;

    /// <summary>Prepares the way.</summary>
    /// <param name="logits">The logits.</param>
    /// <param name="shape">Voxels along each axis of the result.</param>
    /// <param name="scheme">By which method.</param>
    /// <param name="separate">The axis that is sampled by itself, nearest; null for none.</param>
    public LogitResampler(LogitMap logits, int[] shape, ResamplingScheme scheme, int? separate)
    {
        (_logits, _shape) = (logits, scheme.Kind == ResamplingKind.None ? logits.Shape : shape);
        _axes = [.. Enumerable.Range(0, 3).Select(axis => new AxisSampling(logits.Shape[axis], _shape[axis], axis == separate ? 0
            : scheme.Order))];
        _roundsToHalf = scheme.Kind != ResamplingKind.Linear || _shape.SequenceEqual(logits.Shape);
    }

    /// <summary>Takes a row.</summary>
    /// <param name="start">Index of its first voxel in the result.</param>
    /// <param name="width">Its voxels.</param>
    /// <param name="channels">The logits, one channel after another.</param>
    public delegate void RowSink(int start, int width, ReadOnlySpan<float> channels);

    /// <summary>Hands over all rows, from several threads.</summary>
    public void Run(RowSink sink, CancellationToken cancellation) =>
        ParallelWork.For(_shape[0], slice => RunSlice(slice, sink), cancellation);

    private void RunSlice(int slice, RowSink sink)
    {
        int channels = _logits.Channels.Length, columns = _logits.Shape[2], plane = _logits.Shape[1] * columns, width = _shape[2];
        double[] planes = ArrayPool<double>.Shared.Rent(channels * plane);
        try
        {
            (int below, int above, double part) = Taps(_axes[0], slice);
            var first = new float[plane];
            var second = new float[plane];
            for (int c = 0; c < channels; c++)
            {
                TensorPrimitives.ConvertToSingle(_logits.Channels[c].AsSpan(below * plane, plane), first);
                if (part != 0) TensorPrimitives.ConvertToSingle(_logits.Channels[c].AsSpan(above * plane, plane), second);
                Span<double> blended = planes.AsSpan(c * plane, plane);
                for (int i = 0; i < plane; i++) blended[i] = part == 0 ? first[i] : first[i] * (1 - part) + second[i] * part;
            }
            var rows = new float[channels * width];
            var row = new double[columns];
            var wide = new double[width];
            for (int y = 0; y < _shape[1]; y++)
            {
                (int upper, int lower, double down) = Taps(_axes[1], y);
                for (int c = 0; c < channels; c++)
                {
                    LineKernels.Blend(planes.AsSpan(c * plane + upper * columns, columns),
                        planes.AsSpan(c * plane + lower * columns, columns), down, row);
                    Widen(row, wide);
                    Round(wide, rows.AsSpan(c * width, width));
                }
                sink((slice * _shape[1] + y) * width, width, rows);
            }
        }
        finally
        {
            ArrayPool<double>.Shared.Return(planes);
        }
    }

    private void Widen(ReadOnlySpan<double> row, Span<double> wide)
    {
        AxisSampling axis = _axes[2];
        if (axis.IsIdentity)
        {
            row.CopyTo(wide);
            return;
        }
        int last = row.Length - 1;
        ReadOnlySpan<int> first = axis.First;
        ReadOnlySpan<double> weights = axis.Weights;
        if (axis.Taps == 1)
        {
            for (int i = 0; i < wide.Length; i++) wide[i] = row[first[i]];
            return;
        }
        for (int i = 0; i < wide.Length; i++)
            wide[i] = row[first[i]] * weights[2 * i] + row[Math.Min(first[i] + 1, last)] * weights[2 * i + 1];
    }

    private void Round(ReadOnlySpan<double> wide, Span<float> row)
    {
        if (_roundsToHalf) LineKernels.RoundToHalf(wide, row);
        else for (int i = 0; i < row.Length; i++) row[i] = (float)wide[i];
    }

    private static (int First, int Second, double Part) Taps(AxisSampling axis, int index) =>
        axis.IsIdentity ? (index, index, 0)
        : axis.Taps == 1 ? (axis.First[index], axis.First[index], 0)
        : (axis.First[index], Math.Min(axis.First[index] + 1, axis.Length - 1), axis.Weights[2 * index + 1]);
}
