using PancreasSeg.Network;
using PancreasSeg.Network.Foreign;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

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
        float[] expected = [.. Plain(weights, model.Architecture, tensor(patch, [1, 1, 8, 16, 16]), activationFirst).data<float>()];
        Assert.All(logits.Zip(expected), pair => Assert.Equal(pair.Second, pair.First, 2e-5));
        Assert.True(expected.Max() - expected.Min() > 0.5);
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

    internal static Tensor Plain(Dictionary<string, Tensor> w, UNetArchitecture net, Tensor x, bool activationFirst)
    {
        Tensor Unit(Tensor input, string p, int[] stride, bool activate = true)
        {
            Tensor k = w[p + ".conv.weight"];
            Tensor y = conv3d(input, k, w.GetValueOrDefault(p + ".conv.bias"), [.. stride], [.. k.shape[2..].Select(n => (n - 1) / 2)]);
            if (activate && activationFirst) y = leaky_relu(y, 0.01);
            y = instance_norm(y, weight: w[p + ".norm.weight"], bias: w[p + ".norm.bias"], use_input_stats: true);
            return activate && !activationFirst ? leaky_relu(y, 0.01) : y;
        }
        Tensor Stack(Tensor input, string p, int[] stride)
        {
            for (int i = 0; w.ContainsKey($"{p}.convs.{i}.conv.weight"); i++)
                input = Unit(input, $"{p}.convs.{i}", i == 0 ? stride : [1, 1, 1]);
            return input;
        }
        var skips = new List<Tensor>();
        if (net.IsResidual) x = Stack(x, "encoder.stem", [1, 1, 1]);
        for (int s = 0; s < net.Stages; s++)
        {
            if (!net.IsResidual) x = Stack(x, $"encoder.stages.{s}.0", net.Strides[s]);
            for (int i = 0; w.ContainsKey($"encoder.stages.{s}.blocks.{i}.conv1.conv.weight"); i++)
            {
                string b = $"encoder.stages.{s}.blocks.{i}";
                int[] stride = i == 0 ? net.Strides[s] : [1, 1, 1];
                Tensor skip = stride.Any(n => n > 1) ? avg_pool3d(x, [.. stride], [.. stride]) : x;
                string p = stride.Any(n => n > 1) ? b + ".skip.1" : b + ".skip.0";
                if (w.ContainsKey(p + ".conv.weight")) skip = Unit(skip, p, [1, 1, 1], activate: false);
                x = leaky_relu(Unit(Unit(x, b + ".conv1", stride), b + ".conv2", [1, 1, 1], activate: false) + skip, 0.01);
            }
            skips.Add(x);
        }
        for (int s = 0; s < net.Stages - 1; s++)
        {
            x = conv_transpose3d(x, w[$"decoder.transpconvs.{s}.weight"], w[$"decoder.transpconvs.{s}.bias"],
                [.. net.Strides[net.Stages - 1 - s]]);
            x = Stack(cat([x, skips[net.Stages - 2 - s]], 1), $"decoder.stages.{s}", [1, 1, 1]);
        }
        int last = net.Stages - 2;
        return conv3d(x, w[$"decoder.seg_layers.{last}.weight"], w[$"decoder.seg_layers.{last}.bias"]);
    }
}
