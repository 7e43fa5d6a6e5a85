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

    [Theory]
    [InlineData(1, 1)]
    [InlineData(16, 1)]
    [InlineData(25, 2)]
    [InlineData(64, 3)]
    public void In_bfloat16_only_the_result_is_rounded(int channels, int threads)
    {
        TorchRuntime.Start(ComputeDevice.Cpu, Precision.BFloat16, threads);
        using var scope = NewDisposeScope();
        using var noGradients = inference_mode(true);
        Tensor values = (randn([1, channels, 5, 7, 9]) * 3 + 20).bfloat16(), weight = rand([channels]) + 0.5f, bias = randn([channels]);
        foreach (double slope in (double[])[1, 0.01, 0])
        {
            Tensor exact = nn.functional.leaky_relu(ChannelNorm.Of(values.to(ScalarType.Float32), weight, bias), slope).bfloat16();
            foreach (Tensor x in (Tensor[])[values.clone(), values.ChannelsLast()])
            {
                Tensor y = ChannelNorm.Of(x, weight, bias, slope);
                Assert.Equal(ScalarType.BFloat16, y.dtype);
                Tensor apart = (y.to(ScalarType.Float32) - exact.to(ScalarType.Float32)).abs();
                Assert.True(apart.le(exact.to(ScalarType.Float32).abs() / 128 + 1e-5).all().item<bool>());
                Assert.InRange(apart.gt(0).to(ScalarType.Float32).mean().item<float>(), 0, 0.02);
            }
        }
    }

    // A network whose answer is no number says so; it must not come out of the rounding as one.
    [Theory]
    [InlineData(Precision.BFloat16)]
    [InlineData(Precision.Float32)]
    public void What_is_no_number_stays_none(Precision precision)
    {
        TorchRuntime.Start(ComputeDevice.Cpu, precision, 1);
        using var scope = NewDisposeScope();
        using var noGradients = inference_mode(true);
        Tensor x = randn([1, 32, 2, 3, 4]), weight = ones([32]);
        x[0, 3, 1, 1, 1] = float.PositiveInfinity;
        weight[5] = BitConverter.UInt32BitsToSingle(0x7FFFFFFF);
        x = x.to(precision == Precision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32).ChannelsLast();
        Tensor isNumber = ChannelNorm.Of(x, weight, zeros([32]), 0.01).isfinite().flatten(2);
        Assert.Equal(30 * 24, isNumber.sum().item<long>());
        Assert.False(isNumber[0, 3].any().item<bool>() || isNumber[0, 5].any().item<bool>());
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
