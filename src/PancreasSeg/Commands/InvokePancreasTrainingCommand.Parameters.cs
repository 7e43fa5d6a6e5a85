using System.Management.Automation;
using PancreasSeg.Common;
using PancreasSeg.Network;
using PancreasSeg.Preprocess;
using PancreasSeg.Training;

namespace PancreasSeg.Commands;

public sealed partial class InvokePancreasTrainingCommand
{
    private const string SizeSet = "Size", SpacingSet = "Spacing", OriginalSet = "OriginalPlan";
    private static readonly TrainingOptions s_defaults = new();

    /// <summary>CT volumes, or paths of NIfTI files or DICOM folders.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public object[] Image { get; set; } = [];

    /// <summary>Reference masks, or paths of NIfTI files; as many as images, in the same order.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public object[] Label { get; set; } = [];

    /// <summary>Whom each image shows; cases of one patient stay together.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[]? Patient { get; set; }

    /// <summary>Folder of a data set: imagesTr and labelsTr, or the layout of TCIA's Pancreas-CT.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? DataSet { get; set; }

    /// <summary>Trains on simulated CTs without end, for a stage of a two-stage model.</summary>
    [Parameter]
    public SimulationStage? Simulate { get; set; }

    /// <summary>Label maps whose organs simulated patients have.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public object[] LabelMap { get; set; } = [];

    /// <summary>Label maps whose organs the simulated patients of the validation have.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public object[] ValidationLabelMap { get; set; } = [];

    /// <summary>Simulated cases to validate on.</summary>
    [Parameter]
    [ValidateRange(1, 1000)]
    public int ValidationCase { get; set; } = new SimulationOptions().ValidationCases;

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

    /// <summary>A model to go on from with other cases, instead of weights drawn at random; it brings network and plan.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ModelFileCompleter))]
    [ValidateNotNullOrEmpty]
    public object? InitialModel { get; set; }

    /// <summary>Which network.</summary>
    [Parameter]
    public NetworkKind Network { get; set; } = s_defaults.Network.Kind;

    /// <summary>Channels of the first stage.</summary>
    [Parameter]
    [ValidateRange(1, 128)]
    public int Filter { get; set; } = s_defaults.Network.Filters;

    /// <summary>Resolutions of the network.</summary>
    [Parameter]
    [ValidateRange(2, 5)]
    public int StageCount { get; set; } = s_defaults.Network.Stages;

    /// <summary>Normalisation after each convolution.</summary>
    [Parameter]
    public NetworkNorm Norm { get; set; } = s_defaults.Network.Norm;

    /// <summary>What is minimised.</summary>
    [Parameter]
    public LossKind Loss { get; set; } = s_defaults.Loss;

    /// <summary>How much more a missed voxel costs than a false one; several train a model each and compare them.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ValidateRange(0.01, 1000)]
    public double[] ForegroundWeight { get; set; } = [s_defaults.ForegroundWeight];

    /// <summary>How much more a voxel of pancreas counts in the cross-entropy.</summary>
    [Parameter]
    [ValidateRange(0.01, 1000)]
    public double PancreasWeight { get; set; } = s_defaults.PancreasWeight;

    /// <summary>Leaves voxels that the window clips out of the loss.</summary>
    [Parameter(ParameterSetName = SizeSet)]
    [Parameter(ParameterSetName = SpacingSet)]
    public SwitchParameter IgnoreClipped { get; set; }

    /// <summary>How gradients become updates.</summary>
    [Parameter]
    public OptimizerKind Optimizer { get; set; }

    /// <summary>Pull of the weights to zero.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    public double WeightDecay { get; set; }

    /// <summary>How slowly the weights that are kept follow those in training.</summary>
    [Parameter]
    [ValidateRange(0.0, 0.9999)]
    public double AverageDecay { get; set; }

    /// <summary>Share of each head in the loss, finest first.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public double[]? HeadWeight { get; set; }

    /// <summary>How far training cases are varied.</summary>
    [Parameter]
    [ValidateNotNull]
    public AugmentationOptions Augmentation { get; set; } = new();

    /// <summary>Trains on the cases as they are.</summary>
    [Parameter]
    public SwitchParameter NoAugmentation { get; set; }

    /// <summary>Voxels along columns, rows and slices of patches to train on; whole volumes by default.</summary>
    [Parameter]
    [ValidateCount(3, 3)]
    [ValidateRange(1, 1024)]
    public int[]? PatchSize { get; set; }

    /// <summary>Highest step size.</summary>
    [Parameter]
    [ValidateRange(1e-7, 1)]
    public double LearningRate { get; set; } = s_defaults.LearningRate;

    /// <summary>How the step size falls.</summary>
    [Parameter]
    public LearningRatePolicy LearningRatePolicy { get; set; } = s_defaults.Policy;

    /// <summary>Smallest step size; never above the highest.</summary>
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

    /// <summary>Epochs to train.</summary>
    [Parameter]
    [ValidateRange(1, 1_000_000)]
    public int MaxEpoch { get; set; } = s_defaults.MaxEpoch;

    /// <summary>Steps of an epoch; by default one of each case, or 200 of simulated ones.</summary>
    [Parameter]
    [ValidateRange(1, 1_000_000)]
    public int? StepPerEpoch { get; set; }

    /// <summary>Ends the training after this many validations without gain.</summary>
    [Parameter]
    [ValidateRange(1, 1_000_000)]
    public int? EarlyStop { get; set; }

    /// <summary>Ends the training after the epoch in which this time is over.</summary>
    [Parameter]
    public TimeSpan? MaxDuration { get; set; }

    /// <summary>Parts of a cross-validation.</summary>
    [Parameter]
    [ValidateRange(2, 1000)]
    public int? Folds { get; set; }

    /// <summary>The part that validates, counted from 1.</summary>
    [Parameter]
    [ValidateRange(1, 1000)]
    public int Fold { get; set; } = 1;

    /// <summary>Part of the patients held back for validation.</summary>
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

    /// <summary>Folder of the run; beside the model by default.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? RunPath { get; set; }

    /// <summary>Folder in which prepared cases are kept for further trainings.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? CachePath { get; set; }

    /// <summary>Goes on with the training in the run folder.</summary>
    [Parameter]
    public SwitchParameter Resume { get; set; }

    /// <summary>Throws a training in the run folder away.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Keeps an existing model file.</summary>
    [Parameter]
    public SwitchParameter NoClobber { get; set; }

    private TrainingOptions Options(string name, double foregroundWeight, PancreasModel? start) => new()
    {
        Name = name,
        Start = start,
        Network = (start?.Network ?? new NetworkSpec { Kind = Network, Filters = Filter, Stages = StageCount, Norm = Norm }) with { Classes = 2 + Auxiliary.Count, PancreasChannel = 1 },
        Plan = Plan(start),
        AuxiliaryClasses = Auxiliary,
        Loss = Loss,
        ForegroundWeight = foregroundWeight,
        PancreasWeight = PancreasWeight,
        IgnoreClipped = IgnoreClipped,
        HeadWeights = HeadWeight ?? [.. s_defaults.HeadWeights.Concat(Enumerable.Repeat(0.0, 6)).Take((start?.Network.Stages ?? StageCount) - 1)],
        Optimizer = Optimizer,
        WeightDecay = WeightDecay,
        AverageDecay = AverageDecay,
        LearningRate = LearningRate,
        MinLearningRate = Math.Min(MinLearningRate, LearningRate),
        Policy = LearningRatePolicy,
        WarmUpSteps = WarmUpStep,
        PlateauFactor = PlateauFactor,
        PlateauPatience = PlateauPatience,
        PlateauCooldown = PlateauCooldown,
        PlateauMinDelta = PlateauMinDelta,
        GradientClip = GradientClip,
        StepsPerEpoch = StepPerEpoch,
        MaxEpoch = MaxEpoch,
        MaxDuration = MaxDuration,
        EarlyStopPatience = EarlyStop,
        Augmentation = NoAugmentation ? null : Augmentation,
        PatchSize = PatchSize,
        Folds = Folds,
        Fold = Fold,
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

    private IReadOnlyList<AuxiliaryClass> Auxiliary => Simulate is null ? [] : SimulatedCases.AuxiliaryClasses;

    private PreprocessPlan Plan(PancreasModel? start)
    {
        if (OriginalPlan) return PreprocessPlan.Original;
        PreprocessPlan plan = ParameterSetName == SpacingSet ? new PreprocessPlan { Spacing = Spacing }
            : IsGiven(nameof(Size)) ? new PreprocessPlan { Size = Size }
            : Simulate is { } stage ? SimulatedCases.Plan(stage)
            : start is not null ? start.Plan with { BoxSize = null }
            : new PreprocessPlan { Size = Size };
        // A plan without a window states none worth keeping.
        return start is not null && start.Plan.Normalization == plan.Normalization && !IsGiven(nameof(Window)) ? plan with { WindowLow = start.Plan.WindowLow, WindowHigh = start.Plan.WindowHigh }
            : plan with { WindowLow = Window[0], WindowHigh = Window[1] };
    }

    private bool IsGiven(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);
}
