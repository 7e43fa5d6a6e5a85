using System.Text.Json.Serialization;
using PancreasSeg.Network;
using PancreasSeg.Preprocess;

namespace PancreasSeg.Training;

/// <summary>Everything that decides a training: what is set every day by itself, the rest in groups.</summary>
public sealed record TrainingOptions
{
    private const string Group = "Training";

    /// <summary>The network. 16 filters are the full size; 8 train four times as fast and fit small data sets.</summary>
    public NetworkSpec Network { get; init; } = new();

    /// <summary>How volumes become input; stored in the model. 160 voxels along each axis keep a gland of 15 cm at about 2 mm.</summary>
    public PreprocessPlan Plan { get; init; } = new() { Size = [160, 160, 160] };

    /// <summary>
    /// A model whose weights training starts from, of the same network but for its classes: those of the same name are taken over,
    /// others are learnt anew. Of two stages the one that segments. Null draws all weights.
    /// </summary>
    [JsonIgnore]
    public PancreasModel? Start { get; init; }

    /// <summary>The pancreas in the label volumes.</summary>
    public byte LabelValue { get; init; } = 1;

    /// <summary>
    /// Tissue the network learns to tell apart beside the pancreas. The network's classes are the background, the pancreas and
    /// these, in this order but for the pancreas, which is <see cref="NetworkSpec.PancreasChannel"/>.
    /// </summary>
    public IReadOnlyList<AuxiliaryClass> AuxiliaryClasses { get; init; } = [];

    /// <summary>How gradients become updates.</summary>
    public OptimizerOptions Optimizer { get; init; } = new();

    /// <summary>Highest step size.</summary>
    public double LearningRate { get; init; } = 0.002;

    /// <summary>How the step size rises and falls.</summary>
    public LearningRateOptions Schedule { get; init; } = new();

    /// <summary>How much more a missed voxel of pancreas costs than a false one. 1 weighs both alike; 7 favours recall.</summary>
    public double ForegroundWeight { get; init; } = 7;

    /// <summary>What is minimised.</summary>
    public LossOptions Loss { get; init; } = new();

    /// <summary>Which cases validate, when and how.</summary>
    public ValidationOptions Validation { get; init; } = new();

    /// <summary>Epochs to train.</summary>
    public int MaxEpoch { get; init; } = 1000;

    /// <summary>
    /// Training ends after the epoch behind which another one, as long as those before, would take more than this time; the first is
    /// always made. Null for no limit.
    /// </summary>
    public TimeSpan? MaxDuration { get; init; }

    /// <summary>When training ends before that.</summary>
    public StopRule StopRule { get; init; } = new();

    /// <summary>What of a case a step sees.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>How training cases are varied; null leaves them as they are. Cases of a source without end are never varied.</summary>
    public AugmentationOptions? Augmentation { get; init; } = new();

    /// <summary>
    /// Decides the first weights, the split, the order of cases and their variation: the same seed gives the same training.
    /// </summary>
    public int Seed { get; init; } = 1;

    /// <summary>Where to compute.</summary>
    public ComputeDevice Device { get; init; }

    /// <summary>
    /// Number format of the convolutions; weights, losses and updates are float32 always. Inputs of less than two bottleneck voxels
    /// along an axis that is pooled compute in float32.
    /// </summary>
    public Precision Precision { get; init; }

    /// <summary>Compute threads; null for all cores.</summary>
    public int? ThreadCount { get; init; }

    /// <summary>Name of the model.</summary>
    public string Name { get; init; } = "pancreas";

    /// <summary>What the cases are and where they come from; stored in the model.</summary>
    public string TrainingData { get; init; } = "not stated";

    /// <summary>Terms under which the model may be used; stored in the model.</summary>
    public string License { get; init; } = "not stated";

    /// <summary>Refuses settings that cannot train.</summary>
    /// <exception cref="CoreException"><see cref="Fault.ModelPlanMismatch"/> for the network or the plan;
    /// <see cref="Fault.SettingInvalid"/>, with the setting's name as target, for anything else.</exception>
    public void Validate()
    {
        Network.Validate();
        Plan.Validate(Network.Divisors);
        ValidateClasses();
        bool fits = Start is null || (Start.Foreign is null
            && Start.Network with { Classes = Network.Classes, PancreasChannel = Network.PancreasChannel } == Network);
        Setting.Require(fits, Group, nameof(Start), "has the same network, its classes aside");
        Setting.Require(Start is not { Members.Count: > 0 }, Group, nameof(Start), "is a model with weights of its own, not an ensemble");
        Setting.Require(LearningRate > 0 && double.IsFinite(LearningRate), Group, nameof(LearningRate), "is a positive number");
        Setting.Require(ForegroundWeight > 0 && double.IsFinite(ForegroundWeight), Group, nameof(ForegroundWeight), "is a positive number");
        Setting.Require(MaxEpoch > 0, Group, nameof(MaxEpoch), "is positive");
        Setting.Require(!(MaxDuration <= TimeSpan.Zero), Group, nameof(MaxDuration), "is positive");
        Optimizer.Validate();
        Schedule.Validate();
        Loss.Validate(Network, Plan);
        Validation.Validate();
        StopRule.Validate();
        Sampling.Validate(Network, Plan);
        if ((Sampling.PatchSize ?? Plan.Size) is { } seen) Network.RequireMoreThanOneVoxel(seen);
        Augmentation?.Validate();
    }

    /// <summary>Channel of an auxiliary class in the network's output.</summary>
    internal int AuxiliaryChannel(int index) => 1 + index < Network.PancreasChannel ? 1 + index : 2 + index;

    /// <summary>Name of each of the network's classes; null when there are background and pancreas alone.</summary>
    internal string[]? ClassNames()
    {
        if (AuxiliaryClasses.Count == 0) return null;
        var names = new string[Network.Classes];
        (names[0], names[Network.PancreasChannel]) = ("background", "pancreas");
        for (int k = 0; k < AuxiliaryClasses.Count; k++) names[AuxiliaryChannel(k)] = AuxiliaryClasses[k].Name;
        return names;
    }

    /// <summary>Weight of each of the network's classes in cross-entropy.</summary>
    internal double[] ClassWeights()
    {
        var weights = new double[Network.Classes];
        weights[0] = 1;
        weights[Network.PancreasChannel] = Loss.PancreasWeight;
        for (int k = 0; k < AuxiliaryClasses.Count; k++) weights[AuxiliaryChannel(k)] = AuxiliaryClasses[k].Weight;
        return weights;
    }

    private void ValidateClasses()
    {
        int classes = 2 + AuxiliaryClasses.Count;
        Setting.Require(Network.Classes == classes, Group, nameof(Network),
            $"has {classes} classes: background, pancreas and the auxiliary classes");
        Setting.Require(LabelValue > 0, Group, nameof(LabelValue), "is not the background");
        byte[] labels = [LabelValue, .. AuxiliaryClasses.SelectMany(c => c.Labels)];
        Setting.Require(labels.Distinct().Count() == labels.Length && !labels.Contains((byte)0), Group, nameof(AuxiliaryClasses),
            "uses each label once and never the background's");
        Setting.Require(AuxiliaryClasses.All(c => c.Weight > 0 && double.IsFinite(c.Weight)), Group, nameof(AuxiliaryClasses),
            "has positive weights");
    }
}
