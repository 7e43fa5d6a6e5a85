namespace PancreasSeg.Batch;

/// <summary>What counts as one study of a batch.</summary>
public enum BatchGrouping
{
    /// <summary>Each entry of the folder: one examination of one patient, or it is refused.</summary>
    Entry,

    /// <summary>Each examination: the images of one StudyInstanceUID, wherever below the folder they lie.</summary>
    Study,
}
