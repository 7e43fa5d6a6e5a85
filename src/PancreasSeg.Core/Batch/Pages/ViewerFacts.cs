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
