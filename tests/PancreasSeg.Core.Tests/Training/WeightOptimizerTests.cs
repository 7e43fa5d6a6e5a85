using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Network;
using PancreasSeg.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;
using OptimizerOptions = PancreasSeg.Training.OptimizerOptions;

namespace PancreasSeg.Core.Tests.Training;

[Collection(TorchTests.Name)]
public sealed class WeightOptimizerTests
{
    private const int Values = 4099;

    [Theory]
    [InlineData(OptimizerKind.Adam, 0)]
    [InlineData(OptimizerKind.Adam, 0.01)]
    [InlineData(OptimizerKind.AdamW, 0.01)]
    [InlineData(OptimizerKind.Sgd, 0)]
    [InlineData(OptimizerKind.Sgd, 0.01)]
    public void Updates_are_those_of_libtorch(OptimizerKind kind, double decay)
    {
        var options = new OptimizerOptions { Kind = kind, WeightDecay = decay };
        using Parameter ours = Start(), theirs = Start();
        using var optimizer = new WeightOptimizer(new Dictionary<string, Parameter> { ["w"] = ours }, options);
        using optim.Optimizer oracle = kind switch
        {
            OptimizerKind.Adam => optim.Adam([theirs], 1, beta2: options.Beta2, weight_decay: decay),
            OptimizerKind.AdamW => optim.AdamW([theirs], 1, beta2: options.Beta2, weight_decay: decay),
            _ => optim.SGD([theirs], 1, options.Momentum, weight_decay: decay, nesterov: true),
        };
        for (int step = 1; step <= 20; step++)
        {
            double rate = 0.01 / step;
            optimizer.ZeroGradients();
            Slope(ours);
            optimizer.Step(rate, step);
            oracle.zero_grad();
            Slope(theirs);
            foreach (var group in oracle.ParamGroups) group.LearningRate = rate;
            using Tensor? none = oracle.step();
        }
        Assert.Equal(theirs.data<float>().ToArray(), ours.data<float>().ToArray());
    }

    [Fact]
    public async Task A_collection_in_the_midst_of_an_update_changes_nothing()
    {
        const int Steps = 1000;
        float[] alone = Trained(Steps);
        using var ends = new CancellationTokenSource();
        Task collector = Task.Run(() =>
        {
            while (!ends.IsCancellationRequested)
            {
                GC.Collect(0);
                GC.WaitForPendingFinalizers();
            }
        }, CancellationToken.None);
        float[] pressed = Trained(Steps);
        await ends.CancelAsync();
        await collector;
        Assert.Equal(alone, pressed);
    }

    private static float[] Trained(int steps)
    {
        using Parameter weight = Start();
        using var optimizer = new WeightOptimizer(
            new Dictionary<string, Parameter> { ["w"] = weight }, new OptimizerOptions { Kind = OptimizerKind.AdamW, WeightDecay = 0.01 });
        for (int step = 1; step <= steps; step++)
        {
            optimizer.ZeroGradients();
            Slope(weight);
            optimizer.Step(0.01 / Math.Sqrt(step), step);
        }
        return weight.data<float>().ToArray();
    }

    private static Parameter Start() => new(tensor([.. Enumerable.Range(0, Values).Select(i => (float)Math.Sin(i))]));

    /// <summary>Gives the gradient of the weighted Dice loss of weights that are logits of alternating classes.</summary>
    private static void Slope(Parameter weight)
    {
        using var scope = NewDisposeScope();
        Tensor logits = stack([weight.view(1, 1, 1, Values), weight.view(1, 1, 1, Values).flip(3)], 1);
        Tensor labels = tensor([.. Enumerable.Range(0, Values).Select(i => (long)(i % 2))]).view(1, 1, 1, Values);
        Losses.WeightedDice(logits, labels, 1, 7).backward();
    }
}
