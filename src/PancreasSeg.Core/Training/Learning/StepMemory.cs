using PancreasSeg.Network;

namespace PancreasSeg.Training;

/// <summary>Memory of a training at its peak, counted from the network's sizes. Volumes so small that libtorch computes float32
/// convolutions by its own code (<see cref="MemoryOperations.UnrolledUpTo"/>) take more than is counted, up to about 2 GB.</summary>
internal static class StepMemory
{
    /// <summary>A process of .NET with libtorch, and what its first pass brings in.</summary>
    private const long Process = 300_000_000;

    /// <summary>Freed memory that is kept does not fit every size that is asked for.</summary>
    private const double KeptFactor = 1.85;

    /// <summary>Copies of each weight: itself, its gradient, what an optimiser remembers of both, and their average.</summary>
    private const int WeightCopies = 5;

    /// <summary>Bytes of a training of one volume a step.</summary>
    /// <param name="spec">The network.</param>
    /// <param name="voxels">Columns, rows and slices of what a step sees.</param>
    /// <param name="half">True in bfloat16.</param>
    /// <param name="keepsFreed">Whether freed memory stays with the process, see <see cref="LearningNetwork.KeepsFreed"/>.</param>
    public static long Of(NetworkSpec spec, IReadOnlyList<int> voxels, bool half, bool keepsFreed) =>
        Process + WeightCopies * sizeof(float) * spec.ParameterCount
            + (long)((keepsFreed ? KeptFactor : 1) * StepOperations.Peak(spec, voxels[2], voxels[1], voxels[0], half));
}
