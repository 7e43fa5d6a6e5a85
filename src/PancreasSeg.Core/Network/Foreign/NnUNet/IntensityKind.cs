namespace PancreasSeg.Network.Foreign;

/// <summary>What nnU-Net does to the values of a channel before it resamples them.</summary>
internal enum IntensityKind
{
    /// <summary>Clipped to two percentiles of the training set, minus its mean, divided by its standard deviation.</summary>
    Ct,

    /// <summary>Minus their own mean, divided by their own standard deviation.</summary>
    ZScore,

    /// <summary>Minus their minimum, divided by what is then their maximum.</summary>
    UnitRange,

    /// <summary>As they are.</summary>
    None,
}
