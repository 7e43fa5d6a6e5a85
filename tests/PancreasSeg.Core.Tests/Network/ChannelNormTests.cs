using PancreasSeg.Network;
using static TorchSharp.torch;

namespace PancreasSeg.Core.Tests.Network;

/// <summary>Instance normalisation against sums in float64, whatever the order in memory.</summary>
[Collection(TorchTests.Name)]
public class ChannelNormTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 1)]
    [InlineData(8, 2)]
    [InlineData(25, 2)]
    [InlineData(64, 3)]
    public void Every_channel_gets_zero_mean_and_unit_variance_then_weight_and_bias(int channels, int threads)
    {
        TorchRuntime.Start(ComputeDevice.Cpu, Precision.Float32, threads);
        using var scope = NewDisposeScope();
        using var noGradients = inference_mode(true);
        Tensor values = randn([1, channels, 5, 7, 9], dtype: ScalarType.Float64) * 3 + 200, weight = rand([channels]) + 0.5f,
            bias = randn([channels]);
        long[] space = [2, 3, 4];
        Tensor stored = values.to(ScalarType.Float32).to(ScalarType.Float64), centred = stored - stored.mean(space, keepdim: true);
        Tensor exact = centred / ((centred * centred).mean(space, keepdim: true) + 1e-5).sqrt() * weight.view(1, -1, 1, 1, 1)
            + bias.view(1, -1, 1, 1, 1);
        Tensor plain = stored.to(ScalarType.Float32), reordered = plain.ChannelsLast(),
            turned = plain.transpose(2, 4).contiguous().transpose(2, 4);
        foreach (Tensor x in (Tensor[])[plain, reordered, turned])
        {
            long[] strides = x.stride();
            Tensor y = ChannelNorm.Of(x, weight, bias);
            Assert.InRange((y - exact).abs().max().item<double>(), 0, 1e-4);
            if (!ReferenceEquals(x, turned)) Assert.Equal(strides, y.stride());
        }
    }

    [Fact]
    public void The_number_of_threads_changes_no_bit()
    {
        float[][] answers = [.. ((int[])[1, 2, 5]).Select(threads =>
        {
            TorchRuntime.Start(ComputeDevice.Cpu, Precision.Float32, threads);
            using var scope = NewDisposeScope();
            using var noGradients = inference_mode(true);
            Tensor x = arange(1 * 24 * 10 * 20 * 20, dtype: ScalarType.Float32).sin().view(1, 24, 10, 20, 20).ChannelsLast();
            return ChannelNorm.Of(x, ones([24]), zeros([24])).contiguous().data<float>().ToArray();
        })];
        Assert.All(answers, answer => Assert.Equal(answers[0], answer));
    }
}
