using PancreasSeg.Preprocess;

namespace PancreasSeg.Core.Tests.Preprocess;

/// <summary>The preparation of the original project against its description, computed plainly.</summary>
public class OriginalPlanTests
{
    private static readonly PreprocessPlan s_plan = PreprocessPlan.Original with { Size = [16, 32, 5] };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Input_is_the_nearest_voxels_between_minus_one_and_one_of_images_as_stored(bool headFirst)
    {
        // Rows from back to front: the original does not turn them.
        VolumeGrid grid = new(24, 20, 7, new(new(1, 0, 0), new(0, -1, 0), new(0, 0, headFirst ? -2.5 : 2.5), new(3, 40, 100)));
        CtVolume ct = Ct(grid, stored => (short)(stored - 1024));
        NetworkInput input = new Preprocessor(s_plan).Prepare(ct);

        int[] columns = NearestResampler.Indices(24, 16), rows = NearestResampler.Indices(20, 32), slices = NearestResampler.Indices(7, 5);
        var expected = new List<float>();
        for (int s = 0; s < 5; s++)
            for (int r = 0; r < 32; r++)
                for (int c = 0; c < 16; c++) expected.Add(ct.GetHu(columns[c], rows[r], headFirst ? 6 - slices[s] : slices[s]));
        (float low, float high) = (expected.Min(), expected.Max());
        Assert.Equal(expected.Select(v => (v - low) / (high - low) * 2 - 1), input.Values.ToArray(), (a, b) => Math.Abs(a - b) < 1e-6);
        Assert.Equal((-1, 1), (input.Values.ToArray().Min(), input.Values.ToArray().Max()));
    }

    [Fact]
    public void Stored_values_and_hu_give_the_same_input()
    {
        VolumeGrid grid = VolumeGrid.Axial(24, 20, 7, new(1, 1, 2.5));
        float[] Input(Func<int, float> rescale)
        {
            CtVolume stored = Ct(grid, value => (short)value);
            float[] values = [.. stored.Integers.ToArray().Select(v => rescale(v))];
            return new Preprocessor(s_plan).Prepare(new CtVolume(grid, values, new("ct"))).Values.ToArray();
        }
        float[] stored = Input(v => v);
        Assert.Equal(stored, Input(v => v - 1024));                            // an intercept: bit for bit
        Assert.Equal(stored, Input(v => 2 * v - 8192));                        // a slope that is a power of two: bit for bit
        Assert.Equal(stored, Input(v => 1.7f * v - 300), (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Fact]
    public void A_volume_of_one_value_is_minus_one()
    {
        VolumeGrid grid = VolumeGrid.Axial(24, 20, 7, new(1, 1, 2.5));
        NetworkInput input = new Preprocessor(s_plan).Prepare(new CtVolume(grid, new short[grid.VoxelCount], new("flat")));
        Assert.All(input.Values.ToArray(), v => Assert.Equal(-1, v));
    }

    [Fact]
    public void Min_max_works_with_linear_interpolation_too()
    {
        VolumeGrid grid = VolumeGrid.Axial(24, 20, 7, new(1, 1, 2.5));
        NetworkInput input = new Preprocessor(new PreprocessPlan { Size = [16, 16, 4], Normalization = Normalization.MinMax })
            .Prepare(Ct(grid, v => (short)(v - 500)));
        Assert.Equal((-1, 1), (input.Values.ToArray().Min(), input.Values.ToArray().Max()));
    }

    public static TheoryData<PreprocessPlan> Contradictions => new()
    {
        new PreprocessPlan { Spacing = [1, 1, 1], Interpolation = Interpolation.Nearest },
        new PreprocessPlan { Spacing = [1, 1, 1], Transpose = true },
        new PreprocessPlan { Size = [16, 32, 8], Transpose = true },
        new PreprocessPlan { Size = [16, 16, 8], Normalization = (Normalization)9 },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public void A_plan_that_contradicts_itself_is_refused(PreprocessPlan plan) =>
        Assert.Equal(Fault.ModelPlanMismatch, Assert.Throws<CoreException>(plan.Validate).Fault);

    private static CtVolume Ct(VolumeGrid grid, Func<int, short> hu)
    {
        var random = new Random(7);
        return new CtVolume(grid, [.. Enumerable.Range(0, grid.VoxelCount).Select(_ => hu(random.Next(0, 3000)))], new VolumeSource("ct"));
    }
}
