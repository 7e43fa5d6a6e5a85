using PancreasSeg.Network;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace PancreasSeg.Training;

/// <summary>
/// A second network whose weights are the exponential moving average of those in training: steps on single cases scatter, their
/// mean does not (Polyak and Juditsky 1992).
/// </summary>
internal sealed class WeightAverage : IDisposable
{
    private readonly double _decay;
    private readonly Parameter[] _trained;
    private readonly Parameter[] _averaged;

    /// <summary>Creates the network.</summary>
    /// <param name="spec">Its description.</param>
    /// <param name="weights">Its first weights.</param>
    /// <param name="trained">The network in training.</param>
    /// <param name="decay">Weight of the average against the new weights at each step, below 1; 0 keeps to the new ones.</param>
    /// <param name="device">Where.</param>
    public WeightAverage(NetworkSpec spec, ModelWeights weights, SegmentationNetwork trained, double decay, Device device)
    {
        _decay = decay;
        Network = new SegmentationNetwork(spec, ParameterSources.Trainable(weights, device));
        _trained = [.. trained.Weights.Values];
        _averaged = [.. Network.Weights.Values];
    }

    public SegmentationNetwork Network { get; }

    /// <summary>Takes in the weights after a step; the first steps, far from the goal, are soon forgotten.</summary>
    public void Update(long step)
    {
        using var noGradients = no_grad();
        double keep = Math.Min(_decay, (1.0 + step) / (10.0 + step));
        for (int i = 0; i < _trained.Length; i++)
        {
            using var scope = NewDisposeScope();
            _averaged[i].lerp_(_trained[i], 1 - keep);
        }
    }

    public void Dispose() => Network.Dispose();
}
