using PancreasSeg.Pictures;
using PancreasSeg.Preprocess;

namespace PancreasSeg.Training;

/// <summary>A validation case as the network sees it, with what it found and what there is.</summary>
internal static class CasePicture
{
    /// <summary>Draws three planes with the outlines of the mask and the reference; PNG.</summary>
    public static byte[] Draw(PreparedCase item, float[] probabilities, TrainingOptions options)
    {
        VolumeGrid grid = item.Input.Grid;
        // Without a window the HU are not known any more: the values' whole range is shown.
        (double low, double high) = options.Plan.Normalization == Normalization.Window ? (options.Plan.WindowLow, options.Plan.WindowHigh)
            : SegmentationPreview.Window;
        float half = (float)(high - low) / 2;
        float[] hu = [.. item.Input.Values.ToArray().Select(v => (float)low + (v + 1) * half)];
        var source = new VolumeSource(item.Name);
        // A plan that transposes answers on another grid; its picture shows the CT alone.
        LabelVolume? Labels(IEnumerable<bool> pancreas) =>
            item.Input.OutputGrid == grid ? new LabelVolume(grid, [.. pancreas.Select(p => p ? (byte)1 : (byte)0)], source) : null;
        LabelVolume? reference = Labels(item.Classes.ToArray().Select(c => c == options.Network.PancreasChannel));
        item.Release();
        return SegmentationPreview.Render(new CtVolume(grid, hu, source),
            Labels(probabilities.Select(p => p > options.Validation.Threshold)),
            new PreviewOptions { Title = "Validation case, as the network sees it" }, reference);
    }
}
