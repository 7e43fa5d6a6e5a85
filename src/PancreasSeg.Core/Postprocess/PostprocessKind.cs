namespace PancreasSeg.Postprocess;

/// <summary>What can be done to a mask after the threshold. None of it takes a mask away wholly.</summary>
public enum PostprocessKind
{
    /// <summary>Keeps the largest part.</summary>
    LargestComponent,

    /// <summary>Keeps the largest part, and all of at least the given volume in mL.</summary>
    ComponentVolume,

    /// <summary>Fills what the mask encloses.</summary>
    FillHoles,

    /// <summary>Takes away what no voxel with its six neighbours fits into.</summary>
    Opening,

    /// <summary>Keeps the parts with a voxel above the given probability, where there is such a part.</summary>
    Hysteresis,
}
