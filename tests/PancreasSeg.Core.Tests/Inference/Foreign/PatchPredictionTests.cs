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
        LogitMap made = Predict([network], image);

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

    [Theory]
    [InlineData(47, 9, 5)]
    [InlineData(13, 5, 11)]
    [InlineData(2, 7, 5)]
    public void Slices_are_handed_over_as_soon_as_no_later_patch_reaches_them(int depth, int rows, int columns)
    {
        // Two folds whose answers hang on value and place; the oracle holds all of them and adds up patch by patch.
        VoxelArray<float> image = ArrayResamplerTests.Noise([depth, rows, columns]);
        Func<float, int, float[]>[] folds = [(v, i) => [3 * v + 0.01f * i, -v], (v, i) => [v * v, 0.02f * i - v]];
        int[] size = [Math.Max(depth, 4), Math.Max(rows, 6), columns];
        int[] margin = [(size[0] - depth) / 2, (size[1] - rows) / 2, 0];
        float[] padded = image.Placed(margin, size).Values, weights = PatchGrid.Weights(s_patch);
        var logits = folds.Select(answer =>
        {
            Half[][] sum = [new Half[padded.Length], new Half[padded.Length]];
            var count = new Half[padded.Length];
            foreach (int[] start in PatchGrid.Starts(size, s_patch, 0.5))
                for (int i = 0; i < weights.Length; i++)
                {
                    int at = ((start[0] + i / 30) * size[1] + start[1] + i / 5 % 6) * size[2] + start[2] + i % 5;
                    float[] values = answer(padded[at], i);
                    for (int c = 0; c < 2; c++) sum[c][at] = (Half)((float)sum[c][at] + values[c] * weights[i]);
                    count[at] = (Half)((float)count[at] + weights[i]);
                }
            return sum.Select(s => s.Zip(count, (a, b) => (Half)((float)a / (float)b)).ToArray()).ToArray();
        }).ToArray();
        var slabs = new List<LogitMap>();
        LogitMap made = Predict([.. folds.Select(f => new Formula(f))], image, slabs: slabs);
        Assert.Equal(image.Shape, made.Shape);
        for (int c = 0; c < 2; c++)
        {
            var mean = new VoxelArray<Half>(
                [.. logits[0][c].Zip(logits[1][c], (a, b) => (Half)((float)(Half)((float)a + (float)b) / 2))], size);
            Assert.Equal(mean.Cut(margin, image.Shape).Values, made.Channels[c]);
        }
        Assert.InRange(slabs.Max(slab => slab.Shape[0]), 1, 4);                  // never more than a patch's depth
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
        LogitMap made = Predict([network], image);
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
        LogitMap made = Predict([network], image, axes);
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
        CoreException error = Assert.Throws<CoreException>(() => Predict([network], ArrayResamplerTests.Noise(s_patch)));
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

    private static LogitMap Predict(IReadOnlyList<IPatchNetwork> networks, VoxelArray<float> image, int[]? mirror = null,
        List<LogitMap>? slabs = null)
    {
        slabs ??= [];
        new PatchPrediction(networks, s_patch, 0.5, mirror ?? []).Run(image, slabs.Add, null, default);
        return slabs.Joined();
    }
}
