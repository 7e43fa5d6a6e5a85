namespace PancreasSeg.Preprocess;

/// <summary>What becomes -1 and +1 of the network's input. Values are clipped to the HU window first.</summary>
public enum Normalization
{
    /// <summary>The ends of the HU window: the same tissue has the same value in every volume.</summary>
    Window,

    /// <summary>
    /// The smallest and the largest value of each volume after resampling. The same whatever slope above 0 and intercept turned
    /// stored values into HU, but one voxel of metal moves all tissue. A volume of one value becomes -1.
    /// </summary>
    MinMax,
}
