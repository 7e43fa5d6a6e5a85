using System.Text.Json.Serialization;
using PancreasSeg.Network;
using PancreasSeg.Preprocess;

namespace PancreasSeg.Training;

/// <summary>Everything that decides a training, one setting per line.</summary>
public sealed record TrainingOptions
{
    /// <summary>The network. 16 filters are the full size; 8 train four times as fast and fit small data sets.</summary>
    public NetworkSpec Network { get; init; } = new();

    /// <summary>How volumes become input; stored in the model. 160 voxels along each axis keep a gland of 15 cm at about 2 mm.</summary>
    public PreprocessPlan Plan { get; init; } = new() { Size = [160, 160, 160] };

    /// <summary>How gradients become updates.</summary>
    public OptimizerKind Optimizer { get; init; }

    /// <summary>Adam and AdamW: memory of the gradient's square.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Sgd: memory of the update, with Nesterov's look ahead.</summary>
    public double Momentum { get; init; } = 0.99;

    /// <summary>Pull of the weights to zero: decoupled from the gradient in AdamW, part of it in Adam and Sgd.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Highest step size.</summary>
    public double LearningRate { get; init; } = 0.002;

    /// <summary>How the step size falls.</summary>
    public LearningRatePolicy Policy { get; init; } = LearningRatePolicy.Plateau;

    /// <summary>Steps over which the learning rate rises from nothing: Adam's first estimates of the gradient's size are poor.</summary>
    public int WarmUpSteps { get; init; } = 10;

    /// <summary>Plateau: the learning rate is multiplied by this.</summary>
    public double PlateauFactor { get; init; } = 0.1;

    /// <summary>Plateau: after this many validations without a better one.</summary>
    public int PlateauPatience { get; init; } = 30;

    /// <summary>Plateau: validations after a reduction that do not count.</summary>
    public int PlateauCooldown { get; init; } = 10;

    /// <summary>Plateau: a validation is better when it gains more than this.</summary>
    public double PlateauMinDelta { get; init; } = 1e-4;

    /// <summary>The learning rate never falls below this.</summary>
    public double MinLearningRate { get; init; } = 1e-6;

    /// <summary>What is minimised.</summary>
    public LossKind Loss { get; init; } = LossKind.DiceCrossEntropy;

    /// <summary>How much more a missed voxel of pancreas costs than a false one. 1 weighs both alike; 7 favours recall.</summary>
    public double ForegroundWeight { get; init; } = 7;

    /// <summary>How much more a voxel of pancreas counts than one of background in the cross-entropy of <see cref="LossKind.DiceCrossEntropy"/>.</summary>
    public double PancreasWeight { get; init; } = 1;

    /// <summary>
    /// Tissue the network learns to tell apart beside the pancreas. The network's classes are the background, the pancreas and
    /// these, in this order but for the pancreas, which is <see cref="NetworkSpec.PancreasChannel"/>.
    /// </summary>
    public IReadOnlyList<AuxiliaryClass> AuxiliaryClasses { get; init; } = [];

    /// <summary>
    /// Leaves voxels that the HU window clips out of the loss, air and bone with a soft-tissue window: their value no longer
    /// tells what they are. In the overlap figures they count as background.
    /// </summary>
    public bool IgnoreClipped { get; init; }

    /// <summary>Share of each head in the loss beside the output's 1, finest first: coarse heads guide, fine ones decide. The heads of a SliceUNet have no loss.</summary>
    public IReadOnlyList<double> HeadWeights { get; init; } = [0.4, 0.2, 0.1, 0.05];

    /// <summary>
    /// How slowly the weights that are validated and kept follow those in training, 0 (at once) to below 1: with 0.99 they are the
    /// mean of about the last hundred steps.
    /// </summary>
    public double AverageDecay { get; init; }

    /// <summary>
    /// A model whose weights training starts from, of the same network but for its classes: those of the same name are taken over,
    /// others are learnt anew. Of two stages the one that segments. Null draws all weights.
    /// </summary>
    [JsonIgnore]
    public PancreasModel? Start { get; init; }

    /// <summary>Gradients longer than this are shortened to it: one odd case must not throw the weights away.</summary>
    public double GradientClip { get; init; } = 5;

    /// <summary>Steps that make an epoch; null for one of each case, or 200 where cases come from a source without end.</summary>
    public int? StepsPerEpoch { get; init; }

    /// <summary>Cases that are made or varied ahead of their step, each on a thread of its own.</summary>
    public int CasesAhead { get; init; } = 4;

    /// <summary>Passes over the training cases.</summary>
    public int MaxEpoch { get; init; } = 1000;

    /// <summary>Training ends after the epoch in which this time is over; null for no limit.</summary>
    public TimeSpan? MaxDuration { get; init; }

    /// <summary>Training ends after this many validations without a better one; null for never.</summary>
    public int? EarlyStopPatience { get; init; }

    /// <summary>Epochs between validations; the last epoch is always validated.</summary>
    public int ValidationInterval { get; init; } = 1;

    /// <summary>Over what the validation figures are taken.</summary>
    public ValidationAverage ValidationAverage { get; init; }

    /// <summary>Part of the patients held back for validation when no validation cases are given: of two or more at least one, unless it is 0.</summary>
    public double ValidationFraction { get; init; } = 0.2;

    /// <summary>Parts into which the patients are divided for cross-validation; null divides by <see cref="ValidationFraction"/>.</summary>
    public int? Folds { get; init; }

    /// <summary>The part, counted from 1, that validates.</summary>
    public int Fold { get; init; } = 1;

    /// <summary>How training cases are varied; null leaves them as they are. Cases of a source without end are never varied.</summary>
    public AugmentationOptions? Augmentation { get; init; } = new();

    /// <summary>Voxels along columns, rows and slices of a patch that is cut out anew for each step; null trains on whole volumes.</summary>
    public IReadOnlyList<int>? PatchSize { get; init; }

    /// <summary>Part of the patches that are centred on a voxel of the pancreas.</summary>
    public double ForegroundPatchFraction { get; init; } = 1.0 / 3;

    /// <summary>Decides the first weights, the split, the order of cases and their variation: the same seed gives the same training.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>The pancreas in the label volumes.</summary>
    public byte LabelValue { get; init; } = 1;

    /// <summary>Probability above which a voxel counts as pancreas; stored in the model.</summary>
    public double Threshold { get; init; } = 0.5;

    /// <summary>Where to compute.</summary>
    public ComputeDevice Device { get; init; }

    /// <summary>Number format of the convolutions; weights, losses and updates are float32 always. Inputs of less than two bottleneck voxels in-plane compute in float32.</summary>
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
    /// <exception cref="CoreException"><see cref="Fault.ModelPlanMismatch"/> for the network or the plan; <see cref="Fault.SettingInvalid"/>,
    /// with the setting's name as target, for anything else.</exception>
    public void Validate()
    {
        Network.Validate();
        Plan.Validate();
        Require(Network.Classes == 2 + AuxiliaryClasses.Count, nameof(Network), $"has {2 + AuxiliaryClasses.Count} classes: background, pancreas and the auxiliary classes");
        Require(LabelValue > 0, nameof(LabelValue), "is not the background");
        byte[] labels = [LabelValue, .. AuxiliaryClasses.SelectMany(c => c.Labels)];
        Require(labels.Distinct().Count() == labels.Length && !labels.Contains((byte)0), nameof(AuxiliaryClasses), "uses each label once and never the background's");
        Require(AuxiliaryClasses.All(c => c.Weight > 0 && double.IsFinite(c.Weight)), nameof(AuxiliaryClasses), "has positive weights");
        Require(LearningRate > 0 && double.IsFinite(LearningRate), nameof(LearningRate), "is a positive number");
        Require(MinLearningRate >= 0 && MinLearningRate <= LearningRate, nameof(MinLearningRate), "lies between 0 and the learning rate");
        Require(Beta2 is > 0 and < 1, nameof(Beta2), "lies between 0 and 1");
        Require(Momentum is > 0 and < 1, nameof(Momentum), "lies between 0 and 1");
        Require(WeightDecay >= 0 && double.IsFinite(WeightDecay), nameof(WeightDecay), "is 0 or more");
        Require(EarlyStopPatience is null or > 0, nameof(EarlyStopPatience), "is positive");
        Require(Folds is null or > 1, nameof(Folds), "is 2 or more");
        Require(Fold >= 1 && Fold <= (Folds ?? Fold), nameof(Fold), Folds is null ? "is counted from 1" : $"is one of the {Folds} folds, counted from 1");
        Require(PatchSize is null || (PatchSize.Count == 3 && PatchSize.All(n => n > 0) && PatchSize[0] % Network.InPlaneDivisor == 0 && PatchSize[1] % Network.InPlaneDivisor == 0),
            nameof(PatchSize), $"is three positive numbers, the first two multiples of {Network.InPlaneDivisor}");
        Require(PatchSize is null || !Plan.Transpose, nameof(PatchSize), "goes with a plan that does not transpose");
        Require(ForegroundPatchFraction is >= 0 and <= 1, nameof(ForegroundPatchFraction), "lies between 0 and 1");
        Augmentation?.Validate();
        Require(PlateauFactor is > 0 and < 1, nameof(PlateauFactor), "lies between 0 and 1");
        Require(PlateauMinDelta >= 0, nameof(PlateauMinDelta), "is 0 or more");
        Require(PlateauPatience > 0 && PlateauCooldown >= 0 && WarmUpSteps >= 0, nameof(PlateauPatience), "is positive, with a cooldown and a warm-up of 0 or more");
        Require(!IgnoreClipped || (Plan.Normalization == Normalization.Window && !Plan.Transpose && Network.Classes < PreparedCase.IgnoredClass), nameof(IgnoreClipped),
            $"has an HU window as normalization, a plan that does not transpose and fewer than {PreparedCase.IgnoredClass} classes");
        Require(ForegroundWeight > 0 && double.IsFinite(ForegroundWeight), nameof(ForegroundWeight), "is a positive number");
        Require(PancreasWeight > 0 && double.IsFinite(PancreasWeight), nameof(PancreasWeight), "is a positive number");
        Require(StepsPerEpoch is null or > 0 && CasesAhead > 0, nameof(StepsPerEpoch), "is positive, with one case ahead or more");
        Require(HeadWeights.Count == Network.Stages - 1 && HeadWeights.All(w => w >= 0), nameof(HeadWeights), $"has {Network.Stages - 1} numbers of 0 or more, one for each decoder stage");
        Require(AverageDecay is >= 0 and < 1, nameof(AverageDecay), "lies between 0 and 1");
        Require(Start is null || (Start.Foreign is null && Start.Network with { Classes = Network.Classes, PancreasChannel = Network.PancreasChannel } == Network),
            nameof(Start), "has the same network, its classes aside");
        Require(GradientClip > 0, nameof(GradientClip), "is positive");
        Require(MaxEpoch > 0, nameof(MaxEpoch), "is positive");
        Require(ValidationInterval > 0, nameof(ValidationInterval), "is positive");
        Require(ValidationFraction is >= 0 and < 1, nameof(ValidationFraction), "lies between 0 and 1");
        Require(Threshold is > 0 and < 1, nameof(Threshold), "lies between 0 and 1");
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
        weights[Network.PancreasChannel] = PancreasWeight;
        for (int k = 0; k < AuxiliaryClasses.Count; k++) weights[AuxiliaryChannel(k)] = AuxiliaryClasses[k].Weight;
        return weights;
    }

    private static void Require(bool holds, string name, string rule)
    {
        if (!holds) throw new CoreException(Fault.SettingInvalid, $"Training needs a {name} that {rule}.", name, "Change this setting, or leave it out for its default.");
    }
}
