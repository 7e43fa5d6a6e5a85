using System.Text.Json;
using System.Text.Json.Serialization;

namespace PancreasSeg.Network.Foreign;

/// <summary>The description of an nnU-Net model inside a model file, as JSON.</summary>
internal sealed record NnUNetHeader
{
    /// <summary>The only format version there is so far.</summary>
    public const int CurrentVersion = 1;

    public required int FormatVersion { get; init; }

    public required string Name { get; init; }

    public required string Trainer { get; init; }

    public required string Configuration { get; init; }

    public required IReadOnlyList<int> MirrorAxes { get; init; }

    /// <summary>The folds, with the SHA-256 of the checkpoint that each comes from.</summary>
    public required IReadOnlyList<NnUNetFoldSource> Folds { get; init; }

    /// <summary>Hex digits of the SHA-256 of the plans.json, then of the dataset.json that the model comes from.</summary>
    public required string TextSha256 { get; init; }

    /// <summary>What is used of plans.json.</summary>
    public required JsonElement Plans { get; init; }

    /// <summary>What is used of dataset.json.</summary>
    public required JsonElement DataSet { get; init; }

    /// <summary>The classes that are told apart; null for all of the data set's.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Classes { get; init; }

    /// <summary>Terms of use; null where nobody stated any.</summary>
    public required string? License { get; init; }

    /// <summary>SHA-256 of this description without this entry, then of all weights.</summary>
    public required string Sha256 { get; init; }
}
