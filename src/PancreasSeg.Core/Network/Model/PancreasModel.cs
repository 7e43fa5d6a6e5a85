using System.Security.Cryptography;
using System.Text;
using PancreasSeg.Evaluation;
using PancreasSeg.Network.Foreign;
using PancreasSeg.Postprocess;
using PancreasSeg.Preprocess;

namespace PancreasSeg.Network;

/// <summary>
/// A trained network with all that is needed to use it well: how to prepare its input, where to cut its probabilities, what it
/// was trained on and how good it was. Comes only from a model file or from training, never from random weights. Immutable.
/// </summary>
public sealed class PancreasModel
{
    internal PancreasModel(ModelHeader header, ModelWeights weights, PancreasModel? locator = null) : this(header, [() => weights], locator)
    {
    }

    /// <summary>A model whose weights are read when they are asked for: those of each member of an ensemble, else one set.</summary>
    private PancreasModel(ModelHeader header, IReadOnlyList<Func<ModelWeights>> readers, PancreasModel? locator)
    {
        if (readers.Count != (header.Ensemble?.Members.Count ?? 1))
            throw new ArgumentException("Not the weights of every member.", nameof(readers));
        header.Network.Validate();
        header.Plan.Validate(header.Network.Divisors);
        if (locator is not null && header.Plan.BoxSize is null)
            throw Mismatch($"'{header.Name}' takes the whole volume, so it cannot follow a locator");
        if (locator is { NnUNet: not null })
            throw new CoreException(Fault.ModelNotSupported,
                $"'{locator.Name}' is a model of nnU-Net and locates for such models alone.", locator.Name,
                "Join the refiner with a locator of this module.");
        if (locator is { IsTwoStage: true } or { Plan.BoxSize: not null })
            throw Mismatch($"the locator '{locator.Name}' does not take the whole volume");
        (Header, Readers, Locator) = (header, readers, locator);
        Members = ReadableList.Of(ModelEnsemble.MembersOf(header, readers));
        Sha256 = locator is null ? header.Sha256
            : Both(header.Sha256, locator.Sha256);
    }

    /// <summary>Name of the model.</summary>
    public string Name => Header.Name;

    /// <summary>Kind and sizes of the network.</summary>
    public NetworkSpec Network => Header.Network;

    /// <summary>How an HU volume becomes the network's input.</summary>
    public PreprocessPlan Plan => Header.Plan;

    /// <summary>Probability above which a voxel counts as pancreas.</summary>
    public double Threshold => Header.Threshold;

    /// <summary>Recall and precision on the validation cases at other thresholds; may be empty.</summary>
    public IReadOnlyList<OperatingPoint> Curve => ReadableList.Of(Header.Curve);

    /// <summary>
    /// The threshold on the validation curve with the highest F measure (van Rijsbergen 1979), which weighs recall beta times as much
    /// as precision: beta is 1 for Balanced, 2 for Recall, 0.5 for Precision.
    /// </summary>
    /// <exception cref="CoreException"><see cref="Fault.OperatingPointMissing"/>: the model states no curve.</exception>
    public double ThresholdFor(OperatingPointKind kind)
    {
        if (NnUNet is not null)
            throw new CoreException(Fault.SettingInvalid,
                $"The nnU-Net model '{Name}' gives each voxel its most probable class, so that no operating point applies.", Name,
                "Leave the operating point out.");
        if (Curve.Count == 0)
            throw new CoreException(Fault.OperatingPointMissing, $"The model '{Name}' states no recall and precision at other thresholds.",
                Name, "Give -Threshold instead.");
        return OperatingPoint.ThresholdFor(Curve, kind);
    }

    /// <summary>Measured overlap on each validation case, on the scanner's own grid; may be empty.</summary>
    public IReadOnlyList<ValidationScore> Validation =>
        ReadableList.Of(Header.Ensemble is { } all ? [.. all.Members.SelectMany(m => m.Validation)] : Header.Validation);

    /// <summary>What is done to a mask unless switched off, and what it did to masks of cases that their model had not seen; null for
    /// nothing.</summary>
    public PostprocessChoice? Postprocess => Header.Postprocess;

    /// <summary>Predicts the Dice of a mask of one stage, with how well it did so for cases that neither the network nor the fit had seen,
    /// not even to choose the epoch; null for no prediction.</summary>
    public QualityModel? Quality => Header.Quality;

    /// <summary>The models whose probabilities are averaged, in the order in which they are asked; none for a model with weights of its
    /// own.</summary>
    public IReadOnlyList<PancreasModel> Members { get; }

    /// <summary>A model out of its description.</summary>
    /// <param name="header">The description.</param>
    /// <param name="readers">Read the weights, of an ensemble those of each member.</param>
    internal static PancreasModel Of(ModelHeader header, IReadOnlyList<Func<ModelWeights>> readers) => new(header, readers, null);

    /// <summary>What each class of the network is, in the order of its channels.</summary>
    public IReadOnlyList<string> ClassNames => ReadableList.Of(Header.ClassNames ?? TwoClasses);

    /// <summary>What the model was trained on.</summary>
    public string TrainingData => Header.TrainingData;

    /// <summary>True for a model that has learnt from the simulator alone (<see cref="Training.ITrainingSource"/>): how right it is on
    /// patients is not known. Cases that were given, phantoms too, count as patients. Of two stages the one that outlines counts.</summary>
    public bool SimulatedOnly => Header.SimulatedOnly;

    /// <summary>Terms under which the model may be used.</summary>
    public string License => Header.License;

    /// <summary>The models that its training began with, the nearest first; empty where weights were drawn. Of an ensemble those of all
    /// members, each once; of two stages those of this one, and the locator tells its own.</summary>
    public IReadOnlyList<ModelAncestor> Lineage => ReadableList.Of(Header.Lineage ?? []);

    /// <summary>SHA-256 of the weights, lower-case hex; of two stages that of this one's and the locator's hex digits in a row.</summary>
    public string Sha256 { get; private init; }

    /// <summary>SHA-256 over all that decides a mask: the weights, and of the description network, preparation, threshold and classes; of
    /// a network of another project its plan. Names, scores and terms of use are no part of it.</summary>
    internal string Identity
    {
        get
        {
            ModelHeader header = Header with
            {
                Name = "",
                Curve = [],
                Validation = [],
                TrainingData = "",
                License = "",
                SimulatedOnly = false,
                Lineage = null,
                Ensemble = null,
                Postprocess = Postprocess is null ? null : new PostprocessChoice(Postprocess.Rule, 0, 0, 0, 0, 0),
                Quality = Quality is null ? null : Quality with { Cases = 0, MeanAbsoluteError = 0, Correlation = 0, Coverage = 0 },
            };
            string text = $"{Sha256}|{ModelHeaderJson.Write(header)}|{Foreign?.ToJson()}|{Locator?.Identity}";
            return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
        }
    }

    /// <summary>Number of weights, the locator's among them.</summary>
    public long ParameterCount => (NnUNetSource?.Folds.Sum(fold => fold.Weights.Tensors.Sum(tensor => (long)tensor.Values.Length))
        ?? Network.ParameterCount * Readers.Count) + (Locator?.ParameterCount ?? 0);

    /// <summary>The first stage of two: finds the pancreas in the whole volume. Null for a model of one stage.</summary>
    public PancreasModel? Locator { get; private init; }

    /// <summary>True when a locator comes first.</summary>
    public bool IsTwoStage => Locator is not null;

    /// <summary>This model, which works in a box, behind another that finds where the box goes; written to one file by
    /// <see cref="ModelFile"/>. A model of nnU-Net works in the box of any model's mask.</summary>
    /// <param name="locator">A model of one stage for the whole volume; for a model of nnU-Net any that needs no box given.</param>
    /// <exception cref="CoreException"><see cref="Fault.ModelPlanMismatch"/> when this plan has no <see cref="PreprocessPlan.BoxSize"/>
    /// or the locator's has one; <see cref="Fault.ModelNotSupported"/> for an nnU-Net model before one of this module.</exception>
    public PancreasModel WithLocator(PancreasModel locator)
    {
        ArgumentNullException.ThrowIfNull(locator);
        if (locator.Members.Count > 0) throw Mismatch($"the locator '{locator.Name}' is an ensemble");
        if (NnUNet is null) return new PancreasModel(Header, Readers, locator) { Onnx = Onnx };
        if (locator is { IsTwoStage: false, Plan.BoxSize: not null })
            throw Mismatch($"the locator '{locator.Name}' does not take the whole volume");
        return new PancreasModel(Header, Readers, null)
        {
            NnUNet = NnUNet,
            NnUNetSource = NnUNetSource,
            Onnx = Onnx,
            Locator = locator,
            Sha256 = Both(Header.Sha256, locator.Sha256),
        };
    }

    /// <summary>The model whose weights are those of one stage.</summary>
    /// <param name="stage">The stage; of a model of one stage the one that its plan makes it.</param>
    /// <exception cref="CoreException"><see cref="Fault.SettingInvalid"/> where it has no such stage.</exception>
    public PancreasModel Of(ModelStage stage) => stage == ModelStage.Locator && Locator is { } locator ? locator
        : IsTwoStage || stage == OwnStage ? this
        : throw new CoreException(Fault.SettingInvalid, $"'{Name}' has no {stage}: its one stage is a {OwnStage}.", Name,
            $"Name the {OwnStage}, or a model of two stages.");

    /// <summary>This model with one stage trained anew; where that no longer goes with the other, it alone.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="trained">What came of it; a model of one stage.</param>
    internal PancreasModel With(ModelStage stage, PancreasModel trained) =>
        !IsTwoStage || trained.OwnStage != stage ? trained
        : stage == ModelStage.Refiner ? trained.WithLocator(Locator!) : WithLocator(trained).Named(trained.Name);

    /// <summary>What the last or only stage is.</summary>
    internal ModelStage OwnStage => Plan.BoxSize is null ? ModelStage.Locator : ModelStage.Refiner;

    /// <summary>The same weights used by another plan.</summary>
    /// <param name="plan">The plan; its grid is that of the network's training.</param>
    /// <exception cref="CoreException"><see cref="Fault.ModelPlanMismatch"/> when the plan contradicts itself.</exception>
    internal PancreasModel Planned(PreprocessPlan plan) => NnUNet is null && Foreign is null
        ? new(Header with { Plan = plan }, Readers, Locator) { Onnx = Onnx }
        : throw new CoreException(Fault.SettingInvalid, $"'{Name}' brings a preparation of its own.", Name,
            "Leave out settings of the plan.");

    /// <summary>The same model under another name; one of another project keeps its own.</summary>
    public PancreasModel Named(string name) =>
        NnUNet is null && Foreign is null ? new(Header with { Name = name }, Readers, Locator) { Onnx = Onnx } : this;

    /// <summary>This model with the ONNX file that it was read from; an engine for ONNX runs that file as it is.</summary>
    internal PancreasModel FromOnnx(byte[] file) =>
        new(Header, Readers, Locator) { Onnx = file, NnUNet = NnUNet, NnUNetSource = NnUNetSource };

    /// <summary>A network of another project: only its file knows its layers, so it has no weights here.</summary>
    /// <param name="name">Name of the model.</param>
    /// <param name="plan">How to use it.</param>
    /// <param name="file">Content of the ONNX file, or of a TorchScript archive that was looked at.</param>
    /// <param name="sha256">Hash of the file that the user gave.</param>
    /// <param name="isScript">Whether it is TorchScript.</param>
    /// <param name="trainingData">What it was trained on, as its makers say.</param>
    internal static PancreasModel OfForeign(
        string name, ForeignPlan plan, byte[] file, string sha256, bool isScript = false, string? trainingData = null) =>
        new(new ModelHeader
        {
            FormatVersion = ModelHeader.CurrentVersion,
            Name = name,
            Network = new NetworkSpec(),
            Plan = plan.Preparation,
            Threshold = plan.Threshold,
            Curve = [],
            Validation = [],
            TrainingData = trainingData ?? "Not stated: a network of another project.",
            License = "Not stated: a network of another project.",
            Sha256 = sha256,
        }, new ModelWeights([]))
        { Onnx = isScript ? null : file, Script = isScript ? file : null, Foreign = plan };

    /// <summary>A model of nnU-Net, which brings its own preparation and its own way to a label map.</summary>
    /// <exception cref="CoreException"><see cref="Fault.ModelNotSupported"/> when it knows no pancreas.</exception>
    internal static PancreasModel OfNnUNet(NnUNetModel model, string path)
    {
        if (model.Labels.Find(PancreasClass) is null)
            throw new CoreException(Fault.ModelNotSupported, $"The model '{model.Name}' has no class '{PancreasClass}'; it has "
                + $"{string.Join(", ", model.Labels.Classes.Select(c => c.Name))}.", path, "Use a model that was trained on the pancreas.");
        NnUNetDescription description = NnUNetDescription.Of(model);
        IntensityScheme intensity = model.Plans.Configuration.Intensity;
        (double low, double high) = intensity.Kind == IntensityKind.Ct ? (intensity.Lower, intensity.Upper) : (-1024.0, 3071.0);
        return new PancreasModel(new ModelHeader
        {
            FormatVersion = ModelHeader.CurrentVersion,
            Name = model.Name,
            Network = new NetworkSpec(),
            Plan = new PreprocessPlan { Spacing = [.. description.Spacing.Reverse()], WindowLow = low, WindowHigh = high },
            Threshold = 0.5,
            Curve = [],
            Validation = [],
            TrainingData = $"Not stated: nnU-Net data set {model.Plans.DataSet}.",
            License = model.License ?? "Not stated: ask whoever gave you the model.",
            Sha256 = model.Sha256,
            ClassNames = [.. model.Labels.Classes.Select(c => c.Name)],
        }, new ModelWeights([]))
        { NnUNet = description, NnUNetSource = model };
    }

    /// <summary>What a model of nnU-Net says of itself; null for any other.</summary>
    public NnUNetDescription? NnUNet { get; private init; }

    /// <summary>The model of nnU-Net with its weights; null for any other.</summary>
    internal NnUNetModel? NnUNetSource { get; private init; }

    /// <summary>How to use a network of another project; null for one of this module.</summary>
    internal ForeignPlan? Foreign { get; private init; }

    /// <summary>The ONNX file of this stage, where the model was read from one.</summary>
    internal byte[]? Onnx { get; private init; }

    /// <summary>The TorchScript archive of a network of another project, looked at and reduced to what it needs.</summary>
    internal byte[]? Script { get; private init; }

    /// <summary>The classes of a network that knows no other organ.</summary>
    internal static IReadOnlyList<string> TwoClasses { get; } = ["background", PancreasClass];

    /// <summary>Name of the class that is segmented.</summary>
    internal const string PancreasClass = "pancreas";

    internal ModelHeader Header { get; }

    /// <summary>What reads the weights, of an ensemble those of each member.</summary>
    internal IReadOnlyList<Func<ModelWeights>> Readers { get; }

    /// <summary>The weights; an ensemble has none but those of its members, which are read anew each time.</summary>
    internal ModelWeights Weights => Readers is [var own] ? own()
        : throw new InvalidOperationException("The weights of an ensemble are its members'.");

    /// <summary>Name, network and number of weights.</summary>
    public override string ToString() => Foreign is not null ? $"{Name}: a network of another project"
        : NnUNet is not null ? FormattableString.Invariant(
            $"{Name}: nnU-Net {NnUNet.Network}{(IsTwoStage ? " behind a locator" : "")}, {ParameterCount:N0} weights")
        : $"{Name}: {Network.Kind}{(Members.Count > 0 ? FormattableString.Invariant($", {Members.Count} members") : "")}"
            + FormattableString.Invariant($"{(IsTwoStage ? " behind a locator" : "")}, {ParameterCount:N0} weights");

    private static string Both(string own, string locator) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(own + locator)));

    private static CoreException Mismatch(string why) =>
        new(Fault.ModelPlanMismatch, $"The two stages do not fit: {why}.",
            remedy: "Join a model for the whole volume with one whose plan has a box.");
}
