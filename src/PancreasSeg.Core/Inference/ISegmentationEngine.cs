namespace PancreasSeg.Inference;

/// <summary>
/// A network ready to run. Takes and gives plain floats, so that everything around it works without native libraries. How a volume is
/// run is the caller's to pass on, not the engine's to remember: callers do not disturb one another.
/// </summary>
public interface ISegmentationEngine : IDisposable
{
    /// <summary>What computes. Like <see cref="Settle"/> it needs no weights and holds after they are freed.</summary>
    EngineInfo Info { get; }

    /// <summary>Settles how volumes of one size are run within the engine's memory limit.</summary>
    /// <param name="depth">D, slices; a multiple of the network's <see cref="Network.NetworkSpec.Divisors"/>, as are rows and
    /// columns.</param>
    /// <param name="height">H, rows.</param>
    /// <param name="width">W, columns.</param>
    /// <param name="held">Bytes that the caller holds beside the engine: the CT, say.</param>
    /// <exception cref="CoreException"><see cref="Fault.MemoryLimitTooSmall"/>; <see cref="Fault.ModelPlanMismatch"/> for fewer voxels than
    /// the network can normalise.</exception>
    Execution Settle(int depth, int height, int width, long held = 0) => new(Info, depth, height, width);

    /// <summary>One pass of the network over a volume.</summary>
    /// <param name="input">D x H x W values in [-1, 1], W fastest.</param>
    /// <param name="execution">How it is run, out of <see cref="Settle"/> of this engine.</param>
    /// <param name="withClasses">True to be told the class of each voxel too.</param>
    /// <param name="progress">Told after each block of the network.</param>
    /// <param name="cancellation">Looked at between blocks of the network.</param>
    Prediction Run(ReadOnlyMemory<float> input, Execution execution, bool withClasses = false,
        IProgress<ProgressStep>? progress = null, CancellationToken cancellation = default);
}
