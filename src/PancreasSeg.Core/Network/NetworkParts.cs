using static TorchSharp.torch;

namespace PancreasSeg.Network;

/// <summary>In what one attention U-Net differs from another.</summary>
internal sealed record NetworkParts
{
    /// <summary>Voxels or pixels along each axis that become one in the next stage.</summary>
    public required long[] Stride { get; init; }

    /// <summary>Makes the convolutions of one stage.</summary>
    public required Func<string, nn.Module<Tensor, Tensor>> Block { get; init; }

    /// <summary>Enlarges height and width by a whole factor.</summary>
    public required Func<Tensor, long, Tensor> Upsample { get; init; }

    /// <summary>True when the gates see the bottleneck through a 1x1 convolution of its own.</summary>
    public bool HasGatingConvolution { get; init; }
}
