using PancreasSeg.Network;

namespace PancreasSeg.Training;

/// <summary>Memory of a training at its peak, counted from the network's sizes.</summary>
internal static class StepMemory
{
    /// <summary>A process of .NET with libtorch, and what its first pass brings in.</summary>
    private const long Process = 300_000_000;

    /// <summary>Freed memory that is kept does not fit every size that is asked for; that of a ResidualUNet, of whose maps few are large,
    /// fits more often.</summary>
    private const double KeptFactor = 1.85, KeptFactorOfResidual = 1.6;

    /// <summary>Copies of each weight: itself, its gradient, what an optimiser remembers of both, and their average; after an epoch those
    /// four that are written, the best model and the one before; and what of the epoch before is not collected yet.</summary>
    private const int WeightCopies = 5, CopiesBeside = 4 + 2 + 3;

    /// <summary>Bytes of a training of one volume a step.</summary>
    /// <param name="spec">The network.</param>
    /// <param name="voxels">Columns, rows and slices of what a step sees.</param>
    /// <param name="half">True in bfloat16.</param>
    /// <param name="keepsFreed">Whether freed memory stays with the process, see <see cref="LearningNetwork.KeepsFreed"/>.</param>
    /// <param name="onGpu">True for the memory of a GPU, which holds nothing of what is written, nor of the processor's convolutions.
    /// </param>
    public static long Of(NetworkSpec spec, IReadOnlyList<int> voxels, bool half, bool keepsFreed, bool onGpu = false) =>
        Process + (onGpu ? WeightCopies : WeightCopies + CopiesBeside) * sizeof(float) * spec.ParameterCount
            + (long)(Kept(spec, keepsFreed) * StepOperations.Peak(spec, voxels[2], voxels[1], voxels[0], half))
            + (onGpu ? 0 : MemoryOperations.Unrolled(spec, voxels[2], voxels[1], voxels[0], half));

    private static double Kept(NetworkSpec spec, bool keepsFreed) =>
        !keepsFreed ? 1 : spec.MixesHeads ? KeptFactor : KeptFactorOfResidual;
}
