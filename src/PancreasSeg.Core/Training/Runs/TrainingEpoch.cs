namespace PancreasSeg.Training;

/// <summary>
/// What one pass over the training cases gave. Overlaps are of masks at the model's threshold. Those of the training cases are
/// counted over all voxels together on the network's grid, while the weights changed; those of validation on the scanner's own
/// grid with the weights at the end of the epoch, as the mean over cases or over all voxels together, as the options say.
/// </summary>
public sealed record TrainingEpoch
{
    /// <summary>Name of the model.</summary>
    public string Model { get; init; } = "";

    /// <summary>Number of the epoch, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>Mean loss over the training cases.</summary>
    public required double Loss { get; init; }

    /// <summary>2 TP / (2 TP + FN + FP) of the training cases.</summary>
    public required double Dice { get; init; }

    /// <summary>TP / (TP + FN) of the training cases.</summary>
    public required double Recall { get; init; }

    /// <summary>TP / (TP + FP) of the training cases.</summary>
    public required double Precision { get; init; }

    /// <summary>Dice of the validation cases, of the training cases where there are none; null when this epoch was not validated.</summary>
    public double? ValidationDice { get; init; }

    /// <summary>Standard deviation of Dice over the validation cases; null with a single case.</summary>
    public double? ValidationDiceSd { get; init; }

    /// <summary>Dice of the worst validation case.</summary>
    public double? ValidationDiceWorst { get; init; }

    /// <summary>Name of the worst validation case.</summary>
    public string? WorstCase { get; init; }

    /// <summary>Recall of the validation cases.</summary>
    public double? ValidationRecall { get; init; }

    /// <summary>Precision of the validation cases.</summary>
    public double? ValidationPrecision { get; init; }

    /// <summary>True when validation was better than in every epoch before: the weights were kept.</summary>
    public bool IsBest { get; init; }

    /// <summary>Learning rate of the epoch's last step.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Duration in seconds, validation included.</summary>
    public required double Seconds { get; init; }
}
