using System.Buffers;
using System.Numerics.Tensors;
using PancreasSeg.Network.Foreign;

namespace PancreasSeg.Inference.Foreign;

/// <summary>
/// Brings logits to another number of voxels, linearly, and hands over every row of the result with all its channels. Takes some slices
/// at a time and holds none but the last, so that what is decided of a row needs no array of all channels at either size. Rows are
/// rounded as nnU-Net's own arrays are: to float16, or float32 where torch interpolates.
/// </summary>
internal sealed class LogitResampler
{
    private readonly int[] _from;
    private readonly int[] _shape;
    private readonly AxisSampling[] _axes;
    private readonly bool _roundsToHalf;
    private readonly RowSink _sink;
    private Half[][] _last = [];
    private int _taken;
    private int _made;

    /// <summary>Prepares the way.</summary>
    /// <param name="from">Voxels along each axis of the logits.</param>
    /// <param name="shape">Voxels along each axis of the result.</param>
    /// <param name="scheme">By which method.</param>
    /// <param name="separate">The axis that is sampled by itself, nearest; null for none.</param>
    /// <param name="sink">Takes each row, from several threads.</param>
    public LogitResampler(int[] from, int[] shape, ResamplingScheme scheme, int? separate, RowSink sink)
    {
        (_from, _shape, _sink) = (from, scheme.Kind == ResamplingKind.None ? from : shape, sink);
        _axes = [.. Enumerable.Range(0, 3).Select(axis => new AxisSampling(from[axis], _shape[axis], axis == separate ? 0
            : scheme.Order))];
        _roundsToHalf = scheme.Kind != ResamplingKind.Linear || _shape.SequenceEqual(from);
    }

    /// <summary>Takes a row.</summary>
    /// <param name="start">Index of its first voxel in the result.</param>
    /// <param name="width">Its voxels.</param>
    /// <param name="channels">The logits, one channel after another.</param>
    public delegate void RowSink(int start, int width, ReadOnlySpan<float> channels);

    /// <summary>Takes the next slices and hands over the rows that they complete.</summary>
    public void Take(LogitMap slices, CancellationToken cancellation)
    {
        int known = _taken + slices.Shape[0], next = _made;
        while (next < _shape[0] && Taps(_axes[0], next).Second < known) next++;
        ParallelWork.For(next - _made, i => RunSlice(_made + i, slices), cancellation);
        int plane = _from[1] * _from[2];
        (_made, _taken, _last) = (next, known, [.. slices.Channels.Select(channel => channel[^plane..])]);
    }

    private void RunSlice(int slice, LogitMap slices)
    {
        int channels = slices.Channels.Length, columns = _from[2], plane = _from[1] * columns, width = _shape[2];
        double[] planes = ArrayPool<double>.Shared.Rent(channels * plane);
        try
        {
            (int below, int above, double part) = Taps(_axes[0], slice);
            var first = new float[plane];
            var second = new float[plane];
            for (int c = 0; c < channels; c++)
            {
                TensorPrimitives.ConvertToSingle(Slice(slices, c, below), first);
                if (part != 0) TensorPrimitives.ConvertToSingle(Slice(slices, c, above), second);
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
                _sink((slice * _shape[1] + y) * width, width, rows);
            }
        }
        finally
        {
            ArrayPool<double>.Shared.Return(planes);
        }
    }

    private ReadOnlySpan<Half> Slice(LogitMap slices, int channel, int index)
    {
        int plane = _from[1] * _from[2];
        return index < _taken ? _last[channel] : slices.Channels[channel].AsSpan((index - _taken) * plane, plane);
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
