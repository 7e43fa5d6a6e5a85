using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using PancreasSeg.Network;
using PancreasSeg.Preprocess;

namespace PancreasSeg.Training;

/// <summary>What a training is: its settings and its cases. Written beside the run when it begins.</summary>
internal sealed record RunDescription(TrainingOptions Options, IReadOnlyList<RunCase> Cases)
{
    /// <summary>Raised whenever settings are written otherwise, or the same settings and cases no longer give the same training.</summary>
    private const int CurrentFormat = 3;

    /// <summary>Settings that may differ when a run goes on: they say how far and where, not what.</summary>
    private static readonly HashSet<string> s_free =
    [
        nameof(TrainingOptions.MaxEpoch), nameof(TrainingOptions.MaxDuration), nameof(TrainingOptions.StopRule),
        nameof(TrainingOptions.Device), nameof(TrainingOptions.ThreadCount), nameof(TrainingOptions.TrainingData),
            nameof(TrainingOptions.License),
    ];

    private static readonly JsonDocumentOptions s_unique = new() { AllowDuplicateProperties = false };

    /// <summary>The first version wrote none.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>Hash of the weights training starts from; null when they are drawn.</summary>
    public string? Start => Options.Start?.Sha256;

    /// <summary>Whether another version began the run, which this one cannot go on with to the same weights.</summary>
    /// <exception cref="JsonException">This is no description.</exception>
    public static bool IsOfOtherVersion(string json) => Parse(json)["format"]?.ToString() != $"{CurrentFormat}";

    /// <summary>Names of the settings in which another run of this version differs, those of a group behind its name and a dot;
    /// <c>Cases</c> when it has other cases.</summary>
    /// <exception cref="JsonException">This is no description.</exception>
    public IReadOnlyList<string> DifferencesTo(string json)
    {
        JsonObject mine = Parse(TrainingJson.Write(this)), other = Parse(json);
        List<string> names = [.. Differences(mine["options"], other["options"], "").Where(name => !s_free.Contains(name.Split('.')[0]))];
        if (!JsonNode.DeepEquals(mine["start"], other["start"])) names.Add(nameof(Start));
        if (!JsonNode.DeepEquals(WithoutNotes(mine), WithoutNotes(other))) names.Add(nameof(Cases));
        return names;

        static JsonNode? WithoutNotes(JsonObject run)
        {
            foreach (JsonObject item in (run["cases"] as JsonArray ?? []).OfType<JsonObject>()) item.Remove("notes");
            return run["cases"];
        }
    }

    private static IEnumerable<string> Differences(JsonNode? mine, JsonNode? other, string name) =>
        JsonNode.DeepEquals(mine, other) ? []
        : mine is JsonObject a && other is JsonObject b
            ? a.Select(p => p.Key).Union(b.Select(p => p.Key)).SelectMany(key => Differences(a[key], b[key], Below(name, key)))
            : [name];

    private static string Below(string group, string key) =>
        $"{group}{(group.Length == 0 ? "" : ".")}{(key.Length == 0 ? "" : char.ToUpperInvariant(key[0]) + key[1..])}";

    private static JsonObject Parse(string json) =>
        JsonNode.Parse(json, documentOptions: s_unique) as JsonObject ?? throw new JsonException("The description is no object.");
}

/// <summary>One case of a run.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Patient">Whom it shows.</param>
/// <param name="Role"><c>training</c> or <c>validation</c>.</param>
/// <param name="Sha256">Hash of the prepared values and classes.</param>
internal sealed record RunCase(string Name, string Patient, string Role, string Sha256)
{
    /// <summary>Roles.</summary>
    public const string Trains = "training", Validates = "validation";

    /// <summary>How its labels came to lie where they do; for readers, nothing is compared by it.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    public static RunCase Of(PreparedCase item, string role) => new(item.Name, item.Patient, role, item.Sha256()) { Notes = item.Notes };
}

/// <summary>How far a training has come; everything else that it knows follows from this and its settings.</summary>
/// <param name="Step">Updates made.</param>
/// <param name="Seconds">Time spent.</param>
/// <param name="Finished">True when it ended by itself.</param>
/// <param name="Epochs">Every epoch so far.</param>
internal sealed record RunState(long Step, double Seconds, bool Finished, IReadOnlyList<TrainingEpoch> Epochs);

/// <summary>JSON of trainings.</summary>
internal static class TrainingJson
{
    public static string Write(RunDescription run) => JsonSerializer.Serialize(run, TrainingJsonContext.Default.RunDescription);

    public static string Write(RunState state) => JsonSerializer.Serialize(state, TrainingJsonContext.Default.RunState);

    public static RunState ReadState(string json) =>
        JsonSerializer.Deserialize(json, TrainingJsonContext.Default.RunState) is { Epochs: { } epochs } state && !epochs.Contains(null!)
            ? state : throw new JsonException("The state is null, or one of its epochs is.");

    /// <summary>What decides how a case is prepared.</summary>
    public static string Preparation(TrainingOptions options) => string.Join('\n',
        JsonSerializer.Serialize(options.Plan, TrainingJsonContext.Default.PreprocessPlan)
            + (options.Plan.BoxSize is null ? "" : FormattableString.Invariant($"\n{TrainingBox.MarginMm} mm round the box"))
            + MultiplesBeyondUsual(options.Network),
        options.LabelValue, options.Network.PancreasChannel,
            string.Join('|', options.AuxiliaryClasses.Select(c => string.Join(',', c.Labels))));

    private static string MultiplesBeyondUsual(NetworkSpec network)
    {
        IReadOnlyList<int> multiples = PreprocessPlan.Multiples(network.Divisors);
        return multiples.SequenceEqual(PreprocessPlan.Multiples()) ? "" : $"\nmultiples of {string.Join(", ", multiples)} voxels";
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, WriteIndented = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(RunDescription))]
[JsonSerializable(typeof(RunState))]
[JsonSerializable(typeof(PreprocessPlan))]
internal sealed partial class TrainingJsonContext : JsonSerializerContext;
