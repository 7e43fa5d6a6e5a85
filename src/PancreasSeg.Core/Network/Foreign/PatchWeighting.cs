namespace PancreasSeg.Network;

/// <summary>What the voxels of a patch count where patches overlap.</summary>
public enum PatchWeighting
{
    /// <summary>Those in the middle most, by a Gaussian of an eighth of the patch as standard deviation.</summary>
    Gaussian,

    /// <summary>All the same.</summary>
    Constant,
}
