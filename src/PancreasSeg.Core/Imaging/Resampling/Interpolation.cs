namespace PancreasSeg;

/// <summary>How values between voxel centres are found.</summary>
public enum Interpolation
{
    /// <summary>Linear between the centres, with a widened filter along axes that shrink.</summary>
    Linear,

    /// <summary>The value of the nearest voxel, chosen as TensorFlow 2 chooses it: the same axis by axis, nothing filtered.</summary>
    Nearest,

    /// <summary>Linear between the centres, nothing filtered; beyond the border its value goes on. MONAI resamples so.</summary>
    Point,
}
