namespace PancreasSeg.Training;

/// <summary>Where a training keeps its files, and whom it tells what. Nothing is needed.</summary>
public sealed record TrainingHost
{
    /// <summary>Full path of the folder from which a stopped training goes on; null keeps nothing.</summary>
    public string? RunFolder { get; init; }

    /// <summary>Goes on with the training in the folder; begins one where there is none.</summary>
    public bool Resume { get; init; }

    /// <summary>Throws a training in the folder away.</summary>
    public bool Restart { get; init; }

    /// <summary>Prepared cases, shared with other trainings; null keeps none. Whoever makes it disposes of it.</summary>
    public PreparedCache? Cache { get; init; }

    /// <summary>Called after each epoch, when everything about it has been kept.</summary>
    public Action<TrainingEpoch>? OnEpoch { get; init; }

    /// <summary>Told of decisions.</summary>
    public Action<string>? OnNote { get; init; }

    /// <summary>Told of what is missing but does not stop the training.</summary>
    public Action<string>? OnWarning { get; init; }

    /// <summary>Told of each case prepared and each step done.</summary>
    public IProgress<ProgressStep>? Progress { get; init; }
}
