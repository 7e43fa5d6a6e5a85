using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Inference;
using PancreasSeg.Network;
using PancreasSeg.Network.Onnx;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Core.Tests.Inference;

[Collection(TorchTests.Name)]
public sealed class ForeignModelTests : IDisposable
{
    private const string Plan = """
        { "axes": "RAS", "spacing": [2, 2, 3], "windowLow": -100, "windowHigh": 300, "normalization": "ZScore", "mean": 80, "standardDeviation": 40,
          "patch": [12, 8, 6], "overlap": 0.25, "channel": 2, "output": "Logits", "threshold": 0.6 }
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("Logits")]
    [InlineData("Sigmoid")]
    [InlineData("Probabilities")]
    public void Values_axes_channel_and_kind_of_output_are_as_the_plan_says(string output)
    {
        // The network's answer in channel 2 is what lies one step back along its first axis: one to the left in RAS.
        string file = Network(output == "Probabilities" ? 0.05f : 1, output == "Probabilities" ? 0.5f : 0.2f);
        PancreasModel model = ForeignModel.Read(file, PlanFile(Plan.Replace("Logits", output, StringComparison.Ordinal)));
        using ISegmentationEngine engine =
            SegmentationEngines.Create(model, SegmentationEngineKind.Auto, new EngineOptions { ThreadCount = 1 });
        (int d, int h, int w) = (8, 11, 10);
        float[] input = TestModels.Input(d, h, w);
        float[] probabilities = engine.Run(input, d, h, w);

        // The only volume axis shorter than its patch is that of the columns, 10 against 12: a zero on each side, and one patch.
        for (int z = 0; z < d; z++)
            for (int y = 0; y < h; y++)
                for (int x = 0; x < w; x++)
                {
                    double seen = x + 1 < w ? (-100 + (input[(z * h + y) * w + x + 1] + 1) * 200 - 80) / 40 : 0;
                    double expected = output switch
                    {
                        "Logits" => Math.Exp(seen + 0.2) / (Math.Exp(seen + 0.2) + Math.Exp(0) + Math.Exp(-1)),
                        "Sigmoid" => 1 / (1 + Math.Exp(-seen - 0.2)),
                        _ => 0.05 * seen + 0.5,
                    };
                    Assert.Equal(expected, probabilities[(z * h + y) * w + x], 1e-4);
                }
        Assert.Equal(("network", 0.6, "OnnxRuntime"), (model.Name, model.Threshold, engine.Info.Engine));
    }

    [Fact]
    public void The_whole_pipeline_runs_with_it()
    {
        PancreasModel model = ForeignModel.Read(Network(1, 0),
            PlanFile(Plan.Replace("\"mean\": 80", "\"mean\": 120", StringComparison.Ordinal).Replace("40", "2", StringComparison.Ordinal)));
        VolumeGrid grid = VolumeGrid.Axial(40, 40, 30, new(2, 2, 3), new(-40, -40, 0));
        var hu = new short[grid.VoxelCount];
        for (int i = 0; i < hu.Length; i++)
            hu[i] = (short)((grid.Affine.Apply(new(i % 40, i / 40 % 40, i / 1600)) - new Vector3D(10, -6, 45)).Length < 20 ? 160 : -50);
        hu[^1] = -1000;
        using var pipeline = new SegmentationPipeline(model, stage => SegmentationEngines.Create(stage, SegmentationEngineKind.Auto));
        SegmentationResult result = pipeline.Run(new CtVolume(grid, hu, new("ball")));
        Assert.InRange(result.VolumeMl!.Value, 0.93 * 33.5, 1.07 * 33.5);
        // One voxel to the right of the ball, as the network answers.
        double mean = Enumerable.Range(0, hu.Length).Where(i => result.Mask!.Labels.Span[i] == 1)
            .Average(i => grid.Affine.Apply(new(i % 40, 0, 0)).X);
        Assert.Equal(8, mean, 0.2);
    }

    [Theory]
    [InlineData("\"axes\": \"RAS\"", "\"axes\": \"RAL\"")]
    [InlineData("\"axes\": \"RAS\",", "")]
    [InlineData("\"axes\": \"RAS\"", "\"axes\": null")]
    [InlineData("\"axes\": \"RAS\"", "\"axis\": \"RAS\"")]
    [InlineData("[2, 2, 3]", "[2, 2]")]
    [InlineData("[2, 2, 3]", "[2, 0, 3]")]
    [InlineData("\"spacing\": [2, 2, 3],", "")]
    [InlineData("\"windowHigh\": 300", "\"windowHigh\": -300")]
    [InlineData("ZScore", "zzz")]
    [InlineData("\"ZScore\"", "2")]
    [InlineData("ZScore", "UnitRange")]
    [InlineData("\"mean\": 80,", "")]
    [InlineData("\"standardDeviation\": 40", "\"standardDeviation\": 0")]
    [InlineData("[12, 8, 6]", "[12, 8, 0]")]
    [InlineData("0.25", "1")]
    [InlineData("\"channel\": 2", "\"channel\": -1")]
    [InlineData("\"threshold\": 0.6", "\"threshold\": 1")]
    [InlineData("\"threshold\": 0.6", "\"threshold\": 0.6, \"treshold\": 0.5")]
    [InlineData("}", "")]
    public void A_plan_with_a_wrong_entry_is_refused(string old, string with)
    {
        string changed = Plan.Replace(old, with, StringComparison.Ordinal);
        Assert.NotEqual(Plan, changed);
        Assert.Equal(
            Fault.ModelPlanMismatch, Assert.Throws<CoreException>(() => ForeignModel.Read(Network(1, 0), PlanFile(changed))).Fault);
    }

    [Theory]
    [InlineData("[12, 8, 6]", "[12, 8, 6]", "\"channel\": 3", "3 channels")]
    [InlineData("Logits", "Probabilities", "\"channel\": 2", "no probabilities")]
    public void A_network_that_does_not_fit_its_plan_is_refused_when_it_runs(string old, string with, string channel, string message)
    {
        PancreasModel model = ForeignModel.Read(Network(1, 0),
            PlanFile(Plan.Replace(old, with, StringComparison.Ordinal).Replace("\"channel\": 2", channel, StringComparison.Ordinal)));
        using ISegmentationEngine engine = SegmentationEngines.Create(model, SegmentationEngineKind.Onnx);
        CoreException e = Assert.Throws<CoreException>(() => engine.Run(TestModels.Input(8, 16, 16), 8, 16, 16));
        Assert.Equal(Fault.ModelPlanMismatch, e.Fault);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_files_engines_and_patches_are_refused()
    {
        string plan = PlanFile(Plan), fixedFile = Network(1, 0, fixedSize: 16);
        Assert.Equal(Fault.ModelPlanMismatch,
            FaultOf(() => SegmentationEngines.Create(ForeignModel.Read(fixedFile, plan), SegmentationEngineKind.Auto)));
        Assert.Equal(Fault.ModelPlanMismatch,
            FaultOf(() => SegmentationEngines.Create(ForeignModel.Read(Network(1, 0), plan), SegmentationEngineKind.Torch)));
        File.WriteAllText(_folder.File("text.onnx"), "no network");
        Assert.Equal(Fault.ModelFormatUnknown,
            FaultOf(() => SegmentationEngines.Create(ForeignModel.Read(_folder.File("text.onnx"), plan), SegmentationEngineKind.Auto)));
        Assert.Equal(Fault.ModelFormatUnknown, FaultOf(() => ForeignModel.Read(_folder.File("m.safetensors"), plan)));
        Assert.Equal(Fault.FileNotFound, FaultOf(() => ForeignModel.Read(_folder.File("absent.onnx"), plan)));
        Assert.Equal(Fault.FileNotFound, FaultOf(() => ForeignModel.Read(Network(1, 0), _folder.File("absent.json"))));
        Assert.Contains("-Plan", Assert.Throws<CoreException>(() => ModelFile.Read(Network(1, 0))).Remedy!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SPL")]
    [InlineData("RAS")]
    [InlineData("ILA")]
    public void The_way_to_the_networks_axes_and_back_changes_nothing(string axes)
    {
        float[] values = TestModels.Input(3, 4, 5);
        var order = new AxisOrder(axes);
        float[] there = order.ToNetwork(values, 3, 4, 5);
        Assert.Equal(values, order.FromNetwork(there, 3, 4, 5));
        Assert.Equal(axes == "SPL", values.SequenceEqual(there));
    }

    private static Fault FaultOf(Func<object> action) => Assert.Throws<CoreException>(action).Fault;

    private string PlanFile(string json) => _folder.File($"{Guid.NewGuid():N}.json", System.Text.Encoding.UTF8.GetBytes(json));

    /// <summary>Three channels: 0, -1, and gain times the voxel one step back along the first axis plus bias.</summary>
    private string Network(float gain, float bias, int? fixedSize = null)
    {
        var graph = new GraphBuilder("foreign");
        graph.Constant("w", [3, 1, 3, 1, 1], [0, 0, 0, 0, 0, 0, gain, 0, 0]);
        graph.Constant("b", [3], [0, -1, bias]);
        graph.Graph.Input.Add(GraphBuilder.Volume("image", 1));
        if (fixedSize is { } n) graph.Graph.Input[0].Type.TensorType.Shape.Dim[2] = new() { DimValue = n };
        graph.Node("Conv", "answer", ["image", "w", "b"], GraphBuilder.List("pads", [1, 0, 0, 1, 0, 0]));
        graph.Graph.Output.Add(GraphBuilder.Volume("answer", 3));
        var model = new ModelProto { IrVersion = 8, Graph = graph.Graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = 17 });
        return _folder.File("network.onnx", Google.Protobuf.MessageExtensions.ToByteArray(model));
    }
}
