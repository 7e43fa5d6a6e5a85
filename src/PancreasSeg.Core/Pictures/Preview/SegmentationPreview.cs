namespace PancreasSeg.Pictures;

/// <summary>
/// A picture of a CT and its mask: an axial, a coronal and a sagittal plane through the middle of the mask, each along the
/// patient's own axes whatever the grid, cropped to the body, in radiological convention (the patient's right on the left); below them
/// axial planes along the mask. The mask has a soft line and a light fill, a reference a dashed line. Letters name the directions,
/// bars the scale; window, volume, mean HU, status and model are said in words. Soft-tissue window, -160 to 240 HU.
/// </summary>
public static class SegmentationPreview
{
    /// <summary>HU shown black and white.</summary>
    internal static (double Low, double High) Window => (PlaneView.WindowLow, PlaneView.WindowHigh);

    /// <summary>Draws the picture, <see cref="PreviewPage.Width"/> pixels wide.</summary>
    /// <param name="ct">The CT.</param>
    /// <param name="mask">Non-zero voxels are outlined. Null or empty: the words NO MASK, planes through the reference, or else the
    /// volume's centre.</param>
    /// <param name="options">What is said, and how it looks.</param>
    /// <param name="reference">The truth beside the mask; its line is dashed. Null for none.</param>
    /// <param name="cancellation">Looked at between planes.</param>
    /// <returns>The bytes of a PNG file. They hold no text of the source.</returns>
    /// <exception cref="CoreException"><see cref="Fault.GridMismatch"/> when the mask or the reference lies on another grid.</exception>
    public static byte[] Render(
        CtVolume ct, LabelVolume? mask, PreviewOptions? options = null, LabelVolume? reference = null,
        CancellationToken cancellation = default) => Draw(ct, mask, options, reference, cancellation).Image.ToPng();

    /// <summary>Draws the picture as pixels; as for <see cref="Render"/>.</summary>
    internal static PreviewPage Draw(
        CtVolume ct, LabelVolume? mask, PreviewOptions? options = null, LabelVolume? reference = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(ct);
        foreach (LabelVolume? labels in new[] { mask, reference })
            if (labels is not null && !labels.Grid.Matches(ct.Grid))
                throw new CoreException(
                    Fault.GridMismatch, $"'{labels.Name}' ({labels.Grid}) does not lie on the grid of the CT ({ct.Grid}).", labels.Name,
                    "Bring it there with Resize-Volume -Like.");
        return PreviewPage.Draw(ct, mask, options ?? new PreviewOptions(), reference, cancellation);
    }
}
