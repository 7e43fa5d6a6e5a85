using PancreasSeg.Pictures;
using PancreasSeg.Postprocess;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Batch;

/// <summary>What a viewer page says of a case beside its volumes.</summary>
/// <param name="Title">Name of the case.</param>
internal sealed record ViewerFacts(string Title)
{
    /// <summary>The facts of a study, whose page lies two levels below the output folder.</summary>
    public static ViewerFacts Of(BatchItem item, BatchFolder folder, string model) => new(item.Study)
    {
        Status = $"{item.Status}",
        Words = item.Words,
        Model = model,
        VolumeMl = item.VolumeMl,
        MeanHu = item.MeanHu,
        Report = string.Join('/', Path.GetRelativePath(folder.ResultOf(item.Study), Path.Combine(folder.Reports, $"{item.Run}.html"))
            .Split(Path.DirectorySeparatorChar).Select(Uri.EscapeDataString)),
        Picture = BatchFolder.PreviewFile,
        ScriptPath = $"../../{BatchFolder.ViewerName}/{BatchFolder.ViewerScript}",
    };

    /// <summary>The facts of a case whose page stands alone: picture and script are in it.</summary>
    /// <param name="name">Name of the case.</param>
    /// <param name="ct">Its CT.</param>
    /// <param name="mask">Its mask; null for none.</param>
    /// <param name="result">The result the mask comes from; null for none.</param>
    /// <param name="viewer">Full path of the folder with the viewer's script; null for a page with the picture alone.</param>
    /// <param name="cancellation">Looked at between slices.</param>
    public static ViewerFacts Of(
        string name, CtVolume ct, LabelVolume? mask, SegmentationResult? result, string? viewer, CancellationToken cancellation)
    {
        PreviewOptions words = result is null ? new PreviewOptions() : PreviewWords.Of(result);
        byte[] picture = SegmentationPreview.Render(ct, mask, words, cancellation: cancellation);
        MaskStatistics? measured = mask is null ? null : MaskStatistics.Measure(mask, ct, cancellation);
        return new ViewerFacts(name)
        {
            Status = words.Status,
            Words = words.Reasons.Count > 0 ? string.Join(' ', words.Reasons) : null,
            Model = words.Model,
            VolumeMl = measured?.VolumeMl,
            MeanHu = measured?.MeanHu,
            Picture = $"data:image/png;base64,{Convert.ToBase64String(picture)}",
            Script = viewer is null ? null : ScriptIn(viewer),
        };
    }

    // With its licence, which asks to stay with every copy.
    private static string ScriptIn(string viewer) => FileFault.Reading(viewer, () => string.Join('\n',
        "/*", File.ReadAllText(Path.Combine(viewer, BatchFolder.ViewerLicense)).Replace("*/", "* /", StringComparison.Ordinal), "*/",
        File.ReadAllText(Path.Combine(viewer, BatchFolder.ViewerScript))).ReplaceLineEndings("\n"));

    /// <summary>How the case ended; null where the mask comes from elsewhere.</summary>
    public string? Status { get; init; }

    /// <summary>The sentences of the reasons; null for none.</summary>
    public string? Words { get; init; }

    /// <summary>Name of the model; null for none.</summary>
    public string? Model { get; init; }

    /// <summary>Volume of the mask in millilitres.</summary>
    public double? VolumeMl { get; init; }

    /// <summary>Mean HU under the mask.</summary>
    public double? MeanHu { get; init; }

    /// <summary>Where the report lies, relative to the page; null for no report.</summary>
    public string? Report { get; init; }

    /// <summary>Where the picture lies that is shown without WebGL2, relative to the page, or the picture itself as data.</summary>
    public required string Picture { get; init; }

    /// <summary>Where the viewer's script lies, relative to the page; null where there is none.</summary>
    public string? ScriptPath { get; init; }

    /// <summary>The viewer's script itself, for a page that needs no file beside it; null where it lies elsewhere.</summary>
    public string? Script { get; init; }
}
