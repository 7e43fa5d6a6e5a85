namespace PancreasSeg.Training;

/// <summary>A case that is read when its turn comes: a data set of full-size CTs does not fit into memory at once.</summary>
/// <param name="Name">Name of the case in messages and results.</param>
/// <param name="Read">Reads the CT and its labels.</param>
public sealed record TrainingCaseSource(string Name, Func<CancellationToken, TrainingCase> Read)
{
    /// <summary>Whom the case shows; cases of one patient are never divided between training and validation.</summary>
    public string Patient { get; init; } = Name;

    /// <summary>Files and folders whose content decides what is read; a case without any is not cached.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>What else decides it, such as how labels are brought into place.</summary>
    public string Reading { get; init; } = "";

    /// <summary>A case that is in memory already.</summary>
    public static TrainingCaseSource Of(TrainingCase item)
    {
        ArgumentNullException.ThrowIfNull(item);
        return new TrainingCaseSource(item.Name, _ => item);
    }
}
