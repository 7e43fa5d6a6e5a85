using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Preprocess;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Core.Tests.Segmentation;

/// <summary>The way there and back of the original project's plan, with an engine that calls the brighter half pancreas.</summary>
public class OriginalPipelineTests
{
    // Head first, rows from back to front.
    private static readonly VolumeGrid s_grid = new(40, 40, 9, new(new(0.8, 0, 0), new(0, -0.8, 0), new(0, 0, -3), new(-10, 50, 200)));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_mask_is_the_nearest_voxel_of_the_nearest_voxel(bool transpose)
    {
        var random = new Random(2);
        short[] hu = [.. Enumerable.Range(0, s_grid.VoxelCount).Select(_ => (short)random.Next(-1000, 1001))];
        PreprocessPlan plan = PreprocessPlan.Original with { Size = [32, 32, 7], Transpose = transpose };
        using var pipeline = new SegmentationPipeline(BrightTissueModel.Create(0, plan), BrighterHalf(transpose));
        SegmentationResult result = pipeline.Run(new CtVolume(s_grid, hu, new("noise")));

        int[] down = NearestResampler.Indices(40, 32), up = NearestResampler.Indices(32, 40);
        int[] downSlice = NearestResampler.Indices(9, 7), upSlice = NearestResampler.Indices(7, 9);
        int[] SeenBy(int c, int r, int s) => [down[up[c]], down[up[r]], 8 - downSlice[upSlice[8 - s]]];
        var seen = new short[hu.Length];
        for (int s = 0; s < 9; s++)
            for (int r = 0; r < 40; r++)
                for (int c = 0; c < 40; c++)
                {
                    int[] from = SeenBy(c, r, s);
                    seen[s_grid.IndexOf(c, r, s)] = hu[s_grid.IndexOf(from[0], from[1], from[2])];
                }
        double middle = (seen.Min() + seen.Max()) / 2.0;
        Assert.Equal(seen.Select(v => v > middle ? (byte)1 : (byte)0), result.Mask!.Labels.ToArray());
        Assert.Equal(s_grid, result.Mask.Grid);
    }

    /// <summary>Above 0 is pancreas; as a network that was trained on transposed masks it exchanges rows and columns.</summary>
    private static FakeEngine BrighterHalf(bool transpose) => new((input, size) =>
    {
        var output = new float[input.Length];
        for (int s = 0; s < size.Depth; s++)
            for (int r = 0; r < size.Height; r++)
                for (int c = 0; c < size.Width; c++)
                {
                    int at = (s * size.Height + (transpose ? c : r)) * size.Width + (transpose ? r : c);
                    output[at] = input.Span[(s * size.Height + r) * size.Width + c] > 0 ? 1 : 0;
                }
        return output;
    });
}
