namespace PancreasSeg;

/// <summary>What went wrong. The names are the module's stable error ids: scripts match on them, so none is ever renamed.</summary>
public enum Fault
{
    /// <summary>A named file or folder does not exist.</summary>
    FileNotFound,

    /// <summary>A file could not be read: access, sharing or device.</summary>
    FileReadFailed,

    /// <summary>A file could not be written: access, space or device. Nothing half-written is left.</summary>
    FileWriteFailed,

    /// <summary>The output exists and may not be replaced.</summary>
    NoClobber,

    /// <summary>An output would replace one of its own inputs; no switch allows that.</summary>
    OutputIsInput,

    /// <summary>Dimensions or affine of a volume are impossible.</summary>
    GridInvalid,

    /// <summary>Two volumes that must lie on one grid do not.</summary>
    GridMismatch,

    /// <summary>More voxels than allowed.</summary>
    VolumeTooLarge,

    /// <summary>A file is damaged or not what it says it is (DICOM).</summary>
    DicomFileInvalid,

    /// <summary>No usable CT series.</summary>
    DicomSeriesEmpty,

    /// <summary>Slices that do not belong together in one series: patients, frames of reference, matrices, kernels, orientations.</summary>
    DicomSeriesMixed,

    /// <summary>Several usable series: the caller must choose.</summary>
    DicomSeriesAmbiguous,

    /// <summary>Usable series of several patients: rules choose within one.</summary>
    DicomPatientsMixed,

    /// <summary>Usable series of several examinations: rules choose within one.</summary>
    DicomStudiesMixed,

    /// <summary>The pixel encoding is not one this version reads.</summary>
    DicomTransferSyntaxNotSupported,

    /// <summary>The samples are not monochrome values of 8 or 16 bits.</summary>
    DicomPixelFormatNotSupported,

    /// <summary>Missing or impossible position, orientation or pixel spacing.</summary>
    DicomGeometryInvalid,

    /// <summary>Stored values cannot be turned into Hounsfield units.</summary>
    DicomRescaleInvalid,

    /// <summary>Two slices at one position.</summary>
    SliceDuplicated,

    /// <summary>A slice is missing inside the series.</summary>
    SliceMissing,

    /// <summary>Slices are not evenly spaced.</summary>
    SliceSpacingIrregular,

    /// <summary>The slices are not stacked along their normal: gantry tilt or shear.</summary>
    SliceStackSheared,

    /// <summary>A DICOM source has no frame of reference, so that nothing can be laid over it.</summary>
    FrameOfReferenceMissing,

    /// <summary>A DICOM object belongs to another frame of reference than the CT.</summary>
    FrameOfReferenceDiffers,

    /// <summary>The CT series found is not the one that was segmented.</summary>
    SourceSeriesDiffers,

    /// <summary>A mask does not lie on the slices of its CT series: the series was tilted or regularized, or is another one.</summary>
    SourceGridDiffers,

    /// <summary>Segments of a DICOM segmentation share voxels, which one label map cannot say.</summary>
    SegmentsOverlap,

    /// <summary>A contour of a structure set lies between the slices of the CT.</summary>
    ContourBetweenSlices,

    /// <summary>Not a NIfTI-1 file, or its header is impossible.</summary>
    NiftiHeaderInvalid,

    /// <summary>A value does not fit: e.g. a label above 255 or one that is not a whole number.</summary>
    NiftiDataInvalid,

    /// <summary>The label is absent from the label volume.</summary>
    LabelMissing,

    /// <summary>Not a model file of this module, or damaged.</summary>
    ModelFormatUnknown,

    /// <summary>The model's weights and its description disagree.</summary>
    ModelPlanMismatch,

    /// <summary>A model of another program of a kind that this version does not run.</summary>
    ModelNotSupported,

    /// <summary>A native library is absent.</summary>
    NativeRuntimeMissing,

    /// <summary>A native library is present but cannot be loaded on this system.</summary>
    NativeRuntimeIncompatible,

    /// <summary>The requested device is not on this machine.</summary>
    DeviceNotAvailable,

    /// <summary>A case takes more memory than allowed, in whatever way it is run.</summary>
    MemoryLimitTooSmall,

    /// <summary>A setting lies outside what is allowed, or does not go with another.</summary>
    SettingInvalid,

    /// <summary>The training set cannot be used.</summary>
    TrainingDataInvalid,

    /// <summary>The loss is no longer a number.</summary>
    TrainingDiverged,

    /// <summary>The run folder holds a training, or files of another origin.</summary>
    TrainingRunExists,

    /// <summary>The training to go on with has other settings or cases.</summary>
    TrainingRunMismatch,

    /// <summary>The trainings whose weights are to be averaged did not begin with one model.</summary>
    RunsNotRelated,

    /// <summary>The model states no figures for other thresholds.</summary>
    OperatingPointMissing,

    /// <summary>The files changed while they were read.</summary>
    InputChanged,

    /// <summary>Not a batch's journal, or damaged.</summary>
    BatchJournalInvalid,

    /// <summary>Another process works on this part of the studies.</summary>
    ShardInUse,

    /// <summary>The server cannot be reached, breaks off or is busy, after all tries.</summary>
    ServerUnreachable,

    /// <summary>The server takes neither user name and password nor token, or does not allow what was asked.</summary>
    CredentialRefused,

    /// <summary>The server's certificate is neither that of a trusted authority for this name nor the one that was named.</summary>
    CertificateUntrusted,

    /// <summary>The server does not do what it is asked: no DICOMweb at this address, or none of this kind.</summary>
    ServerRequestRefused,

    /// <summary>The server's answer is damaged, cut or not what the standard says.</summary>
    ServerAnswerInvalid,

    /// <summary>The server no longer has the series.</summary>
    SeriesGone,

    /// <summary>The server sent fewer instances than it says the series has; nothing was kept.</summary>
    SeriesIncomplete,

    /// <summary>The server refused to store an instance; the message says why.</summary>
    InstanceRefused,

    /// <summary>An instance was sent, but the server does not list it.</summary>
    InstanceUnproven,
}
