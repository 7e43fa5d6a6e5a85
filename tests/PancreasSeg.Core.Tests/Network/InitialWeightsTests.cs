using PancreasSeg.Network;
using static TorchSharp.torch;

namespace PancreasSeg.Core.Tests.Network;

[Collection(TorchTests.Name)]
public sealed class InitialWeightsTests
{
    private static readonly NetworkSpec s_organs =
        new() { Filters = 2, Stages = 3, Classes = 4, PancreasChannel = 2, Norm = NetworkNorm.Instance };
    private static readonly string[] s_names = ["background", "liver", "pancreas", "bowel"];

    public InitialWeightsTests() => TorchRuntime.Start(ComputeDevice.Cpu, Precision.Float32, 1);

    [Fact]
    public void The_same_classes_take_over_every_weight()
    {
        PancreasModel model = Organs(TestModels.Weights(s_organs));
        Assert.Equal(model.Weights.Sha256(), InitialWeights.From(model, s_organs, s_names, 5).Sha256());
    }

    [Fact]
    public void Heads_and_output_of_the_classes_that_stay_answer_as_before()
    {
        PancreasModel model = Organs(Without(TestModels.Weights(s_organs), 1, 3));
        var spec = new NetworkSpec { Filters = 2, Stages = 3, Norm = NetworkNorm.Instance };
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        Tensor x = randn([1, 1, 4, 16, 16]);
        (Tensor before, Tensor[] headsBefore) = new PlainAttentionUNet(s_organs, model.Weights).Logits(x);
        (Tensor after, Tensor[] headsAfter) = new PlainAttentionUNet(spec, InitialWeights.From(model, spec, PancreasModel.TwoClasses, 5))
            .Logits(x);
        foreach ((Tensor a, Tensor b) in headsBefore.Append(before).Zip(headsAfter.Append(after)))
            Assert.InRange((a.index_select(1, tensor([0L, 2])) - b).abs().max().item<float>(), 0, 1e-5f);
    }

    [Fact]
    public void New_classes_are_drawn()
    {
        PancreasModel model = Organs(TestModels.Weights(s_organs));
        NetworkSpec spec = s_organs with { Classes = 3, PancreasChannel = 1 };
        float[] drawn = InitialWeights.Draw(spec, 5).Find("head0.weight")!.Values,
            started = InitialWeights.From(model, spec, ["background", "pancreas", "spleen"], 5).Find("head0.weight")!.Values;
        float[] trained = model.Weights.Find("head0.weight")!.Values;
        Assert.Equal([.. trained[..2], .. trained[4..6], .. drawn[4..]], started);
    }

    private static PancreasModel Organs(ModelWeights weights)
    {
        PancreasModel model = TestModels.Model(s_organs, weights);
        return new PancreasModel(model.Header with { ClassNames = s_names }, weights);
    }

    /// <summary>The output no longer listens to some classes of the heads.</summary>
    private static ModelWeights Without(ModelWeights weights, params int[] classes) =>
        new([.. weights.Tensors.Select(t => t.Shape.Name != "output.weight" ? t
        : t with { Values = [.. t.Values.Select((value, i) => classes.Contains(i % s_organs.Classes) ? 0 : value)] })]);
}
