using PancreasSeg.Inference.Foreign;
using PancreasSeg.Network.Foreign;

namespace PancreasSeg.Core.Tests.Inference.Foreign;

public class PatchPredictionTests
{
    private static readonly int[] s_patch = [4, 6, 5];

    /// <summary>Answers each voxel by a formula of its value and its place in the patch.</summary>
    private sealed class Formula(Func<float, int, float[]> answer) : IPatchNetwork
    {
        public int Channels => answer(0, 0).Length;

        public int Calls { get; private set; }

        public void Run(ReadOnlyMemory<float> patch, Span<float> logits, CancellationToken cancellation)
        {
            Calls++;
            for (int i = 0; i < patch.Length; i++)
            {
                float[] channels = answer(patch.Span[i], i);
                for (int c = 0; c < channels.Length; c++) logits[c * patch.Length + i] = channels[c];
            }
        }

        public void Dispose() { }
    }

    [Fact]
    public void Answers_are_weighted_and_added_up_in_float16()
    {
        int[] size = [7, 9, 5];
        VoxelArray<float> image = ArrayResamplerTests.Noise(size);
        var network = new Formula((value, place) => [3 * value + 0.01f * place, -value]);
        LogitMap made = new PatchPrediction(network, s_patch, 0.5, []).Run(image, null, default);

        // Voxel by voxel in Half, as section by section of the papers' code.
        float[] weights = PatchGrid.Weights(s_patch);
        foreach (int channel in (int[])[0, 1])
        {
            var sum = new Half[image.Values.Length];
            var count = new Half[image.Values.Length];
            foreach (int[] start in PatchGrid.Starts(size, s_patch, 0.5))
            {
                for (int i = 0; i < weights.Length; i++)
                {
                    int at = ((start[0] + i / 30) * 9 + start[1] + i / 5 % 6) * 5 + start[2] + i % 5;
                    float logit = channel == 0 ? 3 * image.Values[at] + 0.01f * i : -image.Values[at], weighted = logit * weights[i];
                    sum[at] = (Half)((float)sum[at] + weighted);
                    count[at] = (Half)((float)count[at] + weights[i]);
                }
            }
            Assert.Equal(sum.Zip(count, (s, c) => (Half)((float)s / (float)c)), made.Channels[channel]);
        }
        Assert.Equal(3 * 2 * 1, network.Calls);
    }

    [Fact]
    public void A_small_image_lies_in_the_middle_of_zeros()
    {
        VoxelArray<float> image = new([.. Enumerable.Repeat(1f, 3 * 2 * 5)], [3, 2, 5]);
        var seen = new float[120];
        var network = new Formula((value, place) =>
        {
            seen[place] = value;
            return [value];
        });
        LogitMap made = new PatchPrediction(network, s_patch, 0.5, []).Run(image, null, default);
        Assert.Equal([3, 2, 5], made.Shape);
        Assert.All(made.Channels[0], v => Assert.Equal(1, (float)v));
        Assert.All(Enumerable.Range(0, 120), i => Assert.Equal(i / 30 < 3 && i / 5 % 6 is 2 or 3 ? 1 : 0,
            seen[i])); // 0 before and 1 behind, 2 and 2
    }

    [Theory]
    [InlineData(new int[0], 1)]
    [InlineData(new[] { 0 }, 2)]
    [InlineData(new[] { 1, 2 }, 4)]
    [InlineData(new[] { 0, 1, 2 }, 8)]
    public void Mirror_images_are_averaged_after_mirroring_back(int[] axes, int calls)
    {
        // What a voxel's place contributes is averaged over the places to which mirroring brings it.
        VoxelArray<float> image = ArrayResamplerTests.Noise(s_patch);
        var network = new Formula((value, place) => [value + 0.01f * place]);
        LogitMap made = new PatchPrediction(network, s_patch, 0.5, axes).Run(image, null, default);
        Assert.Equal(calls, network.Calls);
        float[] weights = PatchGrid.Weights(s_patch);
        int compared = 0;
        for (int i = 0; i < 120; i++)
        {
            if (weights[i] < 0.05f) continue;                                    // float16 holds too few digits of these
            compared++;
            double[] place = [i / 30, i / 5 % 6, i % 5];
            foreach (int axis in axes) place[axis] = (s_patch[axis] - 1) / 2.0;
            Assert.Equal(image.Values[i] + 0.3 * place[0] + 0.05 * place[1] + 0.01 * place[2], (double)made.Channels[0][i], 0.003);
        }
        Assert.InRange(compared, 20, 120);
    }

    [Fact]
    public void An_answer_that_is_not_finite_is_an_error()
    {
        var network = new Formula((value, place) => [place == 7 ? float.PositiveInfinity : value]);
        CoreException error = Assert.Throws<CoreException>(() => new PatchPrediction(network, s_patch, 0.5, [])
            .Run(ArrayResamplerTests.Noise(s_patch), null, default));
        Assert.Equal(Fault.ModelPlanMismatch, error.Fault);
    }

    [Fact]
    public void Folds_are_averaged_in_float16()
    {
        Half[] a = [(Half)1.001f, (Half)2f, (Half)(-3.3f)], b = [(Half)0.0004f, (Half)2.5f, (Half)1.1f],
            c = [(Half)7f, (Half)0.1f, (Half)0.1f];
        Half[] expected = [.. Enumerable.Range(0, 3)
            .Select(i => (Half)((float)(Half)((float)(Half)((float)a[i] + (float)b[i]) + (float)c[i]) / 3))];
        Assert.Equal(expected, LogitMap.Mean([new([a], [1, 1, 3]), new([b], [1, 1, 3]), new([c], [1, 1, 3])], default).Channels[0]);
    }
}
