namespace PancreasSeg.Pacs;

/// <summary>What became of an instance that was to be stored in an archive.</summary>
public enum SendStatus
{
    /// <summary>Sent now, and the archive lists it.</summary>
    Stored,

    /// <summary>The archive listed it before; nothing was sent.</summary>
    AlreadyThere,

    /// <summary>The archive refused it and says why.</summary>
    Refused,

    /// <summary>Sent, but the archive neither refused it nor lists it.</summary>
    Unknown,
}
