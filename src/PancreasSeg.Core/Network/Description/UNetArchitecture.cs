namespace PancreasSeg.Network;

/// <summary>Sizes of a U-Net as nnU-Net builds them. Lists are by stage, finest first; kernels and strides are in the order of the
/// network's axes.</summary>
internal sealed record UNetArchitecture
{
    /// <summary>True for residual blocks in the encoder (ResidualEncoderUNet), false for plain convolutions (PlainConvUNet).</summary>
    public required bool IsResidual { get; init; }

    /// <summary>Channels.</summary>
    public required int[] Features { get; init; }

    /// <summary>Channels of the residual encoder's first convolution.</summary>
    public required int StemFeatures { get; init; }

    /// <summary>Kernel sizes.</summary>
    public required int[][] Kernels { get; init; }

    /// <summary>Strides of each stage's first convolution.</summary>
    public required int[][] Strides { get; init; }

    /// <summary>Convolutions, or residual blocks, of each encoder stage.</summary>
    public required int[] EncoderUnits { get; init; }

    /// <summary>Convolutions of each decoder stage, deepest first.</summary>
    public required int[] DecoderUnits { get; init; }

    /// <summary>Whether convolutions have a bias.</summary>
    public bool HasBias { get; init; } = true;

    /// <summary>Whether a unit's activation comes before its normalisation.</summary>
    public bool ActivationFirst { get; init; }

    /// <summary>Slope of the activation below 0.</summary>
    public double Slope { get; init; } = 0.01;

    /// <summary>True for batch instead of instance normalisation: the weights say so, not the plan.</summary>
    public bool HasBatchNorm { get; init; }

    /// <summary>Number of stages.</summary>
    public int Stages => Features.Length;

    /// <summary>This architecture with what only the weights tell: whether the normalisation is by batch.</summary>
    /// <param name="weights">Names of the weights.</param>
    public UNetArchitecture Refined(IEnumerable<string> weights) =>
        this with { HasBatchNorm = weights.Any(name => name.EndsWith(".norm.running_mean", StringComparison.Ordinal)) };

    /// <summary>True for weights that a checkpoint holds for training alone: the heads of the coarser stages, and counts.</summary>
    public bool IsForTraining(string name) =>
        name.EndsWith(".num_batches_tracked", StringComparison.Ordinal) ||
        Enumerable.Range(0, Stages - 2).Any(s => name == $"decoder.seg_layers.{s}.weight" || name == $"decoder.seg_layers.{s}.bias");
}
