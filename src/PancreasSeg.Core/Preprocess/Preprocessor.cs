namespace PancreasSeg.Preprocess;

/// <summary>Carries out a <see cref="PreprocessPlan"/>.</summary>
public sealed class Preprocessor
{
    private readonly PreprocessPlan _plan;

    /// <summary>Creates a preprocessor.</summary>
    /// <exception cref="CoreException"><see cref="Fault.ModelPlanMismatch"/> when the plan contradicts itself.</exception>
    public Preprocessor(PreprocessPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        plan.Validate();
        _plan = plan;
    }

    /// <summary>The grid on which the network sees a volume: LPS axis order, in-plane counts multiples of 16.</summary>
    public VolumeGrid InputGrid(VolumeGrid source)
    {
        ArgumentNullException.ThrowIfNull(source);
        VolumeGrid canonical = source.ToCanonical();
        if (_plan.Size is { } size) return canonical.WithSize(size[0], size[1], size[2]);
        VolumeGrid spaced = canonical.WithSpacing(new(_plan.Spacing![0], _plan.Spacing[1], _plan.Spacing[2]));
        return spaced.WithMargin(RoundUp(spaced.Columns) - spaced.Columns, RoundUp(spaced.Rows) - spaced.Rows, 0);
    }

    /// <summary>HU to network input.</summary>
    public NetworkInput Prepare(CtVolume ct, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(ct);
        VolumeGrid grid = InputGrid(ct.Grid);
        var values = new float[grid.VoxelCount];
        int sliceLength = grid.Columns * grid.Rows;
        float low = (float)_plan.WindowLow, high = (float)_plan.WindowHigh;
        float scale = 2 / (high - low);
        ct.ForEachSlice(grid, (slice, hu) =>
        {
            Span<float> target = values.AsSpan(slice * sliceLength, sliceLength);
            for (int i = 0; i < target.Length; i++) target[i] = (Math.Clamp(hu[i], low, high) - low) * scale - 1;
        }, cancellation);
        return new NetworkInput(grid, values);
    }

    private static int RoundUp(int n) => (n + PreprocessPlan.InPlaneDivisor - 1) / PreprocessPlan.InPlaneDivisor * PreprocessPlan.InPlaneDivisor;
}
