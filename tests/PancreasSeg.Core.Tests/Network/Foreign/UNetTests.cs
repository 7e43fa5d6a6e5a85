using PancreasSeg.Network;
using PancreasSeg.Network.Foreign;
using static TorchSharp.torch;

namespace PancreasSeg.Core.Tests.Network.Foreign;

/// <summary>nnU-Net's networks against the same written once more, plainly, in torch's own memory order.</summary>
[Collection(TorchTests.Name)]
public sealed class UNetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void The_networks_compute_what_their_plain_form_does(bool isResidual, bool activationFirst)
    {
        var small = new SmallNnUNet();
        if (isResidual) small.Residual();
        small.Network["nonlin_first"] = activationFirst;
        NnUNetModel model = NnUNetModel.Read(small.Write(_folder.FullName));
        TorchTarget target = TorchRuntime.Start(ComputeDevice.Cpu, Precision.Float32, 1);
        float[] patch = TestModels.Input(8, 16, 16);
        using var network = new TorchPatchNetwork(model.Architecture, model.Folds[0].Weights, 3, [8, 16, 16], target);
        var logits = new float[3 * patch.Length];
        network.Run(patch, logits, default);

        using var scope = NewDisposeScope();
        var weights = model.Folds[0].Weights.Tensors.ToDictionary(w => w.Shape.Name,
            w => tensor(w.Values, [.. w.Shape.Shape.Select(n => (long)n)]));
        Tensor x = tensor(patch, [1, 1, 8, 16, 16]);
        float[] expected = [.. PlainUNet.Logits(weights, model.Architecture, x, activationFirst).data<float>()];
        Assert.All(logits.Zip(expected), pair => Assert.Equal(pair.Second, pair.First, 2e-5));
        Assert.True(expected.Max() - expected.Min() > 0.5);
    }

    // Rounding grows from layer to layer: single logits may lie apart by a tenth of their spread, not the whole answer.
    [Theory]
    [InlineData(false, 320)]
    [InlineData(true, 320)]
    [InlineData(false, 24)]
    public void In_bfloat16_the_answer_is_that_of_float32_but_for_its_rounding(bool isResidual, int deepest)
    {
        var small = new SmallNnUNet();
        if (isResidual) small.Residual();
        small.Network["features_per_stage"] = new System.Text.Json.Nodes.JsonArray(32, 64, deepest);
        NnUNetModel model = NnUNetModel.Read(small.Write(_folder.FullName));
        float[] patch = TestModels.Input(8, 16, 16);
        float[] Logits(Precision precision)
        {
            TorchTarget target = TorchRuntime.Start(ComputeDevice.Cpu, precision, 2);
            using var network = new TorchPatchNetwork(model.Architecture, model.Folds[0].Weights, 3, [8, 16, 16], target);
            var logits = new float[3 * patch.Length];
            network.Run(patch, logits, default);
            return logits;
        }
        float[] exact = Logits(Precision.Float32), half = Logits(Precision.BFloat16);
        double spread = exact.Max() - exact.Min(), mean = exact.Zip(half, (a, b) => Math.Abs(a - b)).Average();
        Assert.All(exact.Zip(half), pair => Assert.Equal(pair.First, pair.Second, 0.1 * spread));
        Assert.InRange(mean, 1e-6 * spread, 0.01 * spread);
    }

    [Fact]
    public void Batch_normalisation_is_told_by_the_weights()
    {
        var small = new SmallNnUNet();
        small.Tamper = weights =>
        {
            foreach ((string name, int[] shape, _) in weights.Where(w => w.Name.EndsWith("norm.weight", StringComparison.Ordinal)
                && !w.Name.StartsWith("decoder.encoder", StringComparison.Ordinal)).ToList())
            {
                string stem = name[..^"weight".Length];
                weights.Add((stem + "running_mean", shape, [.. Enumerable.Repeat(0.1f, shape[0])]));
                weights.Add((stem + "running_var", shape, [.. Enumerable.Repeat(4f, shape[0])]));
                weights.Add((stem + "num_batches_tracked", [1], [7]));
            }
        };
        NnUNetModel model = NnUNetModel.Read(small.Write(_folder.FullName));
        Assert.True(model.Architecture.HasBatchNorm);
        TorchTarget target = TorchRuntime.Start(ComputeDevice.Cpu, Precision.Float32, 1);
        using var network = new TorchPatchNetwork(model.Architecture, model.Folds[0].Weights, 3, [8, 16, 16], target);
        // Without statistics of the patch itself, what lies far away changes nothing.
        float[] one = TestModels.Input(8, 16, 16), other = [.. one];
        other[^1] = 1000;
        float[] first = new float[3 * one.Length], second = new float[3 * one.Length];
        network.Run(one, first, default);
        network.Run(other, second, default);
        Assert.Equal(first[0], second[0], 1e-4f);
        Assert.NotEqual(first[one.Length - 1], second[one.Length - 1], 1e-2f);
    }
}
