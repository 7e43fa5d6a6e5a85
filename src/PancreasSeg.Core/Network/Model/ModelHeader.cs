using System.Text.Json.Serialization;
using PancreasSeg.Evaluation;
using PancreasSeg.Postprocess;
using PancreasSeg.Preprocess;

namespace PancreasSeg.Network;

/// <summary>The description inside a model file, as JSON.</summary>
internal sealed record ModelHeader
{
    /// <summary>The format version of a model with weights of its own and nothing below that an earlier version would leave
    /// out.</summary>
    public const int CurrentVersion = 1;

    /// <summary>That of an ensemble, and of a model with a lineage, post-processing or a prediction of quality.</summary>
    public const int EnsembleVersion = 2;

    /// <summary>That of a model whose network has strides, whatever else it holds.</summary>
    public const int StridesVersion = 3;

    /// <summary>That of a model which has learnt from the simulator alone, or has a member that did, whatever else it holds.</summary>
    public const int SimulatedVersion = 4;

    /// <summary>The version that this description needs, and is written with.</summary>
    [JsonIgnore]
    public int VersionNeeded => SimulatedOnly || Ensemble?.Members.Any(m => m.SimulatedOnly) == true ? SimulatedVersion
        : Network.Strides is not null ? StridesVersion
        : Ensemble is null && Lineage is null && Postprocess is null && Quality is null ? CurrentVersion : EnsembleVersion;

    public required int FormatVersion { get; init; }

    public required string Name { get; init; }

    public required NetworkSpec Network { get; init; }

    public required PreprocessPlan Plan { get; init; }

    public required double Threshold { get; init; }

    public required IReadOnlyList<OperatingPoint> Curve { get; init; }

    public required IReadOnlyList<ValidationScore> Validation { get; init; }

    public required string TrainingData { get; init; }

    public required string License { get; init; }

    public required string Sha256 { get; init; }

    /// <summary>What each class of the network is, in the order of its channels; null for background and pancreas.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? ClassNames { get; init; }

    /// <summary>True for a model that has learnt from the simulator alone.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool SimulatedOnly { get; init; }

    /// <summary>The models that training began with, the nearest first; null where weights were drawn.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ModelAncestor>? Lineage { get; init; }

    /// <summary>The members of an ensemble; null for a model with weights of its own.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public EnsembleHeader? Ensemble { get; init; }

    /// <summary>What is done to masks by default; null for nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PostprocessChoice? Postprocess { get; init; }

    /// <summary>Predicts the Dice of a mask; null for no prediction.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public QualityModel? Quality { get; init; }
}
