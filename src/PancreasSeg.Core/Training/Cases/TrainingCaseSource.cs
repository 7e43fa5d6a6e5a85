namespace PancreasSeg.Training;

/// <summary>A case that is read when its turn comes: a data set of full-size CTs does not fit into memory at once.</summary>
/// <param name="Name">Name of the case in messages and results.</param>
/// <param name="Read">Reads the CT and its labels.</param>
public sealed record TrainingCaseSource(string Name, Func<CancellationToken, TrainingCase> Read)
{
    /// <summary>A gland and a tumour in it.</summary>
    private const int MostOfOneOrgan = 2;

    /// <summary>Whom the case shows; cases of one patient are never divided between training and validation.</summary>
    public string Patient { get; init; } = Name;

    /// <summary>Files and folders whose content decides what is read; a case without any is not cached.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>What else decides it, such as how labels are brought into place.</summary>
    public string Reading { get; init; } = "";

    /// <summary>The case with its labels where they are said to lie, whatever their header says.</summary>
    /// <param name="orientation">The patient direction in which each of their axes runs, one of L or R, P or A, S or I each.</param>
    /// <param name="label">The pancreas among them.</param>
    /// <exception cref="CoreException"><see cref="Fault.SettingInvalid"/>: these are not three directions.</exception>
    public TrainingCaseSource WithLabelsAs(string orientation, byte label)
    {
        ArgumentNullException.ThrowIfNull(orientation);
        if (orientation.Length != 3 || !((string[])["LR", "PA", "SI"]).All(axis => orientation.AsSpan().ContainsAny(axis)))
            throw new CoreException(Fault.SettingInvalid, $"'{orientation}' is not the direction of three axes.", orientation,
                "Give one of L or R, one of P or A and one of S or I, such as LAS.");
        return this with
        {
            Read = cancellation =>
            {
                TrainingCase item = Read(cancellation);
                return item with { Label = LabelAlignment.Lay(item.Image, item.Label, label, orientation, cancellation) };
            },
            Reading = $"{Reading}\nlabels as {orientation}",
        };
    }

    /// <summary>The case for which nobody said which label is the pancreas. A file of a gland and what is in it numbers it 1; one of
    /// many organs may give that number to the spleen, so reading it fails (<see cref="Fault.TrainingDataInvalid"/>).</summary>
    public TrainingCaseSource WithoutNames() => this with
    {
        Read = cancellation =>
        {
            TrainingCase item = Read(cancellation);
            if (item.Label.SourcePath is null) return item;
            var found = new bool[256];
            foreach (byte label in item.Label.Labels.Span) found[label] = true;
            int[] labels = [.. Enumerable.Range(1, 255).Where(label => found[label])];
            return labels.Length <= MostOfOneOrgan ? item : throw new CoreException(Fault.TrainingDataInvalid,
                $"nothing tells which of the labels {string.Join(", ", labels)} is the pancreas; -LabelValue says it", item.Label);
        },
        // What was kept for someone who said which label it is passes by this check.
        Reading = $"{Reading}\nlabels without names",
    };

    /// <summary>A case that is in memory already.</summary>
    public static TrainingCaseSource Of(TrainingCase item)
    {
        ArgumentNullException.ThrowIfNull(item);
        return new TrainingCaseSource(item.Name, _ => item);
    }
}
