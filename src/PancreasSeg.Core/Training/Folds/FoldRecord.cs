using System.Text.Json;
using System.Text.Json.Serialization;

namespace PancreasSeg.Training;

/// <summary>What a finished fold leaves: its file is the sign that it is finished.</summary>
/// <param name="Model">SHA-256 of the model's weights.</param>
/// <param name="Cases">The cases held back.</param>
/// <param name="Curve">Their voxels together, at rising thresholds.</param>
internal sealed record FoldRecord(string Model, IReadOnlyList<FoldCase> Cases, IReadOnlyList<FoldCounts> Curve)
{
    public const string FileName = "outOfFold.json";

    /// <summary>From how many places a box was seen; 0 in records of earlier versions, where they were several.</summary>
    public int Places { get; init; }

    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, FoldJsonContext.Default.FoldRecord);

    /// <summary>Reads a record; null where there is none.</summary>
    /// <exception cref="CoreException"><see cref="Fault.ModelFormatUnknown"/> for a damaged one.</exception>
    public static FoldRecord? Read(string file)
    {
        if (!File.Exists(file)) return null;
        try
        {
            return FileFault.Reading(file, () => JsonSerializer.Deserialize(File.ReadAllBytes(file), FoldJsonContext.Default.FoldRecord))
                ?? throw new JsonException("It is null.");
        }
        catch (JsonException e)
        {
            throw new CoreException(Fault.ModelFormatUnknown, $"'{file}' is not the record of a fold, or it is damaged.", file,
                "Delete it and go on with -Resume: the fold's cases are measured again.", e);
        }
    }
}

/// <summary>Voxels at a threshold, all cases together.</summary>
internal sealed record FoldCounts(double Threshold, long TruePositives, long FalseNegatives, long FalsePositives);

/// <summary>What a cross-validation is: its settings and its split.</summary>
internal sealed record FoldPlan(RunDescription Run, IReadOnlyList<TrainingFold> Folds)
{
    public const string FileName = "cv.json";

    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, FoldJsonContext.Default.FoldPlan);

    /// <summary>Whether another version wrote a plan, whose folds this one cannot go on with.</summary>
    /// <exception cref="JsonException">This is no plan.</exception>
    public static bool IsOfOtherVersion(byte[] file)
    {
        using JsonDocument plan = Parse(file);
        return RunDescription.IsOfOtherVersion(plan.RootElement.GetProperty("run").GetRawText());
    }

    /// <summary>What differs from a plan of this version in a file, by name; <c>Folds</c> where cases are divided otherwise.</summary>
    /// <exception cref="JsonException">This is no plan.</exception>
    public IReadOnlyList<string> DifferencesTo(byte[] file)
    {
        using JsonDocument other = Parse(file), mine = JsonDocument.Parse(Write());
        return [.. Run.DifferencesTo(other.RootElement.GetProperty("run").GetRawText()),
            .. JsonElement.DeepEquals(mine.RootElement.GetProperty("folds"), other.RootElement.GetProperty("folds"))
                ? (string[])[] : [nameof(Folds)]];
    }

    /// <summary>How many folds the plan in a file has.</summary>
    /// <exception cref="CoreException"><see cref="Fault.ModelFormatUnknown"/> for a damaged one.</exception>
    public static int CountOf(string file)
    {
        try
        {
            using JsonDocument plan = Parse(FileFault.Reading(file, () => File.ReadAllBytes(file)));
            return plan.RootElement.GetProperty("folds").GetArrayLength();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new CoreException(Fault.ModelFormatUnknown, $"'{file}' is not the plan of a cross-validation, or it is damaged.", file,
                "Name the model files themselves.", e);
        }
    }

    private static JsonDocument Parse(byte[] file)
    {
        JsonDocument plan = JsonDocument.Parse(file);
        if (plan.RootElement.ValueKind == JsonValueKind.Object && plan.RootElement.TryGetProperty("run", out _)
            && plan.RootElement.TryGetProperty("folds", out _)) return plan;
        plan.Dispose();
        throw new JsonException("It is no plan.");
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, WriteIndented = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(FoldRecord))]
[JsonSerializable(typeof(FoldPlan))]
[JsonSerializable(typeof(FoldChoices))]
internal sealed partial class FoldJsonContext : JsonSerializerContext;
