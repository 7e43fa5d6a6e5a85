using System.Management.Automation;
using PancreasSeg.Import;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Common;

/// <summary>A CT and its mask, to be looked at.</summary>
/// <param name="Name">Name of the case.</param>
/// <param name="Result">The result the mask comes from; null for a mask from elsewhere.</param>
/// <param name="Ct">Reads the CT.</param>
/// <param name="Mask">Reads the mask; null where the result has none.</param>
internal sealed record PreviewInput(
    string Name, SegmentationResult? Result, Func<CancellationToken, CtVolume> Ct, Func<CancellationToken, LabelVolume>? Mask)
{
    /// <summary>What a cmdlet was given.</summary>
    /// <param name="cmdlet">The cmdlet.</param>
    /// <param name="inputObject">A mask, a segmentation result, or the path of a mask.</param>
    /// <param name="image">The CT or its path; null takes that of the result.</param>
    /// <exception cref="CoreException"><see cref="Fault.FileNotFound"/>: the CT is not known.</exception>
    public static PreviewInput Of(PSCmdlet cmdlet, object inputObject, object? image)
    {
        object input = inputObject is PSObject wrapped ? wrapped.BaseObject : inputObject;
        var result = input as SegmentationResult;
        Func<CancellationToken, LabelVolume>? mask = result is { Mask: null } ? null : VolumeArgument.Labels(cmdlet, input);
        Func<CancellationToken, CtVolume> ct = image is not null ? VolumeArgument.Ct(cmdlet, image)
            : result?.Source is { Path: not null } source ? VolumeArgument.Ct(source)
            : throw new CoreException(Fault.FileNotFound, "The CT under the mask is not known.", inputObject, "Give it by -Image.");
        return new PreviewInput(
            input switch { SegmentationResult r => r.Name, LabelVolume labels => labels.Name, _ => CtImporter.NameOf($"{input}") },
            result, ct, mask);
    }
}
