using PancreasSeg.Network;
using PancreasSeg.Training;

namespace PancreasSeg.Core.Tests.Training;

public sealed class StepTimeTests
{
    [Theory]
    [InlineData(new[] { 160, 160, 80 }, new[] { 16, 16, 1 }, new[] { 96, 96, 32 })]
    [InlineData(new[] { 80, 64, 20 }, new[] { 16, 16, 1 }, new[] { 80, 64, 20 })]
    [InlineData(new[] { 120, 72, 40 }, new[] { 24, 24, 5 }, new[] { 96, 72, 30 })]
    // Two of each axis in the deepest stage: with one, a step computes in another number format than the training.
    [InlineData(new[] { 256, 192, 96 }, new[] { 64, 32, 32 }, new[] { 128, 96, 64 })]
    // Not more than the training itself sees.
    [InlineData(new[] { 64, 64, 32 }, new[] { 64, 32, 32 }, new[] { 64, 64, 32 })]
    public void Steps_are_timed_on_few_voxels_that_the_network_takes_as_those_of_the_training(int[] voxels, int[] divisors, int[] size) =>
        Assert.Equal(size, StepTime.SizeOf(voxels, divisors));

    [Theory]
    [InlineData(NetworkKind.AttentionUNet)]
    [InlineData(NetworkKind.ResidualUNet)]
    public void Either_network_is_timed(NetworkKind kind)
    {
        NetworkSpec spec = new NetworkSpec { Kind = kind, Filters = 2 }.FittedTo(new() { Size = [32, 32, 16] });
        Assert.InRange(
            StepTime.PerVoxel(new TrainingOptions { Network = spec, ThreadCount = 1 }, [32, 32, 16], CancellationToken.None), 1e-12, 1);
    }
}
