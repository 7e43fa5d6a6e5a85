using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Network;
using PancreasSeg.Preprocess;
using PancreasSeg.Training;
using static TorchSharp.torch;

namespace PancreasSeg.Core.Tests.Training;

[Collection(TorchTests.Name)]
public sealed class DeepSupervisionTests
{
    private static readonly TrainingOptions s_tiny = new()
    {
        Network = new NetworkSpec { Filters = 2, Stages = 3 },
        Plan = new PreprocessPlan { Size = [32, 32, 4] },
        Precision = Precision.Float32,
        ThreadCount = 1,
    };

    /// <summary>Networks of two guiding heads, the weights given, and those that count.</summary>
    public static TheoryData<NetworkSpec, double[]?, double, double> Weights()
    {
        var residual = new NetworkSpec
        {
            Kind = NetworkKind.ResidualUNet,
            Filters = 2,
            Strides = [[2, 2, 1], [2, 2, 2], [2, 1, 1], [1, 2, 1]],
        };
        var data = new TheoryData<NetworkSpec, double[]?, double, double>();
        foreach (NetworkSpec network in (NetworkSpec[])[s_tiny.Network, residual])
        {
            foreach ((double finest, double coarsest) in ((double, double)[])[(1, 0), (0, 1), (0.7, 0.1)])
                data.Add(network, [finest, coarsest], finest, coarsest);
        }
        data.Add(s_tiny.Network, null, 0.4, 0.2);
        data.Add(residual, null, 0.5, 0.25);
        return data;
    }

    [Theory]
    [MemberData(nameof(Weights))]
    public void The_loss_of_each_stages_head_counts_with_its_own_weight_finest_first(
        NetworkSpec spec, double[]? given, double finest, double coarsest)
    {
        TrainingOptions options = s_tiny with { Network = spec, Loss = new LossOptions { HeadWeights = given } };
        PreparedCase item = Case();
        using var network = new LearningNetwork(options);
        double loss = network.Step(item, 0, 0.001, default).Loss;

        using var scope = NewDisposeScope();
        using SegmentationNetwork twin =
            new SegmentationNetwork(options.Network, ParameterSources.Trainable(InitialWeights.Draw(options.Network, options.Seed), CPU));
        Tensor input = VolumeTensor.From(item.Input.Values, item.Depth, item.Height, item.Width);
        Tensor labels = tensor(item.Classes.ToArray().Select(c => (long)c).ToArray(), [1, item.Depth, item.Height, item.Width]);
        double output = Loss(twin.Logits(input, wanted: [false, false]).Output);
        double fine = Loss(twin.Logits(input, wanted: [true, false]).Heads.Single()),
            coarse = Loss(twin.Logits(input, wanted: [false, true]).Heads.Single());
        Assert.True(Math.Abs(fine - coarse) > 0.002, $"{fine} {coarse}");
        Assert.Equal(output + finest * fine + coarsest * coarse, loss, 1e-4);

        double Loss(Tensor logits) => Losses.Of(options.Loss.Kind, logits, labels, 1, options.ForegroundWeight).item<float>();
    }

    private static PreparedCase Case()
    {
        var random = new Random(5);
        VolumeGrid grid = VolumeGrid.Axial(32, 32, 4, new(2, 2, 5));
        var classes = new byte[grid.VoxelCount];
        var values = new float[grid.VoxelCount];
        for (int i = 0; i < classes.Length; i++)
        {
            (int x, int y) = (i % 32 - 12, i / 32 % 32 - 16);
            classes[i] = x * x + y * y < 36 ? (byte)1 : (byte)0;
            values[i] = 0.5f * classes[i] + 0.3f * random.NextSingle();
        }
        return new PreparedCase("disc", new NetworkInput(grid, values), classes);
    }
}
