namespace PancreasSeg.Training;

/// <summary>Over what validation figures are taken; they choose the best epoch and lower the learning rate.</summary>
public enum ValidationAverage
{
    /// <summary>The mean over cases: each patient counts alike.</summary>
    Case,

    /// <summary>All voxels of all cases together, as the original project did: large glands count more.</summary>
    Voxel,
}
