using PancreasSeg.Inference;
using PancreasSeg.Network;

namespace PancreasSeg.Segmentation;

/// <summary>The way from a CT to a mask on its grid, for one kind of model. What is before it (the gate) and after it (measurements,
/// status) is the same for all.</summary>
internal interface ICaseSegmenter : IDisposable
{
    /// <summary>The model.</summary>
    PancreasModel Model { get; }

    /// <summary>What computes.</summary>
    EngineInfo Engine { get; }

    /// <summary>Refuses options that mean nothing to this kind of model.</summary>
    /// <exception cref="CoreException"><see cref="Fault.SettingInvalid"/>.</exception>
    void Check(SegmentationOptions options);

    /// <summary>Segments one CT.</summary>
    /// <param name="ct">The CT.</param>
    /// <param name="options">Threshold and the like, checked.</param>
    /// <param name="held">Bytes that the caller holds beside this case.</param>
    /// <param name="progress">Told as the work goes on.</param>
    /// <param name="cancellation">Looked at between slices and between blocks of the network.</param>
    CaseAnswer Run(CtVolume ct, SegmentationOptions options, long held, IProgress<ProgressStep>? progress, CancellationToken cancellation);
}
