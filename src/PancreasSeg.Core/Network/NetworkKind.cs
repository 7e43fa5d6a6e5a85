namespace PancreasSeg.Network;

/// <summary>Which network the weights belong to.</summary>
public enum NetworkKind
{
    /// <summary>3-D attention U-Net with residual blocks and deep supervision.</summary>
    AttentionUNet,

    /// <summary>The network of the original project: a 2-D attention U-Net that sees one slice at a time.</summary>
    SliceUNet,

    /// <summary>3-D U-Net with a residual encoder as nnU-Net builds it: slices are pooled too, instance normalisation.</summary>
    ResidualUNet,
}
