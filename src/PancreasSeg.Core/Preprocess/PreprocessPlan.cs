namespace PancreasSeg.Preprocess;

/// <summary>
/// How an HU volume becomes network input, as data: it is stored in the model file and drives inference exactly as it drove
/// training. The volume is brought to LPS axis order, resampled to a fixed number of voxels (<see cref="Size"/>) or a fixed
/// voxel size (<see cref="Spacing"/>), clipped to an HU window and scaled linearly to [-1, 1].
/// </summary>
public sealed record PreprocessPlan
{
    /// <summary>Voxels along columns, rows and slices over the whole volume; null when <see cref="Spacing"/> is given.</summary>
    public IReadOnlyList<int>? Size { get; init; }

    /// <summary>Voxel size in mm along columns, rows and slices; null when <see cref="Size"/> is given.</summary>
    public IReadOnlyList<double>? Spacing { get; init; }

    /// <summary>HU that becomes -1; lower values are clipped. Default: the lower end of a soft-tissue window.</summary>
    public double WindowLow { get; init; } = -160;

    /// <summary>HU that becomes +1; higher values are clipped. Default: the upper end of a soft-tissue window.</summary>
    public double WindowHigh { get; init; } = 240;

    /// <summary>In-plane voxel counts are made multiples of this (four in-plane poolings: 16).</summary>
    public const int InPlaneDivisor = 16;

    /// <summary>Refuses a plan that contradicts itself.</summary>
    /// <exception cref="CoreException"><see cref="Fault.ModelPlanMismatch"/>.</exception>
    public void Validate()
    {
        if (Size is null == Spacing is null) throw Invalid("either a size or a spacing must be given");
        if (Size is not null && (Size.Count != 3 || Size.Any(n => n < 1))) throw Invalid("the size must be three positive numbers");
        if (Size is not null && (Size[0] % InPlaneDivisor != 0 || Size[1] % InPlaneDivisor != 0)) throw Invalid("the in-plane size must be a multiple of 16");
        if (Spacing is not null && (Spacing.Count != 3 || Spacing.Any(s => !double.IsFinite(s) || s <= 0))) throw Invalid("the spacing must be three positive numbers");
        if (!double.IsFinite(WindowLow) || !double.IsFinite(WindowHigh) || WindowHigh <= WindowLow) throw Invalid("the HU window is empty");
    }

    private static CoreException Invalid(string why) => new(Fault.ModelPlanMismatch, $"The preprocessing plan is not usable: {why}.");
}
