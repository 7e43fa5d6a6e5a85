using PancreasSeg.Network;
using PancreasSeg.Preprocess;

namespace PancreasSeg.Core.Tests.Network;

public sealed class PoolingRuleTests
{
    // Columns, rows, slices. The first two are the plans that nnU-Net makes for the pancreas and the liver of the Decathlon.
    [Theory]
    [InlineData(0.8, 2.5, 224, 224, 40, "2x2x1 2x2x2 2x2x2 2x2x2 2x2x1")]
    [InlineData(0.77, 1, 128, 128, 128, "2x2x2 2x2x2 2x2x2 2x2x2 2x2x2")]
    [InlineData(0.8, 2, 256, 176, 68, "2x2x1 2x2x2 2x2x2 2x2x2 2x2x2")]        // columns of 8 alone are not pooled
    [InlineData(0.8, 5, 128, 128, 16, "2x2x1 2x2x1 2x2x2 2x2x2 2x2x1")]
    [InlineData(3, 3, 64, 56, 40, "2x2x2 2x2x2 2x2x2")]
    [InlineData(1, 1, 4, 4, 4, "2x2x1")]
    [InlineData(1, 1, 4, 8, 4, "2x2x1")]
    [InlineData(1, 1, 4, 12, 4, "1x2x1")]
    public void Axes_are_halved_while_they_keep_four_voxels_and_are_not_much_coarser(
        double pixel, double slice, int columns, int rows, int slices, string expected) =>
        Assert.Equal(expected, Text(PoolingRule.Strides([pixel, pixel, slice], [columns, rows, slices], 6)));

    [Fact]
    public void Poolings_are_limited_and_of_unknown_volumes_four()
    {
        Assert.Equal("2x2x1 2x2x2", Text(PoolingRule.Strides([0.8, 0.8, 2.5], [224, 224, 40], 2)));
        Assert.Equal("2x2x1 2x2x2 2x2x2 2x2x2", Text(PoolingRule.Strides([0.8, 0.8, 2.5], null, 6)));
        Assert.Equal("2x2x1 2x2x1 2x2x2 2x2x2", Text(PoolingRule.Strides([0.8, 0.8, 5], null, 6)));
    }

    [Fact]
    public void A_preparation_gives_a_network_its_strides()
    {
        var spec = new NetworkSpec { Kind = NetworkKind.ResidualUNet };
        Assert.Equal("2x2x1 2x2x2 2x2x2 2x2x2", Strides(spec.FittedTo(new PreprocessPlan { Spacing = [0.8, 0.8, 2.5] })));
        Assert.Equal("2x2x2 2x2x2 2x2x1",
            Strides(spec.FittedTo(new PreprocessPlan { Spacing = [5, 5, 5], BoxSize = [240, 200, 100] })));
        Assert.Equal("2x2x2 2x2x2", Strides((spec with { Stages = 3 }).FittedTo(new PreprocessPlan { Size = [32, 32, 16] })));
        // A size that is given is not filled up: 176 is halved four times, 37 slices never.
        Assert.Equal("2x2x1 2x2x1 2x2x1 2x2x1", Strides(spec.FittedTo(new PreprocessPlan { Size = [176, 160, 37] })));
        Assert.Equal("2x2x1", Strides(spec.FittedTo(new PreprocessPlan { Spacing = [1, 1, 1] }, patch: [8, 8, 4])));
        Assert.Equal("2x2x2", Strides((spec with { Stages = 2 }).FittedTo(new PreprocessPlan { Size = [160, 160, 160] })));
        Assert.Contains("of 2 stages at most, and it states 5", Assert.Throws<CoreException>(
            () => (spec with { Stages = 5 }).FittedTo(new PreprocessPlan { Spacing = [1, 1, 1] }, [8, 8, 4])).Message,
            StringComparison.Ordinal);
        Assert.Contains("a patch or volume of columns, rows and slices, and (96, 96) are 2 numbers", Assert.Throws<CoreException>(
            () => spec.FittedTo(new PreprocessPlan { Spacing = [1, 1, 1] }, [96, 96])).Message, StringComparison.Ordinal);
        Assert.Contains("a voxel size of columns, rows and slices, and (1, 0.5) are 2 numbers", Assert.Throws<CoreException>(
            () => spec.FittedTo(new PreprocessPlan { Spacing = [1, 0.5] })).Message, StringComparison.Ordinal);
        NetworkSpec given = spec with { Strides = [[2, 2, 1]] };
        Assert.Same(given, given.FittedTo(new PreprocessPlan { Spacing = [1, 1, 1] }));
        var other = new NetworkSpec();
        Assert.Same(other, other.FittedTo(new PreprocessPlan { Spacing = [1, 1, 1] }));
    }

    private static string Strides(NetworkSpec spec)
    {
        spec.Validate();
        return Text(spec.Strides!);
    }

    private static string Text(IReadOnlyList<IReadOnlyList<int>> strides) => string.Join(' ', strides.Select(s => string.Join('x', s)));
}
