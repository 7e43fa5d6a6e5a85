using PancreasSeg.Evaluation;

namespace PancreasSeg.Training;

/// <summary>A case that was segmented by a model which had not seen it.</summary>
internal sealed record FoldCase(string Name, double Dice, double? Recall, double? Precision, double VolumeMl, double ReferenceVolumeMl,
    double? Hd95Mm, double? AssdMm, double? Nsd, double NsdToleranceMm, string? Note, IReadOnlyList<double>? Signs)
{
    /// <summary>A case, with what its probabilities show of its quality (null for nothing).</summary>
    public static FoldCase Of(SegmentationScore s, IReadOnlyList<double>? signs) =>
        new(s.Name, s.Dice, s.Recall, s.Precision, s.VolumeMl, s.ReferenceVolumeMl, s.Hd95Mm, s.AssdMm, s.Nsd, s.NsdToleranceMm, s.Note,
            signs);

    public SegmentationScore ToScore() => new()
    {
        Name = Name,
        ReferenceName = Name,
        Dice = Dice,
        Recall = Recall,
        Precision = Precision,
        VolumeMl = VolumeMl,
        ReferenceVolumeMl = ReferenceVolumeMl,
        Hd95Mm = Hd95Mm,
        AssdMm = AssdMm,
        Nsd = Nsd,
        NsdToleranceMm = NsdToleranceMm,
        Note = Note,
    };
}
