using System.Globalization;
using PancreasSeg.Network;

namespace PancreasSeg.Batch;

/// <summary>
/// What makes two requests the same: the journal does none twice. Where and in which number format is computed is not part of it. A
/// change of the text from which the hash is made would do every study of every journal again.
/// </summary>
internal static class StudyKey
{
    /// <summary>SHA-256 over the study, its content, the model and the settings that change the files, in lower-case hex.</summary>
    /// <param name="study">Name of the study.</param>
    /// <param name="content">SHA-256 of its content.</param>
    /// <param name="model">The model.</param>
    /// <param name="options">The settings.</param>
    public static string Of(string study, string content, PancreasModel model, BatchOptions options) =>
        BatchStudy.Hash(Text(study, content, model, options)
            + string.Concat(options.DicomOutput.Distinct().Order().Select(kind => $"|{kind}"))
            + (options.OnSourceSlices ? "|OnSourceSlices" : ""));

    /// <summary>The same for the mask alone, whatever lies beside it.</summary>
    /// <inheritdoc cref="Of"/>
    public static string OfMask(string study, string content, PancreasModel model, BatchOptions options) =>
        BatchStudy.Hash(Text(study, content, model, options));

    private static string Text(string study, string content, PancreasModel model, BatchOptions options)
    {
        Segmentation.SegmentationOptions mask = options.Segmentation;
        Preprocess.PreprocessPlan?[] plans = [model.Plan, model.Locator?.Plan];
        return string.Create(CultureInfo.InvariantCulture,
            $"{study}|{content}|{model.Identity}|{mask.Threshold ?? model.Threshold}|{mask.LargestComponent}|{mask.AcceptAnyInput}")
            + string.Create(CultureInfo.InvariantCulture, $"|{options.Series.Regularize}|{options.Series.MaxGap}|{options.Series.Rules}")
            + (mask.Effort == Segmentation.SegmentationEffort.Normal ? "" : $"|{mask.Effort}")
            + (mask.NoPostprocess && model.Postprocess is not null ? "|NoPostprocess" : "")
            + (plans.Any(plan => plan?.EnhancedHu is not null) ? "|SmoothVesselTrim" : "")
            + (plans.Any(plan => plan?.BoxSize is not null) ? "|OneBox" : "");
    }
}
