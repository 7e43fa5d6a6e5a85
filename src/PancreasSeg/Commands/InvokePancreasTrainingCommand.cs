using System.Management.Automation;
using PancreasSeg.Common;
using PancreasSeg.Loading;
using PancreasSeg.Network;
using PancreasSeg.Preprocess;
using PancreasSeg.Training;

namespace PancreasSeg.Commands;

/// <summary>Trains a network on CTs with reference masks and writes a model file.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "PancreasTraining", DefaultParameterSetName = SizeSet, SupportsShouldProcess = true)]
[OutputType(typeof(TrainingEpoch), typeof(PancreasModel))]
public sealed class InvokePancreasTrainingCommand : LongRunningCommand
{
    private const string SizeSet = "Size", SpacingSet = "Spacing", OriginalSet = "OriginalPlan";
    private static readonly TrainingOptions s_defaults = new();

    private readonly List<Func<CancellationToken, TrainingCase>> _cases = [];

    /// <summary>CT volumes, or paths of NIfTI files or DICOM folders.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public object[] Image { get; set; } = [];

    /// <summary>Reference masks, or paths of NIfTI files; as many as images, in the same order.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public object[] Label { get; set; } = [];

    /// <summary>The model file to write.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [Alias("OutputPath")]
    [ValidateNotNullOrEmpty]
    [ValidatePattern(@"(?i)\.safetensors$")]
    public string Destination { get; set; } = "";

    /// <summary>The pancreas in the labels.</summary>
    [Parameter]
    [ValidateRange(1, 255)]
    public byte LabelValue { get; set; } = s_defaults.LabelValue;

    /// <summary>Voxels along columns, rows and slices to which each volume is brought.</summary>
    [Parameter(ParameterSetName = SizeSet)]
    [ValidateCount(3, 3)]
    [ValidateRange(1, 1024)]
    public int[] Size { get; set; } = [160, 160, 160];

    /// <summary>Voxel size in mm to which each volume is brought.</summary>
    [Parameter(Mandatory = true, ParameterSetName = SpacingSet)]
    [ValidateCount(3, 3)]
    [ValidateRange(0.3, 20)]
    [SpacingArgument]
    public double[] Spacing { get; set; } = [];

    /// <summary>Prepares volumes as the original project did.</summary>
    [Parameter(Mandatory = true, ParameterSetName = OriginalSet)]
    public SwitchParameter OriginalPlan { get; set; }

    /// <summary>Lower and upper HU of the window.</summary>
    [Parameter(ParameterSetName = SizeSet)]
    [Parameter(ParameterSetName = SpacingSet)]
    [ValidateCount(2, 2)]
    public double[] Window { get; set; } = [s_defaults.Plan.WindowLow, s_defaults.Plan.WindowHigh];

    /// <summary>Which network.</summary>
    [Parameter]
    public NetworkKind Network { get; set; } = s_defaults.Network.Kind;

    /// <summary>Channels of the first stage.</summary>
    [Parameter]
    [ValidateRange(1, 128)]
    public int Filter { get; set; } = s_defaults.Network.Filters;

    /// <summary>Normalisation after each convolution.</summary>
    [Parameter]
    public NetworkNorm Norm { get; set; } = s_defaults.Network.Norm;

    /// <summary>What is minimised.</summary>
    [Parameter]
    public LossKind Loss { get; set; } = s_defaults.Loss;

    /// <summary>How much more a missed voxel costs than a false one.</summary>
    [Parameter]
    [ValidateRange(0.01, 1000)]
    public double ForegroundWeight { get; set; } = s_defaults.ForegroundWeight;

    /// <summary>Leaves voxels that the window clips out of the loss.</summary>
    [Parameter(ParameterSetName = SizeSet)]
    [Parameter(ParameterSetName = SpacingSet)]
    public SwitchParameter IgnoreClipped { get; set; }

    /// <summary>Highest step size of Adam.</summary>
    [Parameter]
    [ValidateRange(1e-7, 1)]
    public double LearningRate { get; set; } = s_defaults.LearningRate;

    /// <summary>How the step size falls.</summary>
    [Parameter]
    public LearningRatePolicy LearningRatePolicy { get; set; } = s_defaults.Policy;

    /// <summary>Smallest step size of Adam; never above the highest.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double MinLearningRate { get; set; } = s_defaults.MinLearningRate;

    /// <summary>Steps over which the step size rises from nothing.</summary>
    [Parameter]
    [ValidateRange(0, 1_000_000)]
    public int WarmUpStep { get; set; } = s_defaults.WarmUpSteps;

    /// <summary>Plateau: what the step size is multiplied by.</summary>
    [Parameter]
    [ValidateRange(0.001, 0.999)]
    public double PlateauFactor { get; set; } = s_defaults.PlateauFactor;

    /// <summary>Plateau: validations without gain after which it is.</summary>
    [Parameter]
    [ValidateRange(1, 1_000_000)]
    public int PlateauPatience { get; set; } = s_defaults.PlateauPatience;

    /// <summary>Plateau: validations after that which do not count.</summary>
    [Parameter]
    [ValidateRange(0, 1_000_000)]
    public int PlateauCooldown { get; set; } = s_defaults.PlateauCooldown;

    /// <summary>Plateau: what a validation must gain to count as better.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double PlateauMinDelta { get; set; } = s_defaults.PlateauMinDelta;

    /// <summary>Longest gradient; longer ones are shortened to it.</summary>
    [Parameter]
    [ValidateRange(1e-6, double.PositiveInfinity)]
    public double GradientClip { get; set; } = s_defaults.GradientClip;

    /// <summary>Passes over the training cases.</summary>
    [Parameter]
    [ValidateRange(1, 1_000_000)]
    public int MaxEpoch { get; set; } = s_defaults.MaxEpoch;

    /// <summary>Ends the training after the epoch in which this time is over.</summary>
    [Parameter]
    public TimeSpan? MaxDuration { get; set; }

    /// <summary>Part of the cases held back for validation.</summary>
    [Parameter]
    [ValidateRange(0.0, 0.9)]
    public double ValidationFraction { get; set; } = s_defaults.ValidationFraction;

    /// <summary>Epochs between validations.</summary>
    [Parameter]
    [ValidateRange(1, 1000)]
    public int ValidationInterval { get; set; } = s_defaults.ValidationInterval;

    /// <summary>Over what validation figures are taken.</summary>
    [Parameter]
    public ValidationAverage ValidationAverage { get; set; } = s_defaults.ValidationAverage;

    /// <summary>The same seed gives the same training.</summary>
    [Parameter]
    public int Seed { get; set; } = s_defaults.Seed;

    /// <summary>What the cases are and where they come from; stored in the model.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string TrainingData { get; set; } = s_defaults.TrainingData;

    /// <summary>Terms of use; stored in the model.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string License { get; set; } = s_defaults.License;

    /// <summary>Where to compute.</summary>
    [Parameter]
    public ComputeDevice Device { get; set; }

    /// <summary>Number format of the convolutions.</summary>
    [Parameter]
    public Precision Precision { get; set; }

    /// <summary>Compute threads; all cores by default.</summary>
    [Parameter]
    [ValidateRange(1, 1024)]
    public int? ThreadCount { get; set; }

    /// <summary>Keeps an existing model file.</summary>
    [Parameter]
    public SwitchParameter NoClobber { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => ModuleInitializer.WarnOfOthers(this);

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Image.Length != Label.Length)
            ThrowTerminatingError(Errors.Record(new CoreException(Fault.TrainingDataInvalid, $"{Image.Length} images and {Label.Length} labels do not make pairs.", Destination,
                "Give one label for each image, in the same order.")));
        foreach ((object image, object label) in Image.Zip(Label))
        {
            (Func<CancellationToken, CtVolume> readCt, Func<CancellationToken, LabelVolume> readLabels) = SetUp(image, () => (VolumeArgument.Ct(this, image), VolumeArgument.Labels(this, label)));
            _cases.Add(cancellation =>
            {
                CtVolume ct = readCt(cancellation);
                return new TrainingCase(ct, readLabels(cancellation), ct.Name);
            });
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        string file = this.ResolveOutput(Destination);
        if (NoClobber && File.Exists(file))
            ThrowTerminatingError(Errors.Record(new CoreException(Fault.NoClobber, $"'{file}' exists and was not replaced.", file, "Leave out -NoClobber or choose another name.")));
        if (_cases.Count == 0 || !ShouldProcess(file, $"Train on {_cases.Count} cases and write the model")) return;
        WriteObject(SetUp(file, () => RunWork("Training", channel => Train(file, channel))));
    }

    private PancreasModel Train(string file, PipelineChannel channel)
    {
        var cases = new List<TrainingCase>();
        foreach (Func<CancellationToken, TrainingCase> read in _cases)
        {
            channel.Report(new ProgressStep($"reading case {cases.Count + 1} of {_cases.Count}", (double)cases.Count / _cases.Count));
            cases.Add(read(channel.Cancellation));
        }
        PancreasModel model = Trainer.Train(cases, Options(file), null, channel.Output, channel, channel.Cancellation);
        ModelFile.Write(model, file, !NoClobber);
        channel.Verbose($"Wrote '{file}'.");
        return model;
    }

    private TrainingOptions Options(string file) => new()
    {
        Name = Path.GetFileNameWithoutExtension(file),
        Network = new NetworkSpec { Kind = Network, Filters = Filter, Norm = Norm },
        Plan = OriginalPlan ? PreprocessPlan.Original : new PreprocessPlan
        {
            Size = ParameterSetName == SpacingSet ? null : Size,
            Spacing = ParameterSetName == SpacingSet ? Spacing : null,
            WindowLow = Window[0],
            WindowHigh = Window[1],
        },
        Loss = Loss,
        ForegroundWeight = ForegroundWeight,
        IgnoreClipped = IgnoreClipped,
        LearningRate = LearningRate,
        MinLearningRate = Math.Min(MinLearningRate, LearningRate),
        Policy = LearningRatePolicy,
        WarmUpSteps = WarmUpStep,
        PlateauFactor = PlateauFactor,
        PlateauPatience = PlateauPatience,
        PlateauCooldown = PlateauCooldown,
        PlateauMinDelta = PlateauMinDelta,
        GradientClip = GradientClip,
        MaxEpoch = MaxEpoch,
        MaxDuration = MaxDuration,
        ValidationFraction = ValidationFraction,
        ValidationInterval = ValidationInterval,
        ValidationAverage = ValidationAverage,
        Seed = Seed,
        LabelValue = LabelValue,
        TrainingData = TrainingData,
        License = License,
        Device = Device,
        Precision = Precision,
        ThreadCount = ThreadCount,
    };
}
