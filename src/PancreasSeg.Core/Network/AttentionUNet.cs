namespace PancreasSeg.Network;

/// <summary>
/// 3-D attention U-Net with residual blocks (He et al. 2016) and deep supervision: every head is a loss of its own in training.
/// Resolution is halved in-plane only: slices are thick already.
/// </summary>
internal sealed class AttentionUNet(NetworkSpec spec, ParameterSource weights) : SegmentationNetwork(nameof(AttentionUNet), spec, weights, new NetworkParts
{
    Stride = [1, 2, 2],
    Block = name => new ResidualBlock(weights, name, spec.Norm),
    Upsample = InPlane.Upsample,
});
