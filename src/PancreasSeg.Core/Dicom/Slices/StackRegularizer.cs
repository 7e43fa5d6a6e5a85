using static System.FormattableString;

namespace PancreasSeg.Dicom;

/// <summary>
/// Resamples parallel slices that are tilted against their stacking direction, unevenly spaced or gapped onto a box-shaped
/// grid: linearly along the normal between the two nearest slices, bilinearly within a slice that lies off the pixel grid of
/// the first. The first and last slice keep their place, and the matrix grows so that no pixel of any slice is cut off.
/// </summary>
internal sealed class StackRegularizer
{
    /// <summary>Part of the mean step by which gaps stray without being gaps.</summary>
    private const double Jitter = 0.2;

    private readonly SliceStack _stack;
    private readonly (double Column, double Row)[] _shifts;
    private readonly int _firstColumn;
    private readonly int _firstRow;

    private StackRegularizer(SliceStack stack, double maxGap)
    {
        _stack = stack;
        PlaneGeometry first = stack.Slices[0].Plane!;
        // Where each slice begins on the pixel grid of the first one.
        _shifts = [.. stack.Slices.Select(s => s.Plane!.Position - first.Position).Select(offset => (
            Vector3D.Dot(offset, first.RowDirection) / first.ColumnSpacing,
            Vector3D.Dot(offset, first.ColumnDirection) / first.RowSpacing))];
        (_firstColumn, int columns) = Cover(_shifts.Select(s => s.Column), stack.Slices[0].Columns);
        (_firstRow, int rows) = Cover(_shifts.Select(s => s.Row), stack.Slices[0].Rows);

        double[] gaps = [.. stack.Positions.Skip(1).Zip(stack.Positions, (next, previous) => next - previous)];
        int widest = Array.IndexOf(gaps, gaps.Max());
        if (gaps[widest] > maxGap * stack.MedianGap)
            throw new CoreException(Fault.SliceMissing,
                $"Between '{stack.Slices[widest].Name}' and '{stack.Slices[widest + 1].Name}' "
                + Invariant($"the gap of {gaps[widest]:0.###} mm ")
                + Invariant($"is more than {maxGap:0.##} times the usual {stack.MedianGap:0.###} mm and is not filled."),
                stack.Slices[widest].Path, "Fetch the missing slices.");
        double mean = gaps.Average(), wanted = Math.Max(gaps.Min(), stack.MedianGap / 2);
        // Slices that only stray keep their number and mean step: a finer one would blur them and invent detail.
        int steps = gaps.All(gap => Math.Abs(gap - mean) <= Jitter * mean) ? gaps.Length
            : Math.Max(1, (int)Math.Round(stack.Positions[^1] / wanted));
        Vector3D step = stack.Normal * (stack.Positions[^1] / steps);
        Vector3D origin = first.Position + first.ColumnStep * _firstColumn + first.RowStep * _firstRow;
        Size = (columns, rows, steps + 1);
        Affine = new AffineTransform(first.ColumnStep, first.RowStep, step, origin).Squared(SliceStack.AngleTolerance);
    }

    private (int Columns, int Rows, int Slices) Size { get; }

    private AffineTransform Affine { get; }

    /// <summary>Reads a series that is not regular and resamples it.</summary>
    /// <exception cref="CoreException">A gap is too wide, the result too large, or a file cannot be read.</exception>
    public static CtVolume Read(
        CtSeriesInfo series, VolumeSource origin, CtSeriesOptions options, IProgress<ProgressStep>? progress,
        CancellationToken cancellation)
    {
        SliceStack stack = series.Stack!;
        if (stack.Slices.FirstOrDefault(s => s.Problem is not null)?.Problem is { } problem) throw problem.ToException(series.Path);
        var regularizer = new StackRegularizer(stack, options.MaxGap);
        (int columns, int rows, int slices) = regularizer.Size;
        if ((long)columns * rows > options.MaxVoxels / slices)
            throw new CoreException(Fault.VolumeTooLarge, Invariant(
                $"Resampled, the series would have {columns} x {rows} x {slices} voxels, more than the limit of {options.MaxVoxels}."),
                series.Path, "Raise the limit if the series is real.");
        var grid = new VolumeGrid(columns, rows, slices, regularizer.Affine);
        var remarks = new PixelRemarks(stack.Slices);
        float[] source = SliceValues.ReadSingle(stack.Slices, remarks, progress, cancellation);
        CtSlice first = stack.Slices[0];
        return new CtVolume(grid, regularizer.Resample(source, cancellation), origin.WithNote(
            Invariant($"Resampled onto a regular grid of {grid}, from {stack.Slices.Count} slices of {first.Columns} x {first.Rows}: ")
            + series.Detail).WithNotes(remarks.Notes<float>(source)));
    }

    private float[] Resample(float[] source, CancellationToken cancellation)
    {
        (int columns, int rows, int slices) = Size;
        int sourceLength = _stack.Slices[0].Columns * _stack.Slices[0].Rows, length = columns * rows;
        var values = GC.AllocateUninitializedArray<float>(length * slices);
        ParallelWork.For(slices, k =>
        {
            double position = k == slices - 1 ? _stack.Positions[^1] : _stack.Positions[^1] * k / (slices - 1);
            int above = Array.BinarySearch(_stack.Positions, position - SliceStack.SamePosition);
            above = above < 0 ? ~above : above;
            int below = _stack.Positions[above] <= position + SliceStack.SamePosition ? above : above - 1;
            double weight = below == above ? 0 : (position - _stack.Positions[below]) / (_stack.Positions[above] - _stack.Positions[below]);
            Span<float> target = values.AsSpan(k * length, length);
            Place(source.AsSpan(below * sourceLength, sourceLength), below, target);
            if (below == above)
            {
                target.Replace(float.NaN, CtVolume.AirHu);
                return;
            }
            var other = new float[length];
            Place(source.AsSpan(above * sourceLength, sourceLength), above, other);
            for (int i = 0; i < length; i++) target[i] = Mix(target[i], other[i], (float)weight);
        }, cancellation);
        return values;
    }

    /// <summary>One slice on the pixel grid of the result; NaN outside it.</summary>
    private void Place(ReadOnlySpan<float> slice, int index, Span<float> target)
    {
        int width = _stack.Slices[0].Columns, height = _stack.Slices[0].Rows;
        for (int r = 0, i = 0; r < Size.Rows; r++)
        {
            (int row, float rowWeight) = Split(r + _firstRow - _shifts[index].Row, height);
            for (int c = 0; c < Size.Columns; c++, i++)
            {
                (int column, float columnWeight) = Split(c + _firstColumn - _shifts[index].Column, width);
                if (row < 0 || column < 0)
                {
                    target[i] = float.NaN;
                    continue;
                }
                int at = column + width * row, right = columnWeight > 0 ? 1 : 0, down = rowWeight > 0 ? width : 0;
                float upper = slice[at] + columnWeight * (slice[at + right] - slice[at]);
                float lower = slice[at + down] + columnWeight * (slice[at + down + right] - slice[at + down]);
                target[i] = upper + rowWeight * (lower - upper);
            }
        }
    }

    /// <summary>The pixel at or before a coordinate and the weight of the next one; -1 further than half a pixel outside.</summary>
    private static (int Index, float Weight) Split(double at, int size)
    {
        if (at < -0.5 || at > size - 0.5) return (-1, 0);
        double inside = Math.Clamp(at, 0, size - 1);
        int index = (int)(inside + 1e-6);
        double weight = inside - index;
        return (index, weight < 1e-6 ? 0 : (float)weight);
    }

    /// <summary>Between two slices; where only one of them reaches, that one; where none does, air.</summary>
    private static float Mix(float below, float above, float weight) => (float.IsNaN(below), float.IsNaN(above)) switch
    {
        (false, false) => below + weight * (above - below),
        (false, true) => below,
        (true, false) => above,
        _ => CtVolume.AirHu,
    };

    /// <summary>First pixel and number of pixels that cover all slices.</summary>
    private static (int First, int Count) Cover(IEnumerable<double> shifts, int size)
    {
        double[] all = [.. shifts];
        double low = Math.Floor(all.Min() + 1e-3), high = Math.Ceiling(all.Max() - 1e-3);
        if (!(high - low < 1 << 20))
            throw new CoreException(Fault.VolumeTooLarge, "The slices lie too far apart sideways to be resampled together.");
        return ((int)low, (int)(high - low) + size);
    }
}
