using System.Diagnostics;
using System.Management.Automation;
using PancreasSeg.Common;
using PancreasSeg.Import;
using PancreasSeg.Inference;
using PancreasSeg.Network;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Commands;

/// <summary>Segments the pancreas; the mask lies on the scanner's own grid and there is one result per input.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "PancreasSegmentation", DefaultParameterSetName = PathSet, SupportsShouldProcess = true)]
[OutputType(typeof(SegmentationResult))]
public sealed class InvokePancreasSegmentationCommand : PathCommand
{
    private const string InputObjectSet = "InputObject";

    private readonly Queue<string> _waiting = new();
    private readonly CtReadAhead _reader = new();
    private OutputTarget? _target;
    private SegmentationPipeline? _pipeline;

    /// <summary>CT volumes.</summary>
    [Parameter(Mandatory = true, ParameterSetName = InputObjectSet, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Image")]
    [ValidateNotNull]
    public CtVolume? InputObject { get; set; }

    /// <summary>A model file, or a model out of Get-PancreasModel.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ArgumentCompleter(typeof(ModelFileCompleter))]
    [ValidateNotNullOrEmpty]
    public object Model { get; set; } = "";

    /// <summary>Says how to use an ONNX network of another project.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(PlanFileCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Plan { get; set; }

    /// <summary>Finds the pancreas for an nnU-Net model, which then works only there.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ModelFileCompleter))]
    [ValidateNotNull]
    public object? Locator { get; set; }

    /// <summary>Classes of an nnU-Net model whose labels are wanted too.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ClassNameCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Class { get; set; } = [];

    /// <summary>Folder, or file ending in .nii or .nii.gz, for the masks.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? OutputPath { get; set; }

    /// <summary>Probability above which a voxel is pancreas; the model's own by default.</summary>
    [Parameter]
    [ValidateRange(0.001, 0.999)]
    [NumberArgument]
    public double? Threshold { get; set; }

    /// <summary>Chooses the threshold on the model's validation curve.</summary>
    [Parameter]
    public OperatingPointKind? OperatingPoint { get; set; }

    /// <summary>Keeps only the largest connected piece.</summary>
    [Parameter]
    public SwitchParameter LargestComponent { get; set; }

    /// <summary>Leaves out what the model's file says is done to masks.</summary>
    [Parameter]
    public SwitchParameter NoPostprocess { get; set; }

    /// <summary>How many members of an ensemble are asked.</summary>
    [Parameter]
    public SegmentationEffort Effort { get; set; }

    /// <summary>Segments also what the input gate rejects.</summary>
    [Parameter]
    public SwitchParameter AcceptAnyInput { get; set; }

    /// <summary>Adds the probabilities to the result.</summary>
    [Parameter]
    public SwitchParameter Probability { get; set; }

    /// <summary>Folds of an nnU-Net model; all by default.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(FoldCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Fold { get; set; }

    /// <summary>Averages an nnU-Net model's answers to mirror images too.</summary>
    [Parameter]
    public SwitchParameter Mirror { get; set; }

    /// <summary>Order of axes in which an nnU-Net model saw its training images.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Orientation { get; set; }

    /// <summary>Whose steps go round the network of an nnU-Net model.</summary>
    [Parameter]
    public NnUNetPreparation Preparation { get; set; }

    /// <summary>Which library computes.</summary>
    [Parameter]
    public SegmentationEngineKind Engine { get; set; }

    /// <summary>Where to compute.</summary>
    [Parameter]
    public ComputeDevice Device { get; set; }

    /// <summary>In which number format.</summary>
    [Parameter]
    public Precision Precision { get; set; }

    /// <summary>Compute threads; all cores by default.</summary>
    [Parameter]
    [ValidateRange(1, 1024)]
    public int? ThreadCount { get; set; }

    /// <summary>Bytes that the process may take; a case that would take more goes through the network in slabs.</summary>
    [Parameter]
    [ValidateRange(1, long.MaxValue)]
    public long? MaxMemory { get; set; }

    /// <summary>Keeps existing masks.</summary>
    [Parameter]
    public SwitchParameter NoClobber { get; set; }

    /// <summary>Creates the output folder and replaces read-only masks.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (OutputPath is not null) _target = new OutputTarget(this, OutputPath, Force, NoClobber);
        if (OperatingPoint is not null && Threshold is not null)
            ThrowTerminatingError(Errors.Conflict("-OperatingPoint and -Threshold both choose the threshold."));
        if (MaxMemory is not null && (Engine == SegmentationEngineKind.Onnx || Plan is not null))
            ThrowTerminatingError(Errors.Conflict("-MaxMemory bounds libtorch; ONNX Runtime takes what it needs."));
        var options = new EngineOptions { Device = Device, Precision = Precision, ThreadCount = ThreadCount, MaxMemory = MaxMemory };
        Func<PancreasModel> read = SetUp(Model, () => ModelArgument.Behind(this, ModelArgument.Resolve(this, Model, Plan, Fold), Locator));
        _pipeline = SetUp(Model, () => RunWork("Loading the model", channel =>
        {
            PancreasModel model = read();
            if (OperatingPoint is { } kind) Threshold = model.ThresholdFor(kind);
            var pipeline = SegmentationPipeline.Create(model, Engine, options, Options());
            channel.Verbose($"{model}; computing with {pipeline.Engine}.");
            return pipeline;
        }));
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (InputObject is { } ct)
        {
            Segment(ct.Source, (_, _) => ct);
            return;
        }
        foreach (string path in ResolvePaths())
        {
            _waiting.Enqueue(path);
            if (_waiting.Count > 1) SegmentNext();
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_waiting.Count > 0) SegmentNext();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _reader.Dispose();
            _pipeline?.Dispose();
        }
        base.Dispose(disposing);
    }

    /// <summary>Segments the path that has waited longest and meanwhile reads the one behind it, where memory has no limit.</summary>
    private void SegmentNext()
    {
        string path = _waiting.Dequeue();
        string? next = MaxMemory is null ? _waiting.FirstOrDefault() : null;
        Segment(new VolumeSource(CtImporter.NameOf(path), path), (progress, cancellation) =>
        {
            CtVolume ct = _reader.Take(path, progress, cancellation);
            if (next is not null) _reader.Begin(next);
            return ct;
        });
    }

    private void Segment(VolumeSource source, Func<IProgress<ProgressStep>, CancellationToken, CtVolume> read)
    {
        SegmentationResult result;
        try
        {
            string?[] inputs = [source.Path, .. _waiting];
            string? file = _target?.FileFor(source.Name, OutputTarget.MaskSuffix, inputs),
                labels = file is null || Class.Length == 0 ? null : _target!.LabelsBeside(file, inputs);
            if (file is not null)
            {
                if (!ShouldProcess(file, $"Segment '{source.Name}' and write its mask")) return;
                _target!.Prepare(file);
                if (labels is not null) _target.Prepare(labels);
            }
            result = RunWork($"Segmenting {source.Name}", channel => Segment(read, file, labels, channel));
        }
        catch (Exception e) when (Errors.IsFailure(e))
        {
            ErrorRecord error = Errors.Record(e, source.Path ?? source.Name);
            result = _pipeline!.Failed(source, error.FullyQualifiedErrorId, Errors.InWords(error));
            WriteError(error);
        }
        // what fails further down the pipeline is not this case's failure
        WriteObject(result);
    }

    private SegmentationResult Segment(
        Func<IProgress<ProgressStep>, CancellationToken, CtVolume> read, string? file, string? labels, PipelineChannel channel)
    {
        long start = Stopwatch.GetTimestamp();
        CtVolume ct = read(channel, channel.Cancellation);
        TimeSpan reading = Stopwatch.GetElapsedTime(start);
        foreach (string note in ct.Source.Notes) channel.Warn($"{ct.Name}: {note}");

        long readAhead = _waiting.Count > 0 && MaxMemory is null ? ct.Bytes : 0;
        SegmentationResult result = _pipeline!.Run(ct, Options(), readAhead, channel, channel.Cancellation);
        foreach (string remark in result.Remarks) channel.Warn($"{ct.Name}: {remark}.");
        if (result.Mask is null) return result;
        if (file is not null) ResultFiles.Write(result, file, labels, !NoClobber, channel.Cancellation);
        return result with { OutputPath = file, LabelsPath = labels, Timings = result.Timings! with { Read = reading } };
    }

    private SegmentationOptions Options() => new()
    {
        Threshold = Threshold,
        LargestComponent = LargestComponent,
        AcceptAnyInput = AcceptAnyInput,
        NoPostprocess = NoPostprocess,
        Effort = Effort,
        KeepProbability = Probability,
        Mirror = Mirror,
        Orientation = Orientation,
        Preparation = Preparation,
        Classes = Class,
    };
}
