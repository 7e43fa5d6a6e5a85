namespace PancreasSeg.Batch;

/// <summary>How far an attempt at a study has come.</summary>
public enum BatchState
{
    /// <summary>At work, or left by a process that died; the next batch tells the two apart.</summary>
    Running,

    /// <summary>Has a result and its files.</summary>
    Done,

    /// <summary>Has a result and its files, and the archive does not have its objects: the next run sends them first.</summary>
    Unsent,

    /// <summary>The study itself cannot be segmented. Tried again when its files change, or with Retry.</summary>
    Failed,

    /// <summary>Failed for a reason that may pass: a file in use, memory, a study that was still being written. Tried again.</summary>
    Postponed,

    /// <summary>Failed twice for a reason that should have passed, or ended the process twice. Left alone until Retry.</summary>
    Quarantined,

    /// <summary>The process died at work.</summary>
    Interrupted,

    /// <summary>The process was ended by a scheduler that needed its place, which is no fault of the study.</summary>
    Preempted,

    /// <summary>Given up unfinished because the batch was told to stop.</summary>
    Stopped,
}
