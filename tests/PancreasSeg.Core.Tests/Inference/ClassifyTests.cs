using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Inference;
using PancreasSeg.Network;

namespace PancreasSeg.Core.Tests.Inference;

[Collection(TorchTests.Name)]
public class ClassifyTests
{
    [Fact]
    public void The_class_is_that_of_the_highest_probability()
    {
        var spec = new NetworkSpec { Filters = 2, Stages = 3, Classes = 2 };
        PancreasModel model = TestModels.Model(spec);
        using var engine = new TorchEngine(model, new EngineOptions { Precision = Precision.Float32, ThreadCount = 1 });
        float[] input = TestModels.Input(4, 16, 24);
        float[] probabilities = engine.Run(input, 4, 16, 24);
        byte[] classes = engine.Classify(input, 4, 16, 24);
        Assert.Equal([0, 1], classes.Select(c => (int)c).Distinct().Order());
        for (int i = 0; i < classes.Length; i++)
            if (Math.Abs(probabilities[i] - 0.5) > 1e-4) Assert.Equal(probabilities[i] > 0.5 ? 1 : 0, classes[i]);
        Assert.Throws<ArgumentOutOfRangeException>(() => engine.Classify(input, 4, 16, 20));
    }
}
