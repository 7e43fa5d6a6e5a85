namespace PancreasSeg.Training;

/// <summary>Epochs as comma-separated values with a header row; numbers as in English, missing ones empty.</summary>
internal static class EpochTable
{
    private static readonly (string Name, Func<TrainingEpoch, object?> Value)[] s_columns =
    [
        (nameof(TrainingEpoch.Epoch), e => e.Epoch),
        (nameof(TrainingEpoch.Loss), e => e.Loss),
        (nameof(TrainingEpoch.Dice), e => e.Dice),
        (nameof(TrainingEpoch.Recall), e => e.Recall),
        (nameof(TrainingEpoch.Precision), e => e.Precision),
        (nameof(TrainingEpoch.ValidationDice), e => e.ValidationDice),
        (nameof(TrainingEpoch.ValidationDiceSd), e => e.ValidationDiceSd),
        (nameof(TrainingEpoch.ValidationDiceWorst), e => e.ValidationDiceWorst),
        (nameof(TrainingEpoch.WorstCase), e => e.WorstCase),
        (nameof(TrainingEpoch.ValidationRecall), e => e.ValidationRecall),
        (nameof(TrainingEpoch.ValidationPrecision), e => e.ValidationPrecision),
        (nameof(TrainingEpoch.IsBest), e => e.IsBest),
        (nameof(TrainingEpoch.LearningRate), e => e.LearningRate),
        (nameof(TrainingEpoch.Seconds), e => e.Seconds),
    ];

    /// <summary>The numbers among the columns, under their names.</summary>
    public static IEnumerable<(string Name, double Value)> Numbers(TrainingEpoch epoch) =>
        from column in s_columns
        let value = column.Value(epoch)
        where value is double
        select (column.Name, (double)value);

    public static string Csv(IEnumerable<TrainingEpoch> epochs) =>
        CsvText.Of(s_columns.Select(c => c.Name), epochs.Select(epoch => s_columns.Select(c => c.Value(epoch))));
}
