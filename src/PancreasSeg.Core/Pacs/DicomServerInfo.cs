namespace PancreasSeg.Pacs;

/// <summary>What a DICOMweb server can do, and what is wrong with it.</summary>
public sealed record DicomServerInfo
{
    internal DicomServerInfo()
    {
    }

    /// <summary>The server.</summary>
    public DicomWebServer Server { get; internal init; } = null!;

    /// <summary>True when nothing is wrong that a search, a retrieval or a store needs.</summary>
    public bool IsUsable => CanSearch && CanRetrieve != false && CanStore;

    /// <summary>Whether it answers searches (QIDO-RS).</summary>
    public bool CanSearch { get; internal init; }

    /// <summary>Whether it sends instances (WADO-RS); null when it holds none to try with.</summary>
    public bool? CanRetrieve { get; internal init; }

    /// <summary>Whether it takes store requests (STOW-RS), as far as that can be told without storing.</summary>
    public bool CanStore { get; internal init; }

    /// <summary>Whether what is sent is encrypted (TLS).</summary>
    public bool IsEncrypted { get; internal init; }

    /// <summary>SHA-256 of the server's certificate; null without TLS or connection.</summary>
    public string? CertificateFingerprint { get; internal init; }

    /// <summary>Studies that one page of its lists has at most, where it cuts them; null where it does not.</summary>
    public int? PageLimit { get; internal init; }

    /// <summary>What is wrong or should be known, and what to do, one sentence or two each.</summary>
    public IReadOnlyList<string> Problems { get => ReadableList.Of(field); internal init; } = [];

    /// <summary>Server, and whether it can be used.</summary>
    public override string ToString() => $"{Server}: {(IsUsable ? "usable" : "not usable")}";
}
