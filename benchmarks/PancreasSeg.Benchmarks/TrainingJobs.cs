using PancreasSeg.Network;
using PancreasSeg.Preprocess;
using PancreasSeg.TestSupport;
using PancreasSeg.Training;
using static TorchSharp.torch;

namespace PancreasSeg.Benchmarks;

/// <summary>One step of training at full size: forward, loss of the output and of every head, backward, update.</summary>
internal static class TrainingJobs
{
    private static readonly TrainingOptions s_options = new();

    public static Action Fast(int size)
    {
        var network = new LearningNetwork(s_options);
        PreparedCase item = Case(size);
        long step = 0;
        return () => network.Step(item, step++, s_options.LearningRate, CancellationToken.None);
    }

    /// <summary>The network module by module in contiguous float32, with torch's own optimiser.</summary>
    public static Action Plain(int size)
    {
        TorchRuntime.Start(ComputeDevice.Cpu, Precision.Float32, null);
        NetworkSpec spec = s_options.Network;
        var network = new PlainAttentionUNet(spec, InitialWeights.Draw(spec, 1), isTrainable: true);
        PreparedCase item = Case(size);
        var optimizer = optim.Adam(network.Parameters, s_options.LearningRate);
        return () =>
        {
            using var scope = NewDisposeScope();
            Tensor labels = tensor(item.Classes.ToArray(), [1, size, size, size]).to(ScalarType.Int64);
            (Tensor output, Tensor[] heads) = network.Logits(VolumeTensor.From(item.Input.Values, size, size, size));
            Tensor loss = Loss(output);
            foreach ((Tensor head, double weight) in heads.Zip(s_options.Loss.HeadWeightsOf(spec).Reverse()))
                loss = loss + weight * Loss(head);
            optimizer.zero_grad();
            loss.backward();
            optimizer.step();

            Tensor Loss(Tensor logits) =>
                Losses.Of(s_options.Loss.Kind, logits, labels, spec.PancreasChannel, s_options.ForegroundWeight, s_options.ClassWeights());
        };
    }

    private static PreparedCase Case(int size)
    {
        var random = new Random(1);
        float[] values = [.. Enumerable.Range(0, size * size * size).Select(_ => random.NextSingle() * 2 - 1)];
        VolumeGrid grid = VolumeGrid.Axial(size, size, size, new(1, 1, 1));
        return new PreparedCase("noise", new NetworkInput(grid, values), values.Select(v => v > 0.9 ? (byte)1 : (byte)0).ToArray());
    }
}
