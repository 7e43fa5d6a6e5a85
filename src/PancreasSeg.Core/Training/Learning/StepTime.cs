using System.Diagnostics;
using PancreasSeg.Network;
using PancreasSeg.Preprocess;

namespace PancreasSeg.Training;

/// <summary>How long a step takes on this machine, told by a few steps on a small volume.</summary>
internal static class StepTime
{
    /// <summary>Columns, rows and slices of that volume, at most: enough to keep the cores busy, and for libtorch to
    /// take the convolutions that it takes for larger ones (<see cref="MemoryOperations.UnrolledUpTo"/>). The deepest stage has two of
    /// each axis at least, as volumes in bfloat16 do.</summary>
    private static readonly int[] s_most = [96, 96, 32];

    /// <summary>Steps after the first, which loads what the others use.</summary>
    private const int Steps = 3;

    /// <summary>Columns, rows and slices of that volume.</summary>
    /// <param name="voxels">Of what a step will see.</param>
    /// <param name="divisors">Of the network.</param>
    public static int[] SizeOf(IReadOnlyList<int> voxels, IReadOnlyList<int> divisors) => [.. s_most.Zip(voxels, divisors)
        .Select(axis => Math.Max(Math.Min(axis.Second, 2 * axis.Third), Math.Min(axis.First, axis.Second) / axis.Third * axis.Third))];

    /// <summary>Seconds for each voxel of a step; they are in proportion.</summary>
    /// <param name="options">Network, device, number format and threads.</param>
    /// <param name="voxels">Columns, rows and slices of what a step will see.</param>
    /// <param name="cancellation">Looked at within steps.</param>
    /// <exception cref="CoreException">Those of the torch runtime.</exception>
    public static double PerVoxel(TrainingOptions options, IReadOnlyList<int> voxels, CancellationToken cancellation)
    {
        int[] size = SizeOf(voxels, options.Network.Divisors);
        VolumeGrid grid = VolumeGrid.Axial(size[0], size[1], size[2], new(1, 1, 1));
        var classes = new byte[grid.VoxelCount];
        classes.AsSpan(classes.Length / 2, classes.Length / 20).Fill(1);
        var item = new PreparedCase("warm-up", new NetworkInput(grid, new float[grid.VoxelCount]), classes);
        using var network = new LearningNetwork(options);
        network.Step(item, 0, 0, cancellation);
        double[] seconds = [.. Enumerable.Range(1, Steps).Select(step =>
        {
            long start = Stopwatch.GetTimestamp();
            network.Step(item, step, 0, cancellation);
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        })];
        return seconds.Order().ElementAt(Steps / 2) / grid.VoxelCount;
    }
}
