namespace PancreasSeg.Dicom;

/// <summary>How a mask came to be, as a DICOM object says it.</summary>
/// <param name="Model">Name of the model that made it; null when that is not known.</param>
/// <param name="ModelSha256">SHA-256 of the model's weights; null when it is not known.</param>
/// <param name="Settings">Settings that change the mask, e.g. <c>threshold 0.5</c>; ASCII.</param>
public sealed record MaskOrigin(string? Model = null, string? ModelSha256 = null, string Settings = "")
{
    /// <summary>True when a model made the mask.</summary>
    public bool IsAutomatic => ModelSha256 is not null;
}
