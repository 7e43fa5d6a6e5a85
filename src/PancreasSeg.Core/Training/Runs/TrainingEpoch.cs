using System.Text.Json.Serialization;

namespace PancreasSeg.Training;

/// <summary>
/// What one pass over the training cases gave. Overlaps are of masks at the model's threshold. Those of the training cases are
/// counted over all voxels together on the network's grid, while the weights changed; those of validation on the scanner's own
/// grid with the weights at the end of the epoch, as the mean over cases or over all voxels together, as the options say.
/// </summary>
public sealed record TrainingEpoch
{
    /// <summary>Name of the model.</summary>
    [JsonInclude]
    public string Model { get; internal init; } = "";

    /// <summary>Number of the epoch, from 1.</summary>
    [JsonInclude]
    public int Epoch { get; internal init; }

    /// <summary>Mean loss over the training cases.</summary>
    [JsonInclude]
    public double Loss { get; internal init; }

    /// <summary>2 TP / (2 TP + FN + FP) of the training cases.</summary>
    [JsonInclude]
    public double Dice { get; internal init; }

    /// <summary>TP / (TP + FN) of the training cases.</summary>
    [JsonInclude]
    public double Recall { get; internal init; }

    /// <summary>TP / (TP + FP) of the training cases.</summary>
    [JsonInclude]
    public double Precision { get; internal init; }

    /// <summary>Dice of the validation cases, of the training cases where there are none; null when this epoch was not validated.</summary>
    [JsonInclude]
    public double? ValidationDice { get; internal init; }

    /// <summary>Standard deviation of Dice over the validation cases; null with a single case.</summary>
    [JsonInclude]
    public double? ValidationDiceSd { get; internal init; }

    /// <summary>Dice of the worst validation case.</summary>
    [JsonInclude]
    public double? ValidationDiceWorst { get; internal init; }

    /// <summary>Name of the worst validation case.</summary>
    [JsonInclude]
    public string? WorstCase { get; internal init; }

    /// <summary>Recall of the validation cases.</summary>
    [JsonInclude]
    public double? ValidationRecall { get; internal init; }

    /// <summary>Precision of the validation cases.</summary>
    [JsonInclude]
    public double? ValidationPrecision { get; internal init; }

    /// <summary>True when validation was better than in every epoch before: the weights were kept.</summary>
    [JsonInclude]
    public bool IsBest { get; internal init; }

    /// <summary>Learning rate of the epoch's last step.</summary>
    [JsonInclude]
    public double LearningRate { get; internal init; }

    /// <summary>Duration in seconds, validation included.</summary>
    [JsonInclude]
    public double Seconds { get; internal init; }

    /// <summary>Number, loss and Dice.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"epoch {Epoch}: loss {Loss:0.0000}, Dice {ValidationDice ?? Dice:0.000}");
}
