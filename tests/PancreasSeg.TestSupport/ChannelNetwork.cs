using Google.Protobuf;
using PancreasSeg.Network.Onnx;

namespace PancreasSeg.TestSupport;

/// <summary>An ONNX network of another project: so many channels, of which the last one is the voxel itself and all others are 0.</summary>
internal static class ChannelNetwork
{
    public static void Write(string path, int channels)
    {
        var graph = new GraphBuilder("network");
        var weights = new float[channels];
        weights[^1] = 1;
        graph.Constant("w", [channels, 1, 1, 1, 1], weights);
        graph.Graph.Input.Add(GraphBuilder.Volume("image", 1));
        graph.Node("Conv", "answer", ["image", "w"]);
        graph.Graph.Output.Add(GraphBuilder.Volume("answer", channels));
        var model = new ModelProto { IrVersion = 8, Graph = graph.Graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = 17 });
        File.WriteAllBytes(path, model.ToByteArray());
    }
}
