namespace PancreasSeg.Inference;

/// <summary>Which program's steps go round the network of an nnU-Net model.</summary>
public enum NnUNetPreparation
{
    /// <summary>TotalSegmentator's for its own models of the tasks total, nnU-Net's for all others.</summary>
    Auto,

    /// <summary>nnU-Net's.</summary>
    NnUNet,

    /// <summary>TotalSegmentator's, which resamples CTs linearly since its version 2.16.</summary>
    TotalSegmentator,

    /// <summary>TotalSegmentator's, resampling with cubic splines as before its version 2.16.</summary>
    TotalSegmentatorCubic,
}
