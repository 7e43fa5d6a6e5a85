using PancreasSeg.Preprocess;

namespace PancreasSeg.Core.Tests.Preprocess;

public class PreprocessorTests
{
    private static readonly PreprocessPlan s_plan = new() { Size = [32, 16, 8], WindowLow = -100, WindowHigh = 300 };

    [Theory]
    [InlineData(-1000, -1)]
    [InlineData(-100, -1)]
    [InlineData(0, -0.5)]
    [InlineData(100, 0)]
    [InlineData(300, 1)]
    [InlineData(3000, 1)]
    public void The_window_becomes_minus_one_to_one(short hu, float expected)
    {
        VolumeGrid grid = VolumeGrid.Axial(20, 20, 10, new(2, 2, 3));
        short[] values = new short[grid.VoxelCount];
        Array.Fill(values, hu);
        NetworkInput input = new Preprocessor(s_plan).Prepare(new CtVolume(grid, values, new("ct")));
        Assert.All(input.Values.ToArray(), v => Assert.Equal(expected, v, 5));
    }

    [Fact]
    public void A_flipped_and_transposed_volume_gives_the_same_input()
    {
        VolumeGrid grid = VolumeGrid.Axial(24, 18, 6, new(2, 2, 3), new(-7, 3, 40));
        short[] hu = [.. Enumerable.Range(0, grid.VoxelCount).Select(i => (short)(i * 7919 % 500 - 150))];

        // The same voxels stored slice-fastest from head to feet and from back to front.
        var other = new VolumeGrid(6, 18, 24, new(new(0, 0, -3), new(0, -2, 0), new(2, 0, 0), new(-7, 3 + 2 * 17, 40 + 3 * 5)));
        short[] stored = new short[hu.Length];
        for (int s = 0; s < 6; s++)
            for (int r = 0; r < 18; r++)
                for (int c = 0; c < 24; c++)
                    stored[other.IndexOf(5 - s, 17 - r, c)] = hu[grid.IndexOf(c, r, s)];

        NetworkInput expected = new Preprocessor(s_plan).Prepare(new CtVolume(grid, hu, new("a")));
        NetworkInput actual = new Preprocessor(s_plan).Prepare(new CtVolume(other, stored, new("b")));
        Assert.True(expected.Grid.Matches(actual.Grid, 1e-6));
        Assert.Equal(expected.Values.ToArray(), actual.Values.ToArray(), (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Fact]
    public void A_spacing_plan_pads_in_plane_to_multiples_of_16_with_air()
    {
        VolumeGrid grid = VolumeGrid.Axial(20, 33, 10, new(2, 2, 3));
        short[] values = new short[grid.VoxelCount];
        Array.Fill(values, (short)300);
        NetworkInput input = new Preprocessor(new PreprocessPlan { Spacing = [2, 2, 3] }).Prepare(new CtVolume(grid, values, new("ct")));

        Assert.Equal((32, 48, 10), (input.Grid.Columns, input.Grid.Rows, input.Grid.Slices));
        Assert.Equal(grid.VoxelCount, input.Values.ToArray().Count(v => v == 1));
        Assert.Equal(input.Grid.VoxelCount - grid.VoxelCount, input.Values.ToArray().Count(v => v == -1));
        Assert.Equal(1, input.Values.Span[input.Grid.IndexOf(6, 7, 0)]);
        Assert.Equal(-1, input.Values.Span[input.Grid.IndexOf(5, 7, 0)]);
    }

    public static TheoryData<PreprocessPlan> ContradictoryPlans => new()
    {
        new PreprocessPlan(),
        new PreprocessPlan { Size = [160, 160, 160], Spacing = [1, 1, 1] },
        new PreprocessPlan { Size = [150, 160, 160] },
        new PreprocessPlan { Size = [160, 160] },
        new PreprocessPlan { Spacing = [1, 0, 1] },
        new PreprocessPlan { Spacing = [1, 1, double.NaN] },
        new PreprocessPlan { Spacing = [1, 1, 1], WindowLow = 10, WindowHigh = 10 },
    };

    [Theory]
    [MemberData(nameof(ContradictoryPlans))]
    public void A_plan_that_contradicts_itself_is_refused(PreprocessPlan plan) =>
        Assert.Equal(Fault.ModelPlanMismatch, Assert.Throws<CoreException>(() => new Preprocessor(plan)).Fault);
}
