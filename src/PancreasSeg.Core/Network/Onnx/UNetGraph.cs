namespace PancreasSeg.Network.Onnx;

/// <summary>
/// Writes one of nnU-Net's networks with the weights of one fold as an ONNX graph: input <c>ct</c>, one patch 1 x 1 x D x H x W in the
/// network's axes; output <c>logits</c>, 1 x K x D x H x W. The patch has one size, over which the network normalises.
/// </summary>
internal sealed class UNetGraph : ConvolutionGraph, IUNetOperations<string>
{
    private UNetGraph(ModelWeights weights) : base(weights)
    {
    }

    /// <summary>The graph of one fold.</summary>
    public static GraphProto Of(UNetArchitecture sizes, ModelWeights weights, int classes, int[] patch)
    {
        var network = new UNetGraph(weights);
        GraphProto graph = network.Builder.Graph;
        graph.Input.Add(GraphBuilder.Volume(Input, 1, patch));
        network.Builder.Node("Identity", Logits, [new UNetWalk<string>(network, sizes).Run(Input, classes)]);
        graph.Output.Add(GraphBuilder.Volume(Logits, classes, patch));
        return graph;
    }

    public string NormaliseByTraining(string name, string x) => Builder.Node("BatchNormalization", name,
        [x, $"{name}.weight", $"{name}.bias", $"{name}.running_mean", $"{name}.running_var"]);
}
