namespace PancreasSeg.Network.Foreign;

/// <summary>In which order of axes an nnU-Net model saw its training images.</summary>
internal enum NnUNetReader
{
    /// <summary>As they are stored, whatever their orientation.</summary>
    Stored,

    /// <summary>Reordered without interpolation so that axes run to the right, to the front and to the head.</summary>
    Canonical,
}
