namespace PancreasSeg.Pacs;

/// <summary>What became of one file that was sent to an archive.</summary>
public sealed record SendResult
{
    internal SendResult()
    {
    }

    /// <summary>Full path of the file.</summary>
    public required string Path { get; init; }

    /// <summary>What became of it.</summary>
    public required SendStatus Status { get; init; }

    /// <summary>Why it was refused, or what the archive remarks, in words; empty where it says nothing.</summary>
    public string Reason { get; init; } = "";

    /// <summary>SOPInstanceUID.</summary>
    public required string SopInstanceUid { get; init; }

    /// <summary>SeriesInstanceUID.</summary>
    public required string SeriesInstanceUid { get; init; }

    /// <summary>StudyInstanceUID.</summary>
    public required string StudyInstanceUid { get; init; }

    /// <summary>Requests with this instance; 0 when it was already there.</summary>
    public int Tries { get; init; }

    /// <summary>True when the archive lists the instance.</summary>
    public bool IsThere => Status is SendStatus.Stored or SendStatus.AlreadyThere;
}
