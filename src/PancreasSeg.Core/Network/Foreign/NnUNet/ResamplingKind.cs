namespace PancreasSeg.Network.Foreign;

/// <summary>How nnU-Net brings an array to another number of voxels.</summary>
internal enum ResamplingKind
{
    /// <summary>Splines in float64, each axis by itself; nearest along an axis much coarser than the others.</summary>
    Spline,

    /// <summary>torch's trilinear interpolation in float32.</summary>
    Linear,

    /// <summary>Not at all.</summary>
    None,
}
