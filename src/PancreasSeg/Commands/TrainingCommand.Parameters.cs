using System.Management.Automation;
using PancreasSeg.Common;
using PancreasSeg.Network;
using PancreasSeg.Preprocess;
using PancreasSeg.Training;

namespace PancreasSeg.Commands;

public abstract partial class TrainingCommand
{
    private protected const string SizeSet = "Size", SpacingSet = "Spacing", OriginalSet = "OriginalPlan";
    private static readonly TrainingOptions s_defaults = new();

    [Parameter(ParameterSetName = SizeSet), ValidateCount(3, 3), ValidateRange(1, 1024), NumberArgument]
    public int[] Size { get; set; } = [160, 160, 160];

    [Parameter(Mandatory = true, ParameterSetName = SpacingSet), ValidateCount(3, 3), ValidateRange(0.3, 20), SpacingArgument]
    public double[] Spacing { get; set; } = [];

    [Parameter(ParameterSetName = SpacingSet), ValidateCount(3, 3), ValidateRange(10, 1000), NumberArgument]
    public double[]? BoxSize { get; set; }

    [Parameter(Mandatory = true, ParameterSetName = OriginalSet)]
    public SwitchParameter OriginalPlan { get; set; }

    [Parameter(ParameterSetName = SizeSet), Parameter(ParameterSetName = SpacingSet), ValidateCount(2, 2), NumberArgument]
    public double[] Window { get; set; } = [s_defaults.Plan.WindowLow, s_defaults.Plan.WindowHigh];

    [Parameter, ArgumentCompleter(typeof(ModelFileCompleter)), ValidateNotNullOrEmpty]
    public object? InitialModel { get; set; }

    [Parameter, ArgumentCompleter(typeof(PlanFileCompleter)), ValidateNotNullOrEmpty]
    public object? Plan { get; set; }

    [Parameter]
    public ModelStage? Stage { get; set; }

    [Parameter, Alias("Filter"), ValidateRange(1, 128)]
    public int BaseFilter { get; set; } = s_defaults.Network.Filters;

    [Parameter, SettingsArgument(typeof(NetworkSpec), nameof(NetworkSpec.Kind), nameof(NetworkSpec.Stages), nameof(NetworkSpec.Strides),
        nameof(NetworkSpec.Norm))]
    [ArgumentCompleter(typeof(SettingsCompleter)), ValidateNotNull]
    public NetworkSpec Network { get; set; } = s_defaults.Network;

    [Parameter, SettingsArgument(typeof(OptimizerOptions)), ArgumentCompleter(typeof(SettingsCompleter)), ValidateNotNull]
    public OptimizerOptions Optimizer { get; set; } = s_defaults.Optimizer;

    [Parameter, ValidateRange(1e-7, 1), NumberArgument]
    public double LearningRate { get; set; } = s_defaults.LearningRate;

    [Parameter, SettingsArgument(typeof(LearningRateOptions)), ArgumentCompleter(typeof(SettingsCompleter)), ValidateNotNull]
    public LearningRateOptions Schedule { get; set; } = s_defaults.Schedule;

    [Parameter, SettingsArgument(typeof(LossOptions)), ArgumentCompleter(typeof(SettingsCompleter)), ValidateNotNull]
    public LossOptions Loss { get; set; } = s_defaults.Loss;

    [Parameter, SettingsArgument(typeof(ValidationOptions)), ArgumentCompleter(typeof(SettingsCompleter)), ValidateNotNull]
    public ValidationOptions Validation { get; set; } = s_defaults.Validation;

    [Parameter, ValidateRange(1, 1_000_000)]
    public int MaxEpoch { get; set; } = s_defaults.MaxEpoch;

    [Parameter, TimeArgument]
    public TimeSpan? MaxDuration { get; set; }

    [Parameter, SettingsArgument(typeof(StopRule)), ArgumentCompleter(typeof(SettingsCompleter)), ValidateNotNull]
    public StopRule StopRule { get; set; } = s_defaults.StopRule;

    [Parameter, SettingsArgument(typeof(SamplingOptions)), ArgumentCompleter(typeof(SettingsCompleter)), ValidateNotNull]
    public SamplingOptions Sampling { get; set; } = s_defaults.Sampling;

    [Parameter, SettingsArgument(typeof(AugmentationOptions)), ArgumentCompleter(typeof(SettingsCompleter)), ValidateNotNull]
    public AugmentationOptions Augmentation { get; set; } = s_defaults.Augmentation!;

    [Parameter]
    public SwitchParameter NoAugmentation { get; set; }

    [Parameter]
    public int Seed { get; set; } = s_defaults.Seed;

    [Parameter, ValidateNotNullOrEmpty]
    public string TrainingData { get; set; } = s_defaults.TrainingData;

    [Parameter, ValidateNotNullOrEmpty]
    public string License { get; set; } = s_defaults.License;

    [Parameter]
    public ComputeDevice Device { get; set; }

    [Parameter]
    public Precision Precision { get; set; }

    [Parameter, ValidateRange(1, 1024)]
    public int? ThreadCount { get; set; }

    [Parameter, ValidateNotNullOrEmpty]
    public string? CachePath { get; set; }

    [Parameter, SupportsWildcards, ValidateNotNullOrEmpty]
    public string[] AuxiliaryLabel { get; set; } = [];

    [Parameter]
    public SwitchParameter Resume { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>All settings: what was given, else what the plan says, else the defaults.</summary>
    /// <param name="name">Name of the model.</param>
    /// <param name="foregroundWeight">The w of the loss.</param>
    /// <param name="start">The stage to begin with; null draws weights.</param>
    /// <param name="planned">The stage's plan; null for none.</param>
    private protected TrainingOptions Options(string name, double foregroundWeight, PancreasModel? start, StagePlan? planned)
    {
        PreprocessPlan plan = Preparation(start, planned);
        NetworkSpec described = (start?.Network ?? Described(planned)) with { Classes = 2 + Auxiliary.Count, PancreasChannel = 1 },
            network = described.FittedTo(plan, Sampling.PatchSize);
        if (network != described) WriteVerbose($"The network by voxel size and voxels: {network}.");
        return new TrainingOptions
        {
            Name = name,
            Start = start,
            Network = network,
            Plan = plan,
            LabelValue = LabelValue,
            AuxiliaryClasses = Auxiliary,
            Optimizer = Optimizer,
            LearningRate = IsGiven(nameof(LearningRate)) ? LearningRate : planned?.LearningRate ?? LearningRate,
            Schedule = Schedule,
            ForegroundWeight = foregroundWeight,
            Loss = Loss,
            Validation = Validation,
            MaxEpoch = MaxEpoch,
            MaxDuration = MaxDuration ?? planned?.MaxDuration,
            StopRule = StopRule,
            Sampling = Sampling,
            Augmentation = NoAugmentation ? null : Augmentation,
            Seed = Seed,
            TrainingData = TrainingData,
            License = IsGiven(nameof(License)) ? License : start?.License ?? License,
            Device = Device,
            Precision = Precision,
            ThreadCount = ThreadCount,
        };
    }

    private NetworkSpec Described(StagePlan? planned)
    {
        NetworkSpec network = IsGiven(nameof(Network)) ? Network : planned?.Network ?? Network;
        return IsGiven(nameof(BaseFilter)) ? network with { Filters = BaseFilter } : network;
    }

    /// <summary>Tissue that is learnt beside the pancreas.</summary>
    private protected virtual IReadOnlyList<AuxiliaryClass> Auxiliary => _named;

    /// <summary>The preparation that the cases bring, where neither size nor spacing is given.</summary>
    private protected virtual PreprocessPlan? OwnPlan => null;

    /// <summary>The stage for which cases are made; null for cases that are given.</summary>
    private protected virtual ModelStage? CasesStage => null;

    private PreprocessPlan Preparation(PancreasModel? start, StagePlan? planned)
    {
        if (OriginalPlan) return PreprocessPlan.Original;
        PreprocessPlan? brought = OwnPlan ?? start?.Plan ?? planned?.Plan;
        PreprocessPlan plan = ParameterSetName == SpacingSet
                ? new PreprocessPlan { Spacing = Spacing, BoxSize = BoxSize ?? brought?.BoxSize, Median = brought?.Median ?? false }
            : IsGiven(nameof(Size)) || brought is null ? new PreprocessPlan { Size = Size }
            : brought;
        // A plan without a window states none worth keeping.
        PreprocessPlan? kept = start?.Plan ?? planned?.Plan;
        PreprocessPlan? window = IsGiven(nameof(Window)) || kept?.Normalization != plan.Normalization ? null : kept;
        return plan with
        {
            WindowLow = window?.WindowLow ?? Window[0],
            WindowHigh = window?.WindowHigh ?? Window[1],
            EnhancedHu = plan.EnhancedHu ?? window?.EnhancedHu,
        };
    }
}
