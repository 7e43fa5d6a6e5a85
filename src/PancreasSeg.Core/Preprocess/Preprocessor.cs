using PancreasSeg.Numerics;

namespace PancreasSeg.Preprocess;

/// <summary>Carries out a <see cref="PreprocessPlan"/>.</summary>
public sealed class Preprocessor
{
    private readonly PreprocessPlan _plan;
    private readonly IReadOnlyList<int> _multiples;

    /// <summary>Creates a preprocessor.</summary>
    /// <param name="plan">What to do.</param>
    /// <param name="divisors">What a network has to divide columns, rows and slices by (<c>NetworkSpec.Divisors</c>); null where none is
    /// known.</param>
    /// <exception cref="CoreException"><see cref="Fault.ModelPlanMismatch"/> when the plan contradicts itself or the divisors.</exception>
    public Preprocessor(PreprocessPlan plan, IReadOnlyList<int>? divisors = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.Validate(divisors);
        (_plan, _multiples) = (plan, PreprocessPlan.Multiples(divisors));
    }

    /// <summary>The grid on which the network sees a volume: axes in the plan's order, counts of voxels those that it can halve.</summary>
    public VolumeGrid InputGrid(VolumeGrid source)
    {
        ArgumentNullException.ThrowIfNull(source);
        VolumeGrid oriented = Oriented(source);
        if (_plan.Size is { } size) return oriented.WithSize(size[0], size[1], size[2]);
        Vector3D spacing = new(_plan.Spacing![0], _plan.Spacing[1], _plan.Spacing[2]);
        if (_plan.Anchor is { } anchor) return oriented.WithSpacing(spacing, [.. "LPS".Select(anchor.Contains)]);
        VolumeGrid spaced = oriented.WithSpacing(spacing);
        int[] more = [.. _multiples.Zip([spaced.Columns, spaced.Rows, spaced.Slices], (multiple, n) => RoundUp(n, multiple) - n)];
        return spaced.WithMargin(more[0], more[1], more[2]);
    }

    /// <summary>The grid on which a network that works in a box sees a volume: axes and counts as in
    /// <see cref="InputGrid"/>.</summary>
    /// <param name="source">The volume's grid.</param>
    /// <param name="centre">LPS centre of the box in mm; the box may reach beyond the volume.</param>
    /// <exception cref="InvalidOperationException">The plan has no <see cref="PreprocessPlan.BoxSize"/>.</exception>
    public VolumeGrid BoxGrid(VolumeGrid source, Vector3D centre)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (_plan.BoxSize is not { } box) throw new InvalidOperationException("The plan takes the whole volume.");
        int[] size = [.. Enumerable.Range(0, 3)
            .Select(axis => RoundUp(Math.Max(1, (int)Math.Round(box[axis] / _plan.Spacing![axis])), _multiples[axis]))];
        VolumeGrid oriented = Oriented(source);
        Vector3D[] steps = [.. Enumerable.Range(0, 3).Select(axis => oriented.Direction(axis) * _plan.Spacing![axis])];
        Vector3D origin = centre - steps[0] * ((size[0] - 1) / 2.0) - steps[1] * ((size[1] - 1) / 2.0) - steps[2] * ((size[2] - 1) / 2.0);
        return new VolumeGrid(size[0], size[1], size[2], new AffineTransform(steps[0], steps[1], steps[2], origin));
    }

    /// <summary>HU to network input, of the whole volume.</summary>
    public NetworkInput Prepare(CtVolume ct, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(ct);
        return Prepare(ct, InputGrid(ct.Grid), cancellation);
    }

    /// <summary>HU to network input on a grid out of <see cref="InputGrid"/> or <see cref="BoxGrid"/>.</summary>
    public NetworkInput Prepare(CtVolume ct, VolumeGrid grid, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(ct);
        ArgumentNullException.ThrowIfNull(grid);
        if (_plan.Interpolation == Interpolation.Nearest) ct = NearestResampler.Resize(ct, grid, cancellation);
        var values = GC.AllocateUninitializedArray<float>(grid.VoxelCount);
        int sliceLength = grid.SliceLength;
        float low = (float)_plan.WindowLow, high = (float)_plan.WindowHigh;
        ct.ForEachSlice(grid, (slice, hu) =>
        {
            Span<float> target = values.AsSpan(slice * sliceLength, sliceLength);
            RowKernels.Clamp(hu, low, high, target);
            if (_plan.Normalization == Normalization.Window) Scale(target, low, high);
        }, cancellation, _plan.Interpolation == Interpolation.Point);
        if (_plan.Normalization == Normalization.MinMax)
        {
            (low, high) = (float.PositiveInfinity, float.NegativeInfinity);
            foreach (float value in values) (low, high) = (Math.Min(low, value), Math.Max(high, value));
            Scale(values, low, high);
        }
        if (_plan.Median) values = MedianFilter.Smooth(values, grid.Columns, grid.Rows, cancellation);
        return new NetworkInput(grid, values) { OutputGrid = OutputGrid(grid) };
    }

    /// <summary>A mask of 0 and 1 as the network's output should be.</summary>
    /// <param name="mask">A mask on the grid of the CT from which <paramref name="input"/> was made.</param>
    /// <param name="input">The CT as network input.</param>
    /// <param name="cancellation">Looked at once per slice.</param>
    public LabelVolume PrepareMask(LabelVolume mask, NetworkInput input, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(mask);
        ArgumentNullException.ThrowIfNull(input);
        return _plan.Interpolation == Interpolation.Nearest
            ? NearestResampler.Resize(mask, input.OutputGrid, cancellation)
            : mask.To(input.OutputGrid, cancellation);
    }

    private VolumeGrid Oriented(VolumeGrid source)
    {
        if (_plan.Orientation == InputOrientation.Patient) return source.ToCanonical();
        AffineTransform affine = source.Affine;
        if (affine.SliceStep.Z >= 0) return source;
        return new VolumeGrid(source.Columns, source.Rows, source.Slices,
            affine with { SliceStep = -affine.SliceStep, Translation = affine.Apply(new(0, 0, source.Slices - 1)) });
    }

    private VolumeGrid OutputGrid(VolumeGrid input) => !_plan.Transpose ? input : new VolumeGrid(input.Rows, input.Columns, input.Slices,
        input.Affine with { ColumnStep = input.Affine.RowStep, RowStep = input.Affine.ColumnStep });

    private static void Scale(Span<float> values, float low, float high) =>
        RowKernels.Scale(values, low, high > low ? 2 / (high - low) : 0);

    private static int RoundUp(int n, int multiple) => (n + multiple - 1) / multiple * multiple;
}
