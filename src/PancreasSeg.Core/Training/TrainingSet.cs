namespace PancreasSeg.Training;

/// <summary>The cases of one training: checked, divided and prepared.</summary>
internal sealed record TrainingSet(IReadOnlyList<PreparedCase> Training, IReadOnlyList<PreparedCase> Validation)
{
    /// <exception cref="CoreException"><see cref="Fault.GridMismatch"/> or <see cref="Fault.LabelMissing"/> when that is all that is
    /// wrong, else <see cref="Fault.TrainingDataInvalid"/>; the message lists every case at fault.</exception>
    public static TrainingSet Create(IReadOnlyList<TrainingCase> cases, IReadOnlyList<TrainingCase>? validation, TrainingOptions options,
        IProgress<ProgressStep>? progress, CancellationToken cancellation)
    {
        Check([.. cases, .. validation ?? []], options);
        (IReadOnlyList<TrainingCase> training, validation) = validation is null ? Split(cases, options) : (cases, validation);

        PreparedCase[] prepared = Prepare([.. training, .. validation], options, progress, cancellation);
        return new TrainingSet(prepared[..training.Count], prepared[training.Count..]);
    }

    /// <summary>The validation cases of a training whose cases come from a source.</summary>
    /// <exception cref="CoreException">As for <see cref="Create"/>.</exception>
    public static TrainingSet CreateValidation(IReadOnlyList<TrainingCase> validation, TrainingOptions options, IProgress<ProgressStep>? progress, CancellationToken cancellation)
    {
        Check(validation, options);
        return new TrainingSet([], Prepare(validation, options, progress, cancellation));
    }

    private static PreparedCase[] Prepare(IReadOnlyList<TrainingCase> cases, TrainingOptions options, IProgress<ProgressStep>? progress, CancellationToken cancellation)
    {
        var preparation = new CasePreparation(options);
        var prepared = new List<PreparedCase>();
        foreach (TrainingCase item in cases)
        {
            progress?.Report(new ProgressStep($"preparing case {prepared.Count + 1} of {cases.Count}", (double)prepared.Count / cases.Count));
            prepared.Add(preparation.Prepare(item, cancellation));
        }
        string[] lost = [.. prepared.Where(c => !c.Classes.Span.Contains((byte)options.Network.PancreasChannel)).Select(c => $"'{c.Name}'")];
        if (lost.Length > 0)
            throw new CoreException(Fault.TrainingDataInvalid, $"On the network's grid nothing is left of the pancreas in {string.Join(", ", lost)}.",
                remedy: "Choose a finer grid in the plan.");
        return [.. prepared];
    }

    private static void Check(IReadOnlyList<TrainingCase> cases, TrainingOptions options)
    {
        if (cases.Count == 0) throw new CoreException(Fault.TrainingDataInvalid, "There is no case to train or validate on.");
        var faults = new List<(Fault Fault, string Text)>();
        foreach (TrainingCase item in cases)
        {
            if (!item.Image.Grid.Matches(item.Label.Grid))
                faults.Add((Fault.GridMismatch, $"'{item.Name}': the CT is {item.Image.Grid}, its labels are {item.Label.Grid} or lie elsewhere"));
            if (item.Label.Count(options.LabelValue) == 0)
                faults.Add((Fault.LabelMissing, $"'{item.Name}': no voxel has the label {options.LabelValue}"));
        }
        foreach (IGrouping<string, TrainingCase> twice in cases.GroupBy(c => c.Name).Where(g => g.Count() > 1))
            faults.Add((Fault.TrainingDataInvalid, $"'{twice.Key}': {twice.Count()} cases have this name"));
        if (faults.Count == 0) return;
        Fault fault = faults.All(f => f.Fault == faults[0].Fault) ? faults[0].Fault : Fault.TrainingDataInvalid;
        throw new CoreException(fault, $"The training set cannot be used. {string.Join("; ", faults.Select(f => f.Text))}.",
            remedy: "Correct or leave out these cases.");
    }

    /// <summary>Holds a part of the cases back, drawn with the seed; at least one case trains.</summary>
    private static (IReadOnlyList<TrainingCase>, IReadOnlyList<TrainingCase>) Split(IReadOnlyList<TrainingCase> cases, TrainingOptions options)
    {
        TrainingCase[] shuffled = [.. cases];
        new Random(options.Seed).Shuffle(shuffled);
        int held = Math.Min((int)Math.Round(options.ValidationFraction * cases.Count), cases.Count - 1);
        return (shuffled[held..], shuffled[..held]);
    }
}
