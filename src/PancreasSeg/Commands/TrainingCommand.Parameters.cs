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

    [Parameter(Mandatory = true, ParameterSetName = OriginalSet)]
    public SwitchParameter OriginalPlan { get; set; }

    [Parameter(ParameterSetName = SizeSet), Parameter(ParameterSetName = SpacingSet), ValidateCount(2, 2), NumberArgument]
    public double[] Window { get; set; } = [s_defaults.Plan.WindowLow, s_defaults.Plan.WindowHigh];

    [Parameter, ArgumentCompleter(typeof(ModelFileCompleter)), ValidateNotNullOrEmpty]
    public object? InitialModel { get; set; }

    [Parameter, Alias("Filter"), ValidateRange(1, 128)]
    public int BaseFilter { get; set; } = s_defaults.Network.Filters;

    [Parameter, SettingsArgument(typeof(NetworkSpec), nameof(NetworkSpec.Kind), nameof(NetworkSpec.Stages), nameof(NetworkSpec.Norm))]
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

    [Parameter]
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

    private protected TrainingOptions Options(string name, double foregroundWeight, PancreasModel? start) => new()
    {
        Name = name,
        Start = start,
        Network = (start?.Network ?? Described) with { Classes = 2 + Auxiliary.Count, PancreasChannel = 1 },
        Plan = Plan(start),
        LabelValue = LabelValue,
        AuxiliaryClasses = Auxiliary,
        Optimizer = Optimizer,
        LearningRate = LearningRate,
        Schedule = Schedule,
        ForegroundWeight = foregroundWeight,
        Loss = Loss,
        Validation = Validation,
        MaxEpoch = MaxEpoch,
        MaxDuration = MaxDuration,
        StopRule = StopRule,
        Sampling = Sampling,
        Augmentation = NoAugmentation ? null : Augmentation,
        Seed = Seed,
        TrainingData = TrainingData,
        License = License,
        Device = Device,
        Precision = Precision,
        ThreadCount = ThreadCount,
    };

    private NetworkSpec Described => IsGiven(nameof(BaseFilter)) ? Network with { Filters = BaseFilter } : Network;

    /// <summary>Tissue that is learnt beside the pancreas.</summary>
    private protected virtual IReadOnlyList<AuxiliaryClass> Auxiliary => _named;

    /// <summary>The preparation that the cases bring, where neither size nor spacing is given.</summary>
    private protected virtual PreprocessPlan? OwnPlan => null;

    private PreprocessPlan Plan(PancreasModel? start)
    {
        if (OriginalPlan) return PreprocessPlan.Original;
        PreprocessPlan plan = ParameterSetName == SpacingSet ? new PreprocessPlan { Spacing = Spacing }
            : IsGiven(nameof(Size)) ? new PreprocessPlan { Size = Size }
            : OwnPlan is { } own ? own
            : start is not null ? start.Plan with { BoxSize = null }
            : new PreprocessPlan { Size = Size };
        // A plan without a window states none worth keeping.
        PreprocessPlan? window = IsGiven(nameof(Window)) || start?.Plan.Normalization != plan.Normalization ? null : start.Plan;
        return plan with { WindowLow = window?.WindowLow ?? Window[0], WindowHigh = window?.WindowHigh ?? Window[1] };
    }
}
