namespace PancreasSeg.Network;

/// <summary>What becomes of HU, clipped to the window, before another project's network sees them.</summary>
public enum ForeignNormalization
{
    /// <summary>The ends of the window become 0 and 1.</summary>
    UnitRange,

    /// <summary>The ends of the window become -1 and 1.</summary>
    SymmetricRange,

    /// <summary>The plan's mean is taken off, then divided by its standard deviation.</summary>
    ZScore,
}
