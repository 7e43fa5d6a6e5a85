namespace PancreasSeg.Network;

/// <summary>Normalisation after each 3x3x3 convolution.</summary>
public enum NetworkNorm
{
    /// <summary>None: one volume at a time gives batch statistics nothing to average, and HU are comparable without it.</summary>
    None,

    /// <summary>Each channel of each volume to zero mean and unit variance, then scaled and shifted by learned numbers.</summary>
    Instance,
}
