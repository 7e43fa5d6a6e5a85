namespace PancreasSeg.Batch;

/// <summary>How a batch ended. The numbers are exit codes for a scheduler; 1 is left to PowerShell's own failures.</summary>
public enum BatchOutcome
{
    /// <summary>Every study has a result, be it a rejection.</summary>
    Completed = 0,

    /// <summary>Some studies failed in this run, or meanwhile in one beside it.</summary>
    SomeFailed = 2,

    /// <summary>There was no study.</summary>
    NothingFound = 3,

    /// <summary>Model, device or arguments cannot be used: reported as a terminating error, before the first study.</summary>
    BadConfiguration = 4,

    /// <summary>The time limit, the limit of studies or a signal ended it with studies left.</summary>
    Stopped = 5,

    /// <summary>Results could not be written: no space, no right. Nothing half-written is left.</summary>
    OutputFailed = 6,

    /// <summary>Every study of this run has a result, and some that failed or went into quarantine in earlier runs are still so.</summary>
    Outstanding = 7,

    /// <summary>Every study of this run has a result, and the archive does not have the objects of some: the next run sends them
    /// first.</summary>
    Unsent = 8,
}
