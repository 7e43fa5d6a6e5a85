using System.Text.Json.Serialization;

namespace PancreasSeg.Preprocess;

/// <summary>
/// How an HU volume becomes network input, as data: it is stored in the model file and drives inference exactly as it drove
/// training. The volume is brought to one axis order, resampled to a fixed number of voxels (<see cref="Size"/>) or a fixed
/// voxel size (<see cref="Spacing"/>), clipped to an HU window and scaled linearly to [-1, 1].
/// </summary>
public sealed record PreprocessPlan
{
    private static readonly string[] s_directions = ["LR", "PA", "SI"];

    /// <summary>Voxels along columns, rows and slices over the whole volume; null when <see cref="Spacing"/> is given.</summary>
    public IReadOnlyList<int>? Size { get; init; }

    /// <summary>Voxel size in mm along columns, rows and slices; null when <see cref="Size"/> is given.</summary>
    public IReadOnlyList<double>? Spacing { get; init; }

    /// <summary>
    /// Three patient directions, one of L or R, P or A, S or I each, at whose beginnings the network's first voxels lie on the CT's first
    /// voxels, as MONAI has it; null to centre the network's grid on the CT and to round its counts up to what the network can halve.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Anchor { get; init; }

    /// <summary>
    /// Size in mm, along columns, rows and slices, of the box round the located pancreas in which the network works; null for the
    /// whole volume. What the box holds beyond the field of view is air.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<double>? BoxSize { get; init; }

    /// <summary>Parts of a mask below this fraction of the largest one are strays: a box shows one pancreas. 0 keeps all.</summary>
    internal double SmallestPart => BoxSize is null ? 0 : 0.2;

    /// <summary>HU that becomes -1; lower values are clipped. Default: the lower end of a soft-tissue window.</summary>
    public double WindowLow { get; init; } = -160;

    /// <summary>HU that becomes +1; higher values are clipped. Default: the upper end of a soft-tissue window.</summary>
    public double WindowHigh { get; init; } = 240;

    /// <summary>How voxels of the input, and on the way back those of the mask, are found.</summary>
    public Interpolation Interpolation { get; init; }

    /// <summary>What becomes -1 and +1.</summary>
    public Normalization Normalization { get; init; }

    /// <summary>Axis order of the input.</summary>
    public InputOrientation Orientation { get; init; }

    /// <summary>
    /// True when each voxel of the input becomes the median of the 3 x 3 x 3 round it: less noise, and edges stay. Edges of the volume are
    /// repeated.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Median { get; init; }

    /// <summary>
    /// Lowest and highest HU of pancreas in an enhanced phase: where the input lies outside, the network's answer counts for nothing. Null
    /// for no such bounds. An unenhanced gland may hold any amount of fat and has none.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<double>? EnhancedHu { get; init; }

    /// <summary>
    /// True for a network whose output has rows and columns exchanged against its input: one trained on label files of axis order
    /// (x, y) beside images of axis order (row, column).
    /// </summary>
    public bool Transpose { get; init; }

    /// <summary>
    /// The preparation of the original project (pancreas_segmentation, 2021): the nearest of 160 x 160 x 160 voxels, images as
    /// stored, each volume's own smallest and largest value to -1 and 1. Its HU window is so wide that it clips nothing.
    /// </summary>
    public static PreprocessPlan Original { get; } = new()
    {
        Size = [160, 160, 160],
        WindowLow = -100024,
        WindowHigh = 100024,
        Interpolation = Interpolation.Nearest,
        Normalization = Normalization.MinMax,
        Orientation = InputOrientation.Stored,
    };

    /// <summary>In-plane voxel counts are multiples of this at least.</summary>
    public const int InPlaneMultiple = 16;

    /// <summary>Of what columns, rows and slices of the input are multiples.</summary>
    /// <param name="divisors">Those of a network (<c>NetworkSpec.Divisors</c>), powers of two; null where none is known.</param>
    public static IReadOnlyList<int> Multiples(IReadOnlyList<int>? divisors = null) =>
        ReadableList.Of([Math.Max(InPlaneMultiple, divisors?[0] ?? 1), Math.Max(InPlaneMultiple, divisors?[1] ?? 1), divisors?[2] ?? 1]);

    /// <summary>Refuses a plan that contradicts itself.</summary>
    /// <exception cref="CoreException"><see cref="Fault.ModelPlanMismatch"/>.</exception>
    public void Validate() => Validate(null);

    /// <summary>Refuses a plan that contradicts itself or the network that it prepares for.</summary>
    /// <param name="divisors">As for <see cref="Multiples"/>.</param>
    /// <exception cref="CoreException"><see cref="Fault.ModelPlanMismatch"/>.</exception>
    public void Validate(IReadOnlyList<int>? divisors)
    {
        IReadOnlyList<int> multiples = Multiples(divisors);
        if (Size is null == Spacing is null) throw Invalid("either a size or a spacing must be given");
        if (Size is not null && (Size.Count != 3 || Size.Any(n => n < 1))) throw Invalid("the size must be three positive numbers");
        if (Size is not null && Size.Zip(multiples).Any(pair => pair.First % pair.Second != 0))
            throw Invalid($"columns, rows and slices must be multiples of {string.Join(", ", multiples)}");
        if (Spacing is not null && (Spacing.Count != 3 || Spacing.Any(s => !double.IsFinite(s) || s <= 0)))
            throw Invalid("the spacing must be three positive numbers");
        if (BoxSize is not null && (BoxSize.Count != 3 || BoxSize.Any(s => !double.IsFinite(s) || s <= 0)))
            throw Invalid("the box must be three positive numbers");
        if (BoxSize is not null && (Spacing is null || Orientation != InputOrientation.Patient || Normalization != Normalization.Window))
            throw Invalid("a box needs a spacing, the patient's orientation and values scaled by the HU window");
        if (!Enum.IsDefined(Interpolation) || !Enum.IsDefined(Normalization) || !Enum.IsDefined(Orientation))
            throw Invalid("it asks for a step this version does not know");
        if (Interpolation == Interpolation.Nearest && Size is null) throw Invalid("nearest voxels need a size");
        if (Anchor is not null && (Anchor.Length != 3 || !s_directions.All(pair => Anchor.Any(pair.Contains))))
            throw Invalid("the anchor must be three letters, one of L or R, P or A, S or I each");
        if (Anchor is not null && (Spacing is null || BoxSize is not null || Orientation != InputOrientation.Patient))
            throw Invalid("an anchor needs a spacing, the patient's orientation and the whole volume");
        if (Transpose && (Size is null || Size[0] != Size[1])) throw Invalid("transposing needs as many columns as rows");
        if (EnhancedHu is not null && (EnhancedHu.Count != 2 || !(WindowLow < EnhancedHu[0] && EnhancedHu[0] < EnhancedHu[1]
            && EnhancedHu[1] < WindowHigh)))
            throw Invalid("the HU of enhanced pancreas must be two rising numbers inside the HU window");
        if (EnhancedHu is not null && (Normalization != Normalization.Window || Transpose))
            throw Invalid("HU of enhanced pancreas need values scaled by the HU window and an output that lies as the input");
        if (!double.IsFinite(WindowLow) || !double.IsFinite(WindowHigh) || WindowHigh <= WindowLow) throw Invalid("the HU window is empty");
    }

    /// <summary>Grid and HU window in one line.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{(Size is null ? $"{ReadableList.Of(Spacing!)} mm" : $"{ReadableList.Of(Size)} voxels")}, HU {WindowLow} to {WindowHigh}");

    private static CoreException Invalid(string why) => new(Fault.ModelPlanMismatch, $"The preprocessing plan is not usable: {why}.");
}
