using PancreasSeg.Network;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace PancreasSeg.Core.Tests.Network;

/// <summary>bfloat16 against float32 from the same rounded numbers: what differs then is rounding of the result alone.</summary>
[Collection(TorchTests.Name)]
public class ConvolutionTests
{
    public static TheoryData<int, int, int> Channels
    {
        get
        {
            var data = new TheoryData<int, int, int>();
            foreach (int kernel in new[] { 1, 3 })
                foreach (
                    (int input, int output) in new[] { (1, 4), (1, 16), (2, 48), (8, 8), (8, 16), (15, 1), (16, 2), (16, 8), (16, 16),
                        (24, 32), (32, 16), (48, 48), (96, 32), (320, 64) })
                    data.Add(kernel, input, output);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Channels))]
    public void Bfloat16_computes_the_same_as_float32_at_any_channel_count(int kernel, int input, int output) =>
        AssertSame([output, input, kernel, kernel, kernel], input, ConvolutionWindow.Centred(3, kernel));

    [Theory]
    [InlineData(3, 4)]
    [InlineData(16, 8)]
    [InlineData(32, 16)]
    [InlineData(96, 48)]
    [InlineData(64, 160)]
    [InlineData(320, 32)]
    public void Bfloat16_computes_the_same_as_float32_when_upsampling(int input, int output) =>
        AssertSame([input, output, 1, 4, 4], input, new ConvolutionWindow([1, 4, 4], [1, 2, 2], [0, 1, 1]), transposed: true);

    [Theory]
    [InlineData(64, 32, false, true, true)]
    [InlineData(1, 16, false, true, true)]
    [InlineData(96, 32, false, false, true)]
    [InlineData(32, 160, true, false, true)]
    [InlineData(24, 32, false, false, false)]
    [InlineData(48, 48, false, false, false)]
    [InlineData(1, 16, true, false, false)]
    public void Own_networks_keep_to_powers_of_two(int input, int output, bool transposed, bool own, bool any)
    {
        Assert.Equal(own, BFloat16Support.Fits(input, output, transposed));
        Assert.Equal(any, BFloat16Support.Fits(input, output, transposed, anyBlocks: true));
    }

    [Fact]
    public void Pointwise_convolution_is_a_convolution()
    {
        using var scope = NewDisposeScope();
        Tensor x = Drawn([2, 5, 3, 4, 6]), weight = Drawn([7, 5, 1, 1, 1]), bias = Drawn([7]);
        Tensor expected = nn.functional.conv3d(x, weight, bias);
        Assert.True(Convolution.Pointwise(x, weight, bias).allclose(expected, 1e-4, 1e-5));
        Assert.True(Convolution.Pointwise(x.ChannelsLast(), weight, bias).allclose(expected, 1e-4, 1e-5));
    }

    private static void AssertSame(long[] shape, int input, ConvolutionWindow window, bool transposed = false)
    {
        using var scope = NewDisposeScope();
        Tensor x = Drawn([1, input, 3, 6, 10]).bfloat16();
        Tensor weight = (Drawn(shape) * Math.Sqrt(2.0 / shape[1..].Aggregate(1L, (a, b) => a * b))).bfloat16().to(ScalarType.Float32);
        (Tensor y, Tensor byInput, Tensor byWeight) = Computed(x.to(ScalarType.Float32));
        (Tensor halfY, Tensor halfByInput, Tensor halfByWeight) = Computed(x);
        AssertClose(y, halfY);
        AssertClose(byInput, halfByInput);
        AssertClose(byWeight, halfByWeight);

        (Tensor Y, Tensor ByInput, Tensor ByWeight) Computed(Tensor values)
        {
            Parameter parameter = new(weight.clone());
            // A first layer's input is not differentiated, one channel deeper in a network is.
            Tensor leaf = values.ChannelsLast().detach().requires_grad_(input > 1);
            Tensor result = Convolution.Of(leaf, parameter, null, window, transposed, anyBlocks: true);
            Assert.Equal(values.dtype, result.dtype);
            manual_seed(7);
            (result * randn(result.shape).bfloat16().to(values.dtype)).sum().backward();
            return (result.detach(), leaf.grad ?? zeros(1), parameter.grad!);
        }
    }

    private static void AssertClose(Tensor expected, Tensor actual)
    {
        double largest = expected.abs().max().item<float>();
        Assert.InRange((expected - actual.to(ScalarType.Float32)).abs().max().item<float>(), 0, 0.03 * largest + 1e-6);
    }

    private static Tensor Drawn(long[] shape)
    {
        manual_seed(11);
        return randn(shape);
    }
}
