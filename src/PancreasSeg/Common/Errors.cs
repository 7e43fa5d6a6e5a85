using System.Management.Automation;

namespace PancreasSeg.Common;

/// <summary>The one place where failures become PowerShell errors: stable id, category, target and what to do.</summary>
internal static class Errors
{
    /// <summary>
    /// False for exceptions by which PowerShell itself ends a pipeline, and for those of commands further down that get what a cmdlet
    /// writes; both must pass.
    /// </summary>
    public static bool IsFailure(Exception e) => e is not (RuntimeException or FlowControlException);

    /// <summary>The error for an exception out of Core.</summary>
    /// <param name="e">An expected failure has its own id; anything else is <c>UnexpectedError</c>.</param>
    /// <param name="target">The path or object worked on, where the exception does not say.</param>
    public static ErrorRecord Record(Exception e, object? target = null) => e switch
    {
        CoreException known => Record(known, known.Fault.ToString(), Category(known.Fault), known.Target ?? target, known.Remedy),
        OutOfMemoryException => Record(e, "OutOfMemory", ErrorCategory.ResourceUnavailable, target,
            "Work on fewer cases at once, resample to fewer voxels, or use a machine with more memory."),
        _ => Record(e, "UnexpectedError", ErrorCategory.NotSpecified, target,
            "This is a defect of the module. Report it with the text of: $Error[0].Exception.ToString()"),
    };

    /// <summary>What failed and what to do.</summary>
    public static string InWords(ErrorRecord error) => $"{error.ErrorDetails.Message} {error.ErrorDetails.RecommendedAction}".TrimEnd();

    /// <summary>The error for a path that no file or folder has.</summary>
    public static ErrorRecord NotFound(string path, Exception? cause = null) =>
        Record(
            new CoreException(
                Fault.FileNotFound, $"'{path}' does not exist.", path, "Check the path; use -LiteralPath when it contains [ or ].", cause));

    /// <summary>The error for a path of the registry, of variables or another store that holds no files.</summary>
    public static ErrorRecord NotFileSystem(string path) =>
        Record(
            new ArgumentException($"'{path}' is not a path of the file system."), "PathNotFileSystem", ErrorCategory.InvalidArgument, path,
            "Give a path on a disk.");

    /// <summary>The error for parameters that contradict each other.</summary>
    public static ErrorRecord Conflict(string text) =>
        Record(new ArgumentException(text), "ParameterConflict", ErrorCategory.InvalidArgument, null, "Leave one of them out.");

    /// <summary>Category of a fault. Every fault has one; a test holds this to it.</summary>
    public static ErrorCategory Category(Fault fault) => fault switch
    {
        Fault.FileNotFound or Fault.LabelMissing or Fault.SeriesGone => ErrorCategory.ObjectNotFound,
        Fault.FileReadFailed => ErrorCategory.ReadError,
        Fault.FileWriteFailed => ErrorCategory.WriteError,
        Fault.NoClobber or Fault.TrainingRunExists => ErrorCategory.ResourceExists,
        Fault.GridMismatch or Fault.DicomSeriesAmbiguous or Fault.DicomPatientsMixed or Fault.DicomStudiesMixed
            or Fault.TrainingRunMismatch or Fault.OperatingPointMissing
            or Fault.RunsNotRelated
            or Fault.SettingInvalid or Fault.OutputIsInput or Fault.FrameOfReferenceDiffers or Fault.SourceSeriesDiffers
            or Fault.SourceGridDiffers => ErrorCategory.InvalidArgument,
        Fault.VolumeTooLarge or Fault.MemoryLimitTooSmall => ErrorCategory.LimitsExceeded,
        Fault.GridInvalid or Fault.DicomFileInvalid or Fault.DicomSeriesEmpty or Fault.DicomSeriesMixed or Fault.DicomGeometryInvalid
            or Fault.DicomRescaleInvalid or Fault.SliceDuplicated or Fault.SliceMissing or Fault.SliceSpacingIrregular
            or Fault.SliceStackSheared
            or Fault.FrameOfReferenceMissing or Fault.SegmentsOverlap or Fault.ContourBetweenSlices
            or Fault.NiftiHeaderInvalid or Fault.NiftiDataInvalid or Fault.ModelFormatUnknown or Fault.ModelPlanMismatch
            or Fault.TrainingDataInvalid or Fault.BatchJournalInvalid or Fault.ServerAnswerInvalid or Fault.SeriesIncomplete
            => ErrorCategory.InvalidData,
        Fault.DicomTransferSyntaxNotSupported or Fault.DicomPixelFormatNotSupported or Fault.ModelNotSupported
            => ErrorCategory.NotImplemented,
        Fault.NativeRuntimeMissing => ErrorCategory.NotInstalled,
        Fault.NativeRuntimeIncompatible => ErrorCategory.ResourceUnavailable,
        Fault.DeviceNotAvailable => ErrorCategory.DeviceError,
        Fault.TrainingDiverged or Fault.InstanceUnproven => ErrorCategory.InvalidResult,
        Fault.ServerUnreachable => ErrorCategory.ConnectionError,
        Fault.CredentialRefused => ErrorCategory.AuthenticationError,
        Fault.CertificateUntrusted => ErrorCategory.SecurityError,
        Fault.ServerRequestRefused or Fault.InstanceRefused => ErrorCategory.PermissionDenied,
        Fault.InputChanged or Fault.ShardInUse => ErrorCategory.ResourceBusy,
        _ => ErrorCategory.NotSpecified,
    };

    private static ErrorRecord Record(Exception e, string id, ErrorCategory category, object? target, string? remedy) =>
        new(e, id, category, target) { ErrorDetails = new ErrorDetails(e.Message) { RecommendedAction = remedy ?? "" } };
}
