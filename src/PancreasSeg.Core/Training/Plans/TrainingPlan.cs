using System.Text.Json;
using System.Text.Json.Serialization;
using PancreasSeg.Network;

namespace PancreasSeg.Training;

/// <summary>How to train a model on a data set, each number with its reason; made of the data's fingerprint by
/// <see cref="TrainingPlanner"/>.</summary>
public sealed record TrainingPlan
{
    /// <summary>Of plans whose networks have no strides, and of those with some, which earlier versions refuse.</summary>
    private const int CurrentFormat = 1, StridesFormat = 2;

    private readonly int? _format;

    private const string Remedy = "Write it again with New-TrainingPlan.";

    [JsonConstructor]
    internal TrainingPlan()
    {
    }

    /// <summary>Format of the file.</summary>
    [JsonInclude, JsonRequired]
    internal int Format { get => _format ?? FormatNeeded; init => _format = value; }

    /// <summary>Cases of the fingerprint.</summary>
    [JsonInclude]
    public int Cases { get; internal init; }

    /// <summary>The stages, in the order in which they work.</summary>
    [JsonInclude, JsonRequired]
    public IReadOnlyList<StagePlan> Stages { get; internal init => field = ReadableList.Of(value); } = [];

    /// <summary>Why each number is what it is, in the order of the rules.</summary>
    [JsonInclude, JsonRequired]
    public IReadOnlyList<PlanReason> Reasons { get; internal init => field = ReadableList.Of(value); } = [];

    private int FormatNeeded => Stages.Any(s => s.Network.Strides is not null) ? StridesFormat : CurrentFormat;

    /// <summary>True when a locator and a refiner are trained.</summary>
    [JsonIgnore]
    public bool IsTwoStage => Stages.Count > 1;

    /// <summary>The plan of a stage.</summary>
    /// <param name="stage">Which; null for the one that segments.</param>
    /// <exception cref="CoreException"><see cref="Fault.SettingInvalid"/> where it has no such stage.</exception>
    public StagePlan Of(ModelStage? stage) => Stages.LastOrDefault(s => stage is null || s.Stage == stage)
        ?? throw new CoreException(Fault.SettingInvalid, $"The plan has one stage, which sees the whole volume, and no {stage}.",
            nameof(stage), "Leave the stage out.");

    /// <summary>The stages in one line.</summary>
    public override string ToString() => string.Join("; ", Stages);

    /// <summary>Writes it as JSON.</summary>
    /// <param name="file">Full path.</param>
    /// <param name="overwrite">False refuses an existing file.</param>
    /// <exception cref="CoreException"><see cref="Fault.NoClobber"/> or <see cref="Fault.FileWriteFailed"/>.</exception>
    public void Write(string file, bool overwrite = true) => AtomicFile.Write(file, overwrite, stream =>
        JsonSerializer.Serialize(stream, this, PlanJsonContext.Default.TrainingPlan));

    /// <summary>Reads a plan that <see cref="Write"/> wrote, and checks it.</summary>
    /// <exception cref="CoreException"><see cref="Fault.FileNotFound"/>; <see cref="Fault.FileReadFailed"/>;
    /// <see cref="Fault.SettingInvalid"/> for another file, a damaged one or one of another version;
    /// <see cref="Fault.ModelPlanMismatch"/> for numbers that make no network or no preparation.</exception>
    public static TrainingPlan Read(string file)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (!File.Exists(file)) throw new CoreException(Fault.FileNotFound, $"The plan '{file}' does not exist.", file, "Check the path.");
        TrainingPlan plan;
        try
        {
            plan = JsonSerializer.Deserialize(FileFault.Reading(file, () => File.ReadAllBytes(file)), PlanJsonContext.Default.TrainingPlan)
                ?? throw new JsonException("It is null.");
        }
        catch (JsonException e)
        {
            throw NotAPlan(file, e.Message, e);
        }
        if (plan.Stages.Count == 0 || plan.Stages.Any(s => s is null)) throw NotAPlan(file, "it has no stages", null);
        if (plan.Format is not (CurrentFormat or StridesFormat))
            throw NotAPlan(file, $"its format is {plan.Format}, this version knows {CurrentFormat} and {StridesFormat}", null);
        if (plan.Format != plan.FormatNeeded) throw NotAPlan(file, "its format does not fit what it holds", null);
        foreach (StagePlan stage in plan.Stages)
        {
            try
            {
                stage.Network.Validate();
                stage.Plan.Validate(stage.Network.Divisors);
            }
            catch (CoreException e)
            {
                throw new CoreException(e.Fault, $"The plan '{file}' cannot be trained: {e.Message}", file, Remedy, e);
            }
        }
        return plan;
    }

    private static CoreException NotAPlan(string file, string why, Exception? inner) => new(Fault.SettingInvalid,
        $"'{file}' is not a plan of New-TrainingPlan, or it is damaged: {why}.", file, Remedy, inner);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, WriteIndented = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, AllowDuplicateProperties = false, RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(TrainingPlan))]
internal sealed partial class PlanJsonContext : JsonSerializerContext;
