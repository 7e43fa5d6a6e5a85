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

    /// <summary>Loads the model's weights into libtorch.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">How it computes; <see cref="Precision.Auto"/> is float32, in which nnU-Net's own numbers come out.</param>
    /// <exception cref="CoreException">As <see cref="TorchRuntime.Start"/>.</exception>
    public static NnUNetSegmenter Create(NnUNetModel model, EngineOptions options)
    {
        TorchTarget target = TorchRuntime.Start(options.Device, options.Precision == Precision.Auto ? Precision.Float32
            : options.Precision, options.ThreadCount);
        IPatchNetwork[] folds = [.. model.Folds.Select(fold => new TorchPatchNetwork(model.Architecture, fold.Weights,
            model.Labels.Channels, model.Plans.Configuration.Patch, target))];
        return new NnUNetSegmenter(model, folds) { Engine = TorchEngine.InfoOf(target) };
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
        if (options.Step is not (> 0 and <= 1))
            throw Invalid($"A step of {options.Step} patches is not possible.", "Give a number above 0 and up to 1.");
        VolumeGrid grid = GridOf(ct, options.Orientation);
        NnUNetInput input = NnUNetInput.Prepare(ct, grid, _model.Plans, cancellation);
        return Export(ct, input, Predict(input.Image, options, progress, cancellation), options.ProbabilityOf, cancellation);
    }

    /// <summary>Logits of a prepared image: of each fold, then their mean.</summary>
    internal LogitMap Predict(VoxelArray<float> image, NnUNetOptions options, IProgress<ProgressStep>? progress,
        CancellationToken cancellation)
    {
        IReadOnlyList<int> mirror = options.Mirror ? _model.MirrorAxes : [];
        var folds = new List<LogitMap>(_folds.Count);
        foreach (IPatchNetwork network in _folds)
        {
            int fold = folds.Count;
            var part = progress is null ? null : new PartOfProgress(progress, fold, _folds.Count);
            folds.Add(new PatchPrediction(network, _model.Plans.Configuration.Patch, options.Step, mirror).Run(image, part, cancellation));
        }
        return LogitMap.Mean(folds, cancellation);
    }

    /// <summary>Labels on the CT's grid.</summary>
    internal NnUNetAnswer Export(CtVolume ct, NnUNetInput input, LogitMap logits, string? probabilityOf, CancellationToken cancellation)
    {
        NnUNetPlans plans = _model.Plans;
        int? channel = probabilityOf is null ? null
            : (_model.Labels.Find(probabilityOf) ?? throw Invalid($"The model knows no class '{probabilityOf}'.",
                $"It knows {string.Join(", ", _model.Labels.Classes.Select(c => c.Name))}.")).Channel;
        ResamplingScheme scheme = plans.Configuration.AnswerResampling;
        var resampler = new LogitResampler(logits, input.Cropped, scheme, scheme.SeparateAxis(plans.Configuration.Spacing, input.Spacing));
        int voxels = input.Cropped[0] * input.Cropped[1] * input.Cropped[2];
        var labels = new byte[voxels];
        float[] probabilities = channel is null ? [] : new float[voxels];
        resampler.Run(new LabelDecision(_model.Labels, labels, channel, probabilities).Take, cancellation);

        VoxelArray<byte> box = new VoxelArray<byte>(labels, input.Cropped).Permute(plans.Backward, cancellation);
        int[] whole = [input.Grid.Slices, input.Grid.Rows, input.Grid.Columns];
        LabelVolume map = new(ct.Grid, Back(box.Placed(input.BoxStart, whole).Values), ct.Source);
        if (channel is null) return new NnUNetAnswer(map, null, input.Grid.Orientation);
        VoxelArray<float> known = new VoxelArray<float>(probabilities, input.Cropped).Permute(plans.Backward, cancellation);
        float[] placed = known.Placed(input.BoxStart, whole).Values;
        return new NnUNetAnswer(map, new ProbabilityVolume(ct.Grid, Back(placed), ct.Source), input.Grid.Orientation);

        T[] Back<T>(T[] values) where T : struct => IndexMap.Between(input.Grid, ct.Grid)!.Copy(values, default(T), cancellation);
    }

    /// <summary>The CT's voxels in the order in which the model saw its training images.</summary>
    internal VolumeGrid GridOf(CtVolume ct, string? orientation)
    {
        if (orientation is not null && !AxisOrder.IsOrder(orientation))
            throw Invalid($"'{orientation}' is not an orientation.", "Give three letters, one of L or R, P or A, S or I each, e.g. RAS.");
        if (orientation is not null) return ct.Grid.Oriented(orientation);
        if (_model.Plans.Reader == NnUNetReader.Canonical) return ct.Grid.Oriented("RAS");
        return ct.Source.SeriesUid is null ? ct.Grid : ct.Grid.ToCanonical();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IPatchNetwork network in _folds) network.Dispose();
    }

    private static CoreException Invalid(string message, string remedy) => new(Fault.SettingInvalid, message, remedy: remedy);

    private sealed class PartOfProgress(IProgress<ProgressStep> whole, int part, int parts) : IProgress<ProgressStep>
    {
        public void Report(ProgressStep value) =>
            whole.Report(parts == 1 ? value : new ProgressStep($"fold {part + 1} of {parts}, {value.Status}",
                (part + value.Fraction) / parts));
    }
}
