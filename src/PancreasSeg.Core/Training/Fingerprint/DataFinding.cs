namespace PancreasSeg.Training;

/// <summary>What is odd about a case of a training set.</summary>
public enum DataFinding
{
    /// <summary>No voxel has the label: training refuses the case.</summary>
    LabelEmpty,

    /// <summary>The label reaches an outer face of the volume: the gland may be cut off.</summary>
    LabelTouchesBorder,

    /// <summary>The mean HU under the label is not that of a pancreas: training refuses the case.</summary>
    LabelNotOverTissue,

    /// <summary>The label holds more than 600 mL, as no pancreas does, with a tumour neither: training refuses the case.</summary>
    VolumeImplausible,

    /// <summary>The label's volume is more than four times the median or less than a quarter of it.</summary>
    VolumeOutlier,

    /// <summary>A voxel is more than three times as long along some axis as the median, or shorter than a third of it.</summary>
    SpacingOutlier,

    /// <summary>Another case has the same CT: training refuses both.</summary>
    DuplicateCase,

    /// <summary>A case of another patient has a label of the same volume and box: two CTs of one patient, perhaps, who must not be on both
    /// sides of a split.</summary>
    SamePatientSuspected,
}
