namespace PancreasSeg.Inference;

/// <summary>A network ready to run. Takes and gives plain floats, so that everything around it works without native libraries.</summary>
public interface ISegmentationEngine : IDisposable
{
    /// <summary>What computes.</summary>
    EngineInfo Info { get; }

    /// <summary>Settles how volumes of one size are run within the engine's memory limit; <see cref="Run"/> and <see cref="Classify"/> keep to it.</summary>
    /// <param name="depth">D, slices.</param>
    /// <param name="height">H, rows.</param>
    /// <param name="width">W, columns.</param>
    /// <param name="held">Bytes that the caller holds beside the engine: the CT, say.</param>
    /// <exception cref="CoreException"><see cref="Fault.MemoryLimitTooSmall"/>.</exception>
    ExecutionPlan Plan(int depth, int height, int width, long held = 0) => new(Info, null);

    /// <summary>Probabilities of the pancreas for one volume.</summary>
    /// <param name="input">D x H x W values in [-1, 1], W fastest.</param>
    /// <param name="depth">D, slices.</param>
    /// <param name="height">H, rows; a multiple of 16.</param>
    /// <param name="width">W, columns; a multiple of 16.</param>
    /// <param name="progress">Told after each block of the network.</param>
    /// <param name="cancellation">Looked at between blocks of the network.</param>
    /// <returns>D x H x W probabilities in [0, 1], W fastest.</returns>
    float[] Run(ReadOnlyMemory<float> input, int depth, int height, int width, IProgress<ProgressStep>? progress = null, CancellationToken cancellation = default);

    /// <summary>The most probable class of each voxel, for networks that tell more than pancreas and background apart.</summary>
    /// <returns>D x H x W channels, W fastest; empty where the engine does not tell.</returns>
    byte[] Classify(ReadOnlyMemory<float> input, int depth, int height, int width, CancellationToken cancellation = default) => [];
}
