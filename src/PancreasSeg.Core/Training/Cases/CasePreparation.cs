using PancreasSeg.Preprocess;

namespace PancreasSeg.Training;

/// <summary>Brings cases onto the network's grid, or the surroundings of its box, and their labels to the network's classes.</summary>
internal sealed class CasePreparation
{
    private readonly PreprocessPlan _plan;
    private readonly Preprocessor _preprocessor;
    private readonly byte[] _classOfLabel = new byte[256];
    private readonly byte _pancreas;

    public CasePreparation(TrainingOptions options)
    {
        (_plan, _preprocessor) = (options.Plan, new Preprocessor(options.Plan, options.Network.Divisors));
        for (int k = 0; k < options.AuxiliaryClasses.Count; k++)
            foreach (byte label in options.AuxiliaryClasses[k].Labels) _classOfLabel[label] = (byte)options.AuxiliaryChannel(k);
        _pancreas = options.LabelValue;
        _classOfLabel[_pancreas] = (byte)options.Network.PancreasChannel;
    }

    /// <summary>A case to train on.</summary>
    public PreparedCase Prepare(TrainingCase item, CancellationToken cancellation)
    {
        VolumeGrid seen = TrainingBox.Prepared(_preprocessor, _plan, item.Image.Grid, TrainingBox.Centre(item.Label, _pancreas));
        NetworkInput input = _preprocessor.Prepare(item.Image, seen, cancellation);
        ReadOnlySpan<byte> labels = item.Label.Labels.Span;
        var classes = new byte[labels.Length];
        for (int i = 0; i < classes.Length; i++) classes[i] = _classOfLabel[labels[i]];
        LabelVolume prepared = _preprocessor.PrepareMask(new LabelVolume(item.Label.Grid, classes, item.Label.Source), input, cancellation);
        return new PreparedCase(item.Name, input, prepared.Labels);
    }

    /// <summary>A case to train or validate on.</summary>
    public PreparedCase PrepareWithReference(TrainingCase item, CancellationToken cancellation) =>
        Prepare(item, cancellation) with { Reference = ReferenceMask.Of(item.Label, _pancreas) };
}
