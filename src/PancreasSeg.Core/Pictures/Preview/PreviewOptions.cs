namespace PancreasSeg.Pictures;

/// <summary>What a preview says beside its planes, and how it looks.</summary>
public sealed record PreviewOptions
{
    /// <summary>Dark or for paper.</summary>
    public PreviewStyle Style { get; init; }

    /// <summary>How the case ended, in one word; null where the mask comes from elsewhere.</summary>
    public string? Status { get; init; }

    /// <summary>Sentences that explain the status.</summary>
    public IReadOnlyList<string> Reasons { get; init; } = [];

    /// <summary>Name of the model; null for none.</summary>
    public string? Model { get; init; }

    /// <summary>Said in place of volume and mean HU, where the values are not those of a scanner; null says them.</summary>
    internal string? Title { get; init; }
}
