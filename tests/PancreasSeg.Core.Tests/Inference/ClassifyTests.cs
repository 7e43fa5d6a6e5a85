using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Inference;
using PancreasSeg.Network;

namespace PancreasSeg.Core.Tests.Inference;

[Collection(TorchTests.Name)]
public class ClassifyTests
{
    private static readonly EngineOptions s_single = new() { Device = ComputeDevice.Cpu, Precision = Precision.Float32, ThreadCount = 1 };

    [Theory]
    [InlineData(SegmentationEngineKind.Torch)]
    [InlineData(SegmentationEngineKind.Onnx)]
    public void One_pass_tells_classes_and_the_same_probabilities_as_a_pass_without(SegmentationEngineKind kind)
    {
        // Each class but the background as the pancreas in turn: together their probabilities are those of all three.
        float[] input = TestModels.Input(4, 16, 24);
        var probabilities = new List<float[]>();
        byte[] classes = [];
        for (int pancreas = 1; pancreas < 3; pancreas++)
        {
            var spec = new NetworkSpec { Filters = 2, Stages = 3, Classes = 3, PancreasChannel = pancreas };
            using ISegmentationEngine engine = SegmentationEngines.Create(TestModels.Model(spec), kind, s_single);
            Prediction answer = engine.Run(input, engine.Settle(4, 16, 24), withClasses: true);
            Assert.Equal(engine.Run(input, 4, 16, 24), answer.Probabilities);
            probabilities.Add(answer.Probabilities);
            classes = answer.Classes!;
        }
        Assert.True(classes.Distinct().Count() > 1);
        for (int i = 0; i < classes.Length; i++)
        {
            float[] voxel = [1 - probabilities[0][i] - probabilities[1][i], probabilities[0][i], probabilities[1][i]];
            Assert.InRange(voxel.Max() - voxel[classes[i]], 0, 1e-6f);
        }
    }

    [Theory]
    [InlineData(SegmentationEngineKind.Torch)]
    [InlineData(SegmentationEngineKind.Onnx)]
    public void Of_classes_that_are_alike_the_first_one_is_told(SegmentationEngineKind kind)
    {
        // A head without weights: its biases alone are the answer, and the last two of three are equal.
        var spec = new NetworkSpec { Filters = 2, Stages = 2, Classes = 3 };
        var weights = new ModelWeights([.. TestModels.Weights(spec).Tensors.Select(t => t with
        {
            Values = t.Shape.Name == "output.bias" ? [-1, 2, 2] : new float[t.Values.Length],
        })]);
        using ISegmentationEngine engine = SegmentationEngines.Create(TestModels.Model(spec, weights), kind, s_single);
        Assert.All(engine.Classify(TestModels.Input(2, 16, 16), 2, 16, 16)!, told => Assert.Equal(1, told));
    }

    [Theory]
    [InlineData(SegmentationEngineKind.Torch)]
    [InlineData(SegmentationEngineKind.Onnx)]
    public void Two_classes_are_what_the_probabilities_say_already(SegmentationEngineKind kind)
    {
        using ISegmentationEngine engine = SegmentationEngines.Create(TestModels.Model(), kind, s_single);
        Assert.Null(engine.Classify(TestModels.Input(3, 16, 16), 3, 16, 16));
    }
}
