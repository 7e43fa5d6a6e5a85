using System.Management.Automation;
using PancreasSeg.Dicom;
using PancreasSeg.Import;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Common;

/// <summary>Volumes where a parameter takes several kinds: objects of the module, or paths.</summary>
internal static class VolumeArgument
{
    /// <summary>The object inside PowerShell's wrapper; of a segmentation result its mask.</summary>
    public static object? Unwrap(object? value)
    {
        object? inner = value is PSObject wrapped ? wrapped.BaseObject : value;
        return inner is SegmentationResult result ? result.Mask : inner;
    }

    /// <summary>The mask that was given, or the one in the file that was named: NIfTI, or a DICOM segmentation.</summary>
    public static Func<CancellationToken, LabelVolume> Labels(PSCmdlet cmdlet, object value) => Unwrap(value) switch
    {
        LabelVolume labels => _ => labels,
        null =>
            throw new CoreException(Fault.LabelMissing, "The segmentation result has no mask.", value, "Look at its Status and Reasons."),
        object other => Later(cmdlet.ResolveOutput(LanguagePrimitives.ConvertTo<string>(other)),
            (path, cancellation) => LabelImporter.Read(path, cancellation: cancellation)),
    };

    /// <summary>The CT that was given, or the one under the path that was named.</summary>
    public static Func<CancellationToken, CtVolume> Ct(PSCmdlet cmdlet, object value) => Unwrap(value) switch
    {
        CtVolume ct => _ => ct,
        object other => Later(cmdlet.ResolveOutput(LanguagePrimitives.ConvertTo<string>(other)), (path, cancellation) =>
            CtImporter.Read(path, cancellation: cancellation)),
        null => throw new CoreException(Fault.FileNotFound, "No image was given.", value),
    };

    /// <summary>The CT that a result is of, read anew: of several series in a folder the one that was segmented, and one that was
    /// regularized as it was then.</summary>
    public static Func<CancellationToken, CtVolume> Ct(VolumeSource source) => Later(source.Path!, (path, cancellation) =>
        CtImporter.Read(path, source.SeriesUid, source.SeriesUid is null ? null : new CtSeriesOptions { Regularize = true },
            cancellation: cancellation));

    /// <summary>The error for an object that is no volume.</summary>
    public static ErrorRecord NotAVolume(object value) =>
        new(new ArgumentException($"An object of type {value.GetType().Name} is no volume."), "InputTypeNotSupported",
            ErrorCategory.InvalidType, value)
        {
            ErrorDetails = new ErrorDetails($"An object of type {value.GetType().Name} is no volume.")
            {
                RecommendedAction = "Give a CtVolume, a LabelVolume or a SegmentationResult.",
            },
        };

    private static Func<CancellationToken, T> Later<T>(string path, Func<string, CancellationToken, T> read) => cancellation =>
        read(path, cancellation);
}
