namespace PancreasSeg.Pacs;

/// <summary>What became of one file that was sent to an archive.</summary>
public sealed record SendResult
{
    internal SendResult()
    {
    }

    /// <summary>Full path of the file.</summary>
    public string Path { get; internal init; } = "";

    /// <summary>What became of it.</summary>
    public SendStatus Status { get; internal init; }

    /// <summary>Why it was refused, or what the archive remarks, in words; empty where it says nothing.</summary>
    public string Reason { get; internal init; } = "";

    /// <summary>SOPInstanceUID.</summary>
    public string SopInstanceUid { get; internal init; } = "";

    /// <summary>SeriesInstanceUID.</summary>
    public string SeriesInstanceUid { get; internal init; } = "";

    /// <summary>StudyInstanceUID.</summary>
    public string StudyInstanceUid { get; internal init; } = "";

    /// <summary>Requests with this instance; 0 when it was already there.</summary>
    public int Tries { get; internal init; }

    /// <summary>True when the archive lists the instance.</summary>
    public bool IsThere => Status is SendStatus.Stored or SendStatus.AlreadyThere;

    /// <summary>Path, status and reason.</summary>
    public override string ToString() => $"{Path}: {Status}{(Reason.Length > 0 ? $" ({Reason})" : "")}";
}
