using PancreasSeg.Preprocess;

namespace PancreasSeg.Network;

/// <summary>
/// A trained network with all that is needed to use it well: how to prepare its input, where to cut its probabilities, what it
/// was trained on and how good it was. Comes only from a model file or from training, never from random weights. Immutable.
/// </summary>
public sealed class PancreasModel
{
    internal PancreasModel(ModelHeader header, ModelWeights weights)
    {
        header.Network.Validate();
        header.Plan.Validate();
        (Header, Weights) = (header, weights);
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
    public IReadOnlyList<OperatingPoint> Curve => Header.Curve;

    /// <summary>Measured overlap on each validation case, on the scanner's own grid; may be empty.</summary>
    public IReadOnlyList<ValidationScore> Validation => Header.Validation;

    /// <summary>What the model was trained on.</summary>
    public string TrainingData => Header.TrainingData;

    /// <summary>Terms under which the model may be used.</summary>
    public string License => Header.License;

    /// <summary>SHA-256 of the weights, lower-case hex.</summary>
    public string Sha256 => Header.Sha256;

    /// <summary>Number of weights.</summary>
    public long ParameterCount => Network.ParameterCount;

    internal ModelHeader Header { get; }

    internal ModelWeights Weights { get; }

    /// <summary>Name, network and number of weights.</summary>
    public override string ToString() => FormattableString.Invariant($"{Name}: {Network.Kind}, {ParameterCount:N0} weights");
}
