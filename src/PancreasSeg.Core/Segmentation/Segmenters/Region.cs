using PancreasSeg.Inference;
using PancreasSeg.Preprocess;

namespace PancreasSeg.Segmentation;

/// <summary>The part of a CT that the network sees, and how it is gone over.</summary>
/// <param name="Grid">What one pass sees.</param>
internal abstract record Region(VolumeGrid Grid)
{
    /// <summary>What all passes together see: the grid on which the CT is prepared.</summary>
    public virtual VolumeGrid Reach => Grid;

    /// <summary>Where a locator found it; null for the whole volume.</summary>
    public virtual PancreasLocation? Location => null;

    /// <summary>Parts of the mask below this fraction of the largest one are strays; 0 keeps all.</summary>
    public virtual double SmallestPart => 0;

    /// <summary>Runs the network over the region.</summary>
    /// <param name="engine">The network.</param>
    /// <param name="input">The CT on <see cref="Reach"/>.</param>
    /// <param name="execution">How one pass over <see cref="Grid"/> is run.</param>
    /// <param name="withClasses">True to be told the class of each voxel too.</param>
    /// <param name="progress">Told as the work goes on.</param>
    /// <param name="cancellation">Looked at between blocks of the network.</param>
    /// <returns>As many values as <paramref name="input"/> has.</returns>
    public abstract Prediction Run(ISegmentationEngine engine, NetworkInput input, Execution execution, bool withClasses,
        IProgress<ProgressStep>? progress, CancellationToken cancellation);
}
