using PancreasSeg.Network;
using PancreasSeg.Network.Foreign;

namespace PancreasSeg.Inference.Foreign;

/// <summary>Applies an nnU-Net model to CTs: the label map is the one that nnU-Net itself writes.</summary>
internal sealed class NnUNetSegmenter : IDisposable
{
    private readonly NnUNetModel _model;
    private readonly IReadOnlyList<IPatchNetwork> _folds;

    /// <summary>What computes.</summary>
    public EngineInfo Engine { get; private init; } = new("none", "cpu", "float32", 1);

    /// <summary>Loads a model.</summary>
    /// <inheritdoc cref="PatchNetworks.Create"/>
    public static NnUNetSegmenter Create(PancreasModel model, SegmentationEngineKind kind, EngineOptions options)
    {
        (IReadOnlyList<IPatchNetwork> folds, EngineInfo engine) = PatchNetworks.Create(model, kind, options);
        return new NnUNetSegmenter(model.NnUNetSource!, folds) { Engine = engine };
    }

    /// <summary>Applies a model by networks that are there already.</summary>
    /// <param name="model">The model.</param>
    /// <param name="folds">A network for each fold; disposed with this.</param>
    internal NnUNetSegmenter(NnUNetModel model, IReadOnlyList<IPatchNetwork> folds) => (_model, _folds) = (model, folds);

    /// <summary>Labels of a CT.</summary>
    /// <param name="ct">The CT.</param>
    /// <param name="options">How the model is applied.</param>
    /// <param name="progress">Told after each patch.</param>
    /// <param name="cancellation">Looked at between parts of the network, once per slice elsewhere.</param>
    /// <exception cref="CoreException"><see cref="Fault.SettingInvalid"/> for a step, orientation or class that is not possible;
    /// <see cref="Fault.VolumeTooLarge"/>; <see cref="Fault.ModelPlanMismatch"/> when the network's answer is not finite.</exception>
    public NnUNetAnswer Run(CtVolume ct, NnUNetOptions options, IProgress<ProgressStep>? progress = null,
        CancellationToken cancellation = default)
    {
        NnUNetPreparation preparation = TotalSegmentatorModel.Resolve(options.Preparation, _model);
        double step = options.Step ?? (preparation != NnUNetPreparation.NnUNet && TotalSegmentatorModel.Is(_model)
            ? TotalSegmentatorModel.Step : PatchGrid.DefaultStep);
        if (step is not (> 0 and <= 1))
            throw Invalid($"A step of {step} patches is not possible.", "Give a number above 0 and up to 1.");
        NnUNetInput input = NnUNetInput.Prepare(ct, GridOf(ct, options.Orientation, preparation), _model.Plans, preparation, cancellation);
        var export = new NnUNetExport(_model, ct, input, options.ProbabilityOf);
        Predict(input.Image, step, options.Mirror, slices => export.Take(slices, cancellation), progress, cancellation);
        (LabelVolume labels, ProbabilityVolume? probability) = export.Finish(cancellation);
        return new NnUNetAnswer(labels, probability) { Orientation = input.Grid.Orientation, Preparation = preparation, Step = step };
    }

    /// <summary>Hands over the logits of a prepared image slice by slice, the mean of all folds.</summary>
    internal void Predict(VoxelArray<float> image, double step, bool mirror, Action<LogitMap> finished, IProgress<ProgressStep>? progress,
        CancellationToken cancellation) =>
        new PatchPrediction(_folds, _model.Plans.Configuration.Patch, step, mirror ? _model.MirrorAxes : [])
            .Run(image, finished, progress, cancellation);

    /// <summary>The CT's voxels in the order in which the model saw its training images.</summary>
    internal VolumeGrid GridOf(CtVolume ct, string? orientation, NnUNetPreparation preparation)
    {
        if (orientation is not null && !AxisOrder.IsOrder(orientation))
            throw Invalid($"'{orientation}' is not an orientation.", "Give three letters, one of L or R, P or A, S or I each, e.g. RAS.");
        if (orientation is not null) return ct.Grid.Oriented(orientation);
        if (_model.Plans.Reader == NnUNetReader.Canonical || preparation != NnUNetPreparation.NnUNet) return ct.Grid.Oriented("RAS");
        return ct.Source.SeriesUid is null ? ct.Grid : ct.Grid.ToCanonical();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IPatchNetwork network in _folds) network.Dispose();
    }

    private static CoreException Invalid(string message, string remedy) => new(Fault.SettingInvalid, message, remedy: remedy);
}
