using System.Diagnostics;
using PancreasSeg.Inference;
using PancreasSeg.Inference.Foreign;
using PancreasSeg.Network;

namespace PancreasSeg.Segmentation;

/// <summary>Segments with a model of nnU-Net, in its own order of work and in float32: the mask is nnU-Net's.</summary>
internal sealed class NnUNetCaseSegmenter : ICaseSegmenter
{
    private readonly NnUNetSegmenter _segmenter;
    private readonly byte _label;

    /// <summary>Loads a model of nnU-Net.</summary>
    /// <exception cref="CoreException"><see cref="Fault.SettingInvalid"/> for a library, number format or memory limit that such a model
    /// does not run with; as <see cref="TorchRuntime.Start"/>.</exception>
    public NnUNetCaseSegmenter(PancreasModel model, SegmentationEngineKind kind, EngineOptions options)
    {
        Model = model;
        if (kind == SegmentationEngineKind.Onnx) throw Unfit("runs with libtorch, not with ONNX Runtime", "Use the engine Auto or Torch.");
        if (options.Precision == Precision.BFloat16)
            throw Unfit("runs in float32, in which nnU-Net's own masks come out", "Use the precision Auto or Float32.");
        if (options.MaxMemory is not null)
            throw Unfit("has no memory limit: its patches have one size", "Leave the limit out, or crop the CT first.");
        _label = (byte)model.NnUNetSource!.Labels.Find(PancreasModel.PancreasClass)!.Label;
        _segmenter = NnUNetSegmenter.Create(model.NnUNetSource, options);
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
            ProbabilityOf = options.KeepProbability ? PancreasModel.PancreasClass : null,
        };
        NnUNetAnswer answer = _segmenter.Run(ct, use, progress, cancellation);
        var pancreas = new byte[answer.Labels.Grid.VoxelCount];
        ReadOnlySpan<byte> labels = answer.Labels.Labels.Span;
        for (int i = 0; i < pancreas.Length; i++) pancreas[i] = labels[i] == _label ? (byte)1 : (byte)0;
        return new CaseAnswer(new LabelVolume(ct.Grid, pancreas, ct.Source), Engine)
        {
            Probability = answer.Probability,
            NnUNet = new NnUNetUse(Model.NnUNet!.Folds, options.Mirror, answer.Orientation),
            Network = Stopwatches.Lap(ref start),
        };
    }

    /// <inheritdoc/>
    public void Dispose() => _segmenter.Dispose();

    private CoreException Unfit(string why, string remedy) =>
        new(Fault.SettingInvalid, $"The nnU-Net model '{Model.Name}' {why}.", Model.Name, remedy);
}
