using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using PancreasSeg.Postprocess;
using PancreasSeg.Preprocess;

namespace PancreasSeg.Network;

/// <summary>JSON of the description inside a model file.</summary>
internal static class ModelHeaderJson
{
    private static readonly JsonTypeInfo<ModelHeader> s_strict = Strict();

    public static string Write(ModelHeader header) =>
        JsonSerializer.Serialize(header with { FormatVersion = header.VersionNeeded }, s_strict);

    /// <exception cref="InvalidDataException">As <see cref="EnsembleHeader.Check"/>.</exception>
    /// <exception cref="JsonException">An entry is unknown, missing, repeated, null where it may not be, or of the wrong type.</exception>
    public static ModelHeader Read(string json)
    {
        ModelHeader header = JsonSerializer.Deserialize(json, s_strict) ?? throw new JsonException("The description is null.");
        // Nullable annotations are not looked at inside lists.
        if (header.Curve.Any(point => point is null) || header.Validation.Any(score => score is null)
            || header.Lineage?.Any(ancestor => ancestor is null) == true)
            throw new JsonException("An entry of a list is null.");
        header.Ensemble?.Check();
        if (header.Postprocess is { Rule.IsValid: false }) throw new InvalidDataException("its post-processing makes no sense");
        if (header.Quality is { } quality
            && !(quality.IsValid && quality.Terms.Select(t => t.Name).SequenceEqual(QualitySigns.Names.Select(sign => sign.Name))))
            throw new InvalidDataException("its prediction of quality is damaged, or of signs that this version does not know");
        if (header.ClassNames is { } names && (names.Count != header.Network.Classes || names.Any(name => name is null)))
            throw new JsonException("The class names do not fit the network.");
        return header;
    }

    /// <summary>Every entry that is always written is required: a forgotten HU window must not turn into a default one.</summary>
    private static JsonTypeInfo<ModelHeader> Strict()
    {
        var options = new JsonSerializerOptions(ModelHeaderContext.Default.Options)
        {
            TypeInfoResolver = ModelHeaderContext.Default.WithAddedModifier(type =>
            {
                if (type.Kind != JsonTypeInfoKind.Object) return;
                foreach (JsonPropertyInfo property in type.Properties)
                    property.IsRequired = !IsLeftOut(property)
                        && (property.Set is not null || property.AssociatedParameter is not null);
            }),
        };
        return (JsonTypeInfo<ModelHeader>)options.GetTypeInfo(typeof(ModelHeader));
    }

    /// <summary>Entries that are written only where a model has them.</summary>
    private static bool IsLeftOut(JsonPropertyInfo property)
    {
        string[] names = property.DeclaringType == typeof(PreprocessPlan)
            ? [nameof(PreprocessPlan.Anchor), nameof(PreprocessPlan.BoxSize), nameof(PreprocessPlan.Median),
                nameof(PreprocessPlan.EnhancedHu)]
            : property.DeclaringType == typeof(ModelHeader)
            ? [nameof(ModelHeader.ClassNames), nameof(ModelHeader.SimulatedOnly), nameof(ModelHeader.Lineage), nameof(ModelHeader.Ensemble),
                nameof(ModelHeader.Postprocess), nameof(ModelHeader.Quality)]
            : property.DeclaringType == typeof(NetworkSpec) ? [nameof(NetworkSpec.Strides)]
            : property.DeclaringType == typeof(MemberHeader)
            ? [nameof(MemberHeader.Lineage), nameof(MemberHeader.Threshold), nameof(MemberHeader.SimulatedOnly)]
            : [];
        return names.Contains(property.Name, StringComparer.OrdinalIgnoreCase);
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false)]
[JsonSerializable(typeof(ModelHeader))]
internal sealed partial class ModelHeaderContext : JsonSerializerContext;
