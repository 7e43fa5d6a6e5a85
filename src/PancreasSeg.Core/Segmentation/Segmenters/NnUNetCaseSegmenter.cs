using System.Diagnostics;
using PancreasSeg.Inference;
using PancreasSeg.Inference.Foreign;
using PancreasSeg.Network;
using PancreasSeg.Network.Foreign;

namespace PancreasSeg.Segmentation;

/// <summary>Segments with a model of nnU-Net, in its own order of work; in float32 the mask is nnU-Net's.</summary>
internal sealed class NnUNetCaseSegmenter : ICaseSegmenter
{
    private readonly NnUNetSegmenter _segmenter;
    private readonly byte _label;
    private readonly NnUNetMemory? _memory;

    /// <summary>Loads a model of nnU-Net.</summary>
    /// <exception cref="CoreException"><see cref="Fault.SettingInvalid"/> for a library or memory limit that such a model does
    /// not run with; as <see cref="TorchRuntime.Start"/>.</exception>
    public NnUNetCaseSegmenter(PancreasModel model, SegmentationEngineKind kind, EngineOptions options)
    {
        Model = model;
        if (options.MaxMemory is not null && kind == SegmentationEngineKind.Onnx)
            throw Unfit("has no memory limit with ONNX Runtime, which takes what it needs", "Use the engine Auto or Torch.");
        _label = (byte)model.NnUNetSource!.Labels.Find(PancreasModel.PancreasClass)!.Label;
        _segmenter = NnUNetSegmenter.Create(model, kind, options);
        if (_segmenter.Engine.Engine == TorchEngine.Name) _memory = new NnUNetMemory(model.NnUNetSource, options.MaxMemory,
            options.Precision == Precision.BFloat16);
        int[] patch = model.NnUNetSource.Plans.Configuration.Patch;
        Engine = _segmenter.Engine with { Execution = $"patches of {string.Join(" x ", patch)}" };
    }

    /// <inheritdoc/>
    public PancreasModel Model { get; }

    /// <inheritdoc/>
    public EngineInfo Engine { get; }

    /// <inheritdoc/>
    public void Check(SegmentationOptions options)
    {
        if (options.Threshold is not null)
            throw Unfit("gives each voxel its most probable class, so that no threshold applies", "Leave the threshold out.");
        if (options.Mirror && !Model.NnUNet!.CanMirror)
            throw Unfit("was trained without mirror images", "Leave out mirroring: nnU-Net does not mirror this model either.");
        if (options.Orientation is { } orientation && !AxisOrder.IsOrder(orientation))
            throw new CoreException(Fault.SettingInvalid, $"'{orientation}' is not an orientation.",
                remedy: "Give three letters, one of L or R, P or A, S or I each, e.g. RAS.");
        if (options.Effort != SegmentationEffort.Normal)
            throw Unfit("is no ensemble of Join-PancreasModel", "Leave the effort out; -Fold chooses among the folds of nnU-Net.");
        Model.NnUNetSource!.Labels.Matching(options.Classes, Model.Name);
    }

    /// <summary>The voxels of a box. TotalSegmentator cuts HU that are not whole numbers towards 0 there.</summary>
    public CtVolume Cut(CtVolume ct, IndexBox box, SegmentationOptions options, CancellationToken cancellation)
    {
        CtVolume part = ct.To(box.Cut(ct.Grid), cancellation);
        if (part.IsInteger || TotalSegmentatorModel.Resolve(options.Preparation, Model.NnUNetSource!) == NnUNetPreparation.NnUNet)
            return part;
        return new CtVolume(part.Grid, [.. part.Floats.ToArray().Select(MathF.Truncate)], part.Source);
    }

    /// <inheritdoc/>
    public CaseAnswer Run(CtVolume ct, SegmentationOptions options, long held, IProgress<ProgressStep>? progress,
        CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        progress?.Report(new ProgressStep("running nnU-Net's model", 0));
        var use = new NnUNetOptions
        {
            Mirror = options.Mirror,
            Orientation = options.Orientation,
            Preparation = options.Preparation,
            ProbabilityOf = options.KeepProbability ? PancreasModel.PancreasClass : null,
        };
        NnUNetPreparation preparation = TotalSegmentatorModel.Resolve(options.Preparation, Model.NnUNetSource!);
        // The mask, and the probabilities in the network's order and the CT's.
        long asked = ct.Grid.VoxelCount * (options.KeepProbability ? 1 + 2 * sizeof(float) : 1);
        MemoryEstimate? memory = _memory?.Settle(_segmenter.GridOf(ct, options.Orientation, preparation), options.Mirror,
            held + ct.Bytes + asked);
        NnUNetAnswer answer = _segmenter.Run(ct, use, progress, cancellation);
        IReadOnlyList<NnUNetClass> classes = Model.NnUNetSource!.Labels.Matching(options.Classes, Model.Name);
        return new CaseAnswer(answer.Labels.Select(_label), Engine)
        {
            Probability = answer.Probability,
            Labels = classes.Count > 0 ? answer.Labels.Only(classes.Select(c => c.Label)) : null,
            Classes = classes,
            NnUNet = new NnUNetUse(Model.NnUNet!.Folds, options.Mirror, answer.Orientation, answer.Preparation, answer.Step),
            Memory = memory?.Total,
            Network = Stopwatches.Lap(ref start),
        };
    }

    /// <inheritdoc/>
    public void Dispose() => _segmenter.Dispose();

    private CoreException Unfit(string why, string remedy) =>
        new(Fault.SettingInvalid, $"The nnU-Net model '{Model.Name}' {why}.", Model.Name, remedy);
}
