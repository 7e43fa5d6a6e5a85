namespace PancreasSeg.Batch;

/// <summary>One run of a batch.</summary>
public sealed record BatchSummary
{
    /// <summary>Id of the run.</summary>
    public string Run { get; internal init; } = "";

    /// <summary>How it ended; null while it is at work, or when its process died.</summary>
    public BatchOutcome? Outcome { get; internal init; }

    /// <summary>The outcome as an exit code; null while it is at work.</summary>
    public int? ExitCode => (int?)Outcome;

    /// <summary>True while its process lives.</summary>
    public bool IsRunning { get; internal init; }

    /// <summary>When it began.</summary>
    public DateTimeOffset Started { get; internal init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? Ended { get; internal init; }

    /// <summary>Name of the model.</summary>
    public string Model { get; internal init; } = "";

    /// <summary>Studies segmented: with a result and its files.</summary>
    public int Done { get; internal init; }

    /// <summary>Of those, the ones with a warning, an empty mask or a rejection.</summary>
    public int Flagged { get; internal init; }

    /// <summary>Studies that failed, were postponed or are in quarantine.</summary>
    public int Failed { get; internal init; }

    /// <summary>Studies left alone because they were done before or are in another batch's hands.</summary>
    public int Skipped { get; internal init; }

    /// <summary>Of the studies left alone, those that failed or went into quarantine in another run and are still so.</summary>
    public int Outstanding { get; internal init; }

    /// <summary>Results whose objects the archive does not have, those of earlier runs included; the next run sends them first. Counted
    /// by runs that send.</summary>
    public int Unsent { get; internal init; }

    /// <summary>Entries of the folder that are no studies; the log names them. Known of the run that has just ended alone.</summary>
    public int PassedOver { get; internal init; }

    /// <summary>Usable series of the studies of this run that lay beside the ones segmented and were not taken; the items name
    /// them.</summary>
    public int SeriesPassedOver { get; internal init; }

    /// <summary>Studies found but not begun.</summary>
    public int Left { get; internal init; }

    /// <summary>Peak memory of the process so far, in bytes.</summary>
    public long PeakMemory { get; internal init; }

    /// <summary>The report of this run; null when none was written.</summary>
    public string? Report { get; internal init; }

    /// <summary>Outcome and counts in one line.</summary>
    public override string ToString() =>
        $"{Outcome?.ToString() ?? (IsRunning ? "running" : "interrupted")}: {Done} done ({Flagged} flagged), {Failed} failed, {Skipped} skipped"
        + $"{(Outstanding > 0 ? $" ({Outstanding} of them failed earlier)" : "")}, {(Unsent > 0 ? $"{Unsent} unsent, " : "")}{Left} left";
}
