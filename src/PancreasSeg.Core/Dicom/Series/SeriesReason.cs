namespace PancreasSeg.Dicom;

/// <summary>Why a series can, or cannot, be imported as a CT volume.</summary>
public enum SeriesReason
{
    /// <summary>A regular CT stack.</summary>
    Usable,

    /// <summary>A projection for planning the scan (scout, topogram, surview).</summary>
    Localizer,

    /// <summary>Another modality, or an object that is no CT image.</summary>
    NotCt,

    /// <summary>Screen captures, dose pages and other pictures without CT geometry.</summary>
    SecondaryCapture,

    /// <summary>Fewer than two slices.</summary>
    TooFewSlices,

    /// <summary>A file of the series is damaged or cut.</summary>
    Damaged,

    /// <summary>The samples are not monochrome 8- or 16-bit values of one convention.</summary>
    PixelFormatNotSupported,

    /// <summary>Position, orientation or pixel spacing is missing or impossible.</summary>
    GeometryInvalid,

    /// <summary>Patients, frames of reference, matrices, pixel spacings or orientations differ.</summary>
    MixedSeries,

    /// <summary>Different images at one position.</summary>
    DuplicatePositions,

    /// <summary>A slice is missing inside the stack.</summary>
    SliceMissing,

    /// <summary>The slices are not evenly spaced.</summary>
    IrregularSpacing,

    /// <summary>The slices are not stacked along their normal: gantry tilt or shear.</summary>
    Sheared,

    /// <summary>Stored values cannot be turned into Hounsfield units.</summary>
    RescaleInvalid,

    /// <summary>More voxels than allowed.</summary>
    TooLarge,

    /// <summary>The pixel encoding is not one this version reads.</summary>
    TransferSyntaxNotSupported,

    /// <summary>Maximum intensity projections (MIP); read only when chosen by its UID.</summary>
    MaximumProjection,

    /// <summary>Minimum intensity projections (MinIP); read only when chosen by its UID.</summary>
    MinimumProjection,

    /// <summary>Averages over several slices; read only when chosen by its UID.</summary>
    AverageProjection,

    /// <summary>Calculated from several images (subtraction, iodine, perfusion); read only when chosen by its UID.</summary>
    CalculatedMap,
}
