using System.Text.Json;
using System.Text.Json.Serialization;
using PancreasSeg.Preprocess;

namespace PancreasSeg.Network;

/// <summary>
/// How to use a network of another project (nnU-Net, MONAI ...) that is an ONNX or TorchScript file with one input 1 x 1 x a x b x c and
/// an output 1 x K x a x b x c: written by the user as JSON. Lists of three are in the order of the network's axes a, b, c.
/// </summary>
public sealed record ForeignPlan
{
    private static readonly JsonSerializerOptions s_strict = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        AllowDuplicateProperties = false,
        Converters = { new JsonStringEnumConverter(allowIntegerValues: false) },
    };

    /// <summary>
    /// The patient's direction in which each axis of the network runs, one of L or R, P or A, S or I each: <c>SPL</c> for slices to the
    /// head, rows to the back, columns to the left; <c>RAS</c> for MONAI's usual orientation.
    /// </summary>
    public required string Axes { get; init; }

    /// <summary>Voxel size in mm; null when <see cref="Size"/> is given.</summary>
    public IReadOnlyList<double>? Spacing { get; init; }

    /// <summary>Voxels over the whole volume, rows and columns multiples of 16; null when <see cref="Spacing"/> is given.</summary>
    public IReadOnlyList<int>? Size { get; init; }

    /// <summary>Lower HU are clipped to this.</summary>
    public required double WindowLow { get; init; }

    /// <summary>Higher HU are clipped to this.</summary>
    public required double WindowHigh { get; init; }

    /// <summary>What becomes of the clipped HU.</summary>
    public required ForeignNormalization Normalization { get; init; }

    /// <summary>HU that become 0; for <see cref="ForeignNormalization.ZScore"/> alone.</summary>
    public double? Mean { get; init; }

    /// <summary>HU that become 1 above the mean; for <see cref="ForeignNormalization.ZScore"/> alone.</summary>
    public double? StandardDeviation { get; init; }

    /// <summary>Voxels that the network sees at a time.</summary>
    public required IReadOnlyList<int> Patch { get; init; }

    /// <summary>Part of a patch that the next one shares at least.</summary>
    public double Overlap { get; init; } = 0.5;

    /// <summary>How the answers of patches that overlap are averaged.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public PatchWeighting Weighting { get; init; }

    /// <summary>The output's channels of the pancreas, counted from 0: one, or several that are its parts, gland and tumour for example. In
    /// JSON one number or a list.</summary>
    [JsonConverter(typeof(NumberOrListConverter))]
    public required IReadOnlyList<int> Channel { get; init; }

    /// <summary>What the network puts out.</summary>
    public required ForeignOutput Output { get; init; }

    /// <summary>Probability above which a voxel is pancreas.</summary>
    public double Threshold { get; init; } = 0.5;

    /// <summary>Reads a plan.</summary>
    /// <exception cref="CoreException"><see cref="Fault.FileNotFound"/>, <see cref="Fault.FileReadFailed"/>, or
    /// <see cref="Fault.ModelPlanMismatch"/> for an entry that is unknown, missing or impossible.</exception>
    public static ForeignPlan Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!File.Exists(path)) throw new CoreException(Fault.FileNotFound, $"The plan '{path}' does not exist.", path, "Check the path.");
        try
        {
            ForeignPlan plan = JsonSerializer.Deserialize<ForeignPlan>(FileFault.Reading(path, () => File.ReadAllBytes(path)), s_strict)
                ?? throw new JsonException("It is null.");
            plan.Validate();
            return plan;
        }
        catch (JsonException e)
        {
            throw new CoreException(Fault.ModelPlanMismatch, $"The plan '{path}' cannot be used: {e.Message}", path,
                "See Get-Help Invoke-PancreasSegmentation -Parameter Plan for its entries.", e);
        }
    }

    /// <summary>The plan as JSON.</summary>
    internal string ToJson() => JsonSerializer.Serialize(this, s_strict);

    /// <summary>Refuses a plan that contradicts itself.</summary>
    /// <exception cref="CoreException"><see cref="Fault.ModelPlanMismatch"/>.</exception>
    public void Validate()
    {
        if (!AxisOrder.IsOrder(Axes)) throw Invalid("the axes must be three letters, one of L or R, P or A, S or I each");
        if (Patch.Count != 3 || Patch.Any(n => n is < 1 or > 1024)) throw Invalid("the patch must be three numbers of 1 to 1024");
        if ((long)Patch[0] * Patch[1] * Patch[2] > 1 << 28) throw Invalid("the patch is too large");
        if (Size is { Count: not 3 } || Spacing is { Count: not 3 }) throw Invalid("size and spacing are three numbers");
        if (!(Overlap is >= 0 and <= 0.9)) throw Invalid("the overlap must be 0 to 0.9");
        if (!(Threshold is > 0 and < 1)) throw Invalid("the threshold must lie between 0 and 1");
        if (Channel.Count == 0 || Channel.Any(c => c is < 0 or > 1023) || Channel.Distinct().Count() < Channel.Count)
            throw Invalid("the channel must be 0 to 1023, or several such numbers");
        if (!Enum.IsDefined(Normalization) || !Enum.IsDefined(Output) || !Enum.IsDefined(Weighting))
            throw Invalid("its normalization, output or weighting is not known to this version");
        bool isZScore = Normalization == ForeignNormalization.ZScore;
        if (isZScore
            && (Mean is not { } mean || !double.IsFinite(mean) || StandardDeviation is not { } sd || !double.IsFinite(sd) || sd <= 0))
            throw Invalid("ZScore needs a mean and a standardDeviation above 0");
        if (!isZScore && (Mean ?? StandardDeviation) is not null) throw Invalid("mean and standardDeviation are for ZScore");
        Preparation.Validate();
    }

    /// <summary>The part of the work that our own models share: a volume along the patient's axes, its window scaled to [-1, 1].</summary>
    internal PreprocessPlan Preparation
    {
        get
        {
            var order = new AxisOrder(Axes);
            return new PreprocessPlan
            {
                Size = order.ColumnsFirst(Size),
                Spacing = order.ColumnsFirst(Spacing),
                Anchor = Spacing is null ? null : Axes,
                Interpolation = Spacing is null ? Interpolation.Linear : Interpolation.Point,
                WindowLow = WindowLow,
                WindowHigh = WindowHigh
            };
        }
    }

    /// <summary>What the network sees for a value that <see cref="Preparation"/> made, as factor and summand.</summary>
    internal (float Factor, float Summand) Scale
    {
        get
        {
            double half = (WindowHigh - WindowLow) / 2, centre = WindowLow + half;
            return Normalization switch
            {
                ForeignNormalization.ZScore =>
                    ((float)(half / StandardDeviation!.Value), (float)((centre - Mean!.Value) / StandardDeviation.Value)),
                ForeignNormalization.UnitRange => (0.5f, 0.5f),
                _ => (1, 0),
            };
        }
    }

    private static CoreException Invalid(string why) =>
        new(Fault.ModelPlanMismatch, $"The plan is not usable: {why}.",
            remedy: "See Get-Help Invoke-PancreasSegmentation -Parameter Plan for its entries.");
}
