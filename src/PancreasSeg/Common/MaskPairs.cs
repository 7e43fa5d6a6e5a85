using System.Management.Automation;
using PancreasSeg.Batch;
using PancreasSeg.Import;

namespace PancreasSeg.Common;

/// <summary>
/// Finds the masks that an argument means, and the reference of each: one for all, or in a folder the one of the same case.
/// </summary>
internal sealed class MaskPairs(PSCmdlet cmdlet)
{
    // Properties of objects that are no masks themselves, by which they name one; a batch's item names its folder.
    private static readonly string[] s_properties = ["Mask", "OutputPath", "OutputFolder", "PSPath", "FullName", "LiteralPath", "Path"];

    private readonly Dictionary<string, IReadOnlyDictionary<string, string>> _folders = new(StringComparer.Ordinal);

    /// <summary>The pairs of one argument.</summary>
    /// <param name="input">A mask, a result, a path or an object with a property that names one.</param>
    /// <param name="reference">A mask, or the path of one or of a folder.</param>
    /// <exception cref="CoreException">There is no such mask, or no reference for it.</exception>
    public IReadOnlyList<MaskPair> Of(object input, object? reference)
    {
        if (reference is null)
            throw new CoreException(
                Fault.SettingInvalid, "There is nothing to compare with.", remedy: "Give a mask or a folder by -Reference.");
        object value = SettingKey.Unwrap(input)!;
        if (value is LabelVolume or Segmentation.SegmentationResult)
            return [Pair(null, input, VolumeArgument.Labels(cmdlet, input), CaseOf(value), reference) with
            {
                Expected = value is Segmentation.SegmentationResult result ? (result.ExpectedDice, result.ExpectedDiceLow) : default,
            }];
        if (value is BatchSummary) return [];                                   // ends what Start-PancreasBatch emits
        if (value is BatchItem item)
        {
            if (item.OutputFolder is not { } folder)
                throw new CoreException(Fault.FileNotFound, $"'{item.Study}' has no mask: {item.State}.", item.Study,
                    "Its Message tells why; leave it out with Where-Object OutputFolder.");
            string file = Path.Combine(folder, BatchFolder.MaskFile);
            return [Pair(item.Study, file, VolumeArgument.Labels(cmdlet, file), item.Study, reference) with
            {
                Expected = (item.ExpectedDice, item.ExpectedDiceLow),
            }];
        }
        return [.. Files(Named(input, value), reference).Select(mask =>
            Pair(mask.Case, mask.Path, VolumeArgument.Labels(cmdlet, mask.Path), mask.Case, reference))];
    }

    private static string CaseOf(object value) => value switch
    {
        LabelVolume { SourcePath: { } path } => CaseFiles.CaseOf(path),
        LabelVolume labels => labels.Name,
        _ => ((Segmentation.SegmentationResult)value).Name,
    };

    /// <summary>The path that a piped object names.</summary>
    private static string Named(object input, object value)
    {
        if (value is string path) return path;
        PSObject wrapped = PSObject.AsPSObject(input);
        object? named = s_properties.Select(name => wrapped.Properties[name]?.Value).FirstOrDefault(v => v is not null and not "");
        return named is not null ? LanguagePrimitives.ConvertTo<string>(named)
            : throw new CoreException(Fault.SettingInvalid, $"An object of type {value.GetType().Name} names no mask.", input,
                "Pipe masks, results, files, or objects with a property Mask or Path.");
    }

    private IEnumerable<(string Case, string Path)> Files(string path, object reference)
    {
        string[] found = [path];
        if (WildcardPattern.ContainsWildcardCharacters(path))
            found = [.. cmdlet.GetResolvedProviderPathFromPSPath(path, out _)];
        foreach (string one in found)
        {
            string full = cmdlet.ResolveOutput(one);
            if (!Directory.Exists(full))
            {
                yield return (CaseFiles.CaseOf(full), full);
                continue;
            }
            IReadOnlyDictionary<string, string> masks = MasksOf(full);
            if (masks.Count == 0)
                throw new CoreException(Fault.FileNotFound, $"'{full}' holds no mask.", full, "Masks end in .nii or .nii.gz.");
            foreach ((string name, string mask) in masks) yield return (name, mask);
            if (FolderOf(reference) is not { } truth) continue;
            foreach ((string name, string file) in MasksOf(truth).Where(r => !masks.ContainsKey(r.Key)))
                cmdlet.WriteError(Errors.Record(new CoreException(
                    Fault.FileNotFound, $"The case '{name}' has a reference and no mask in '{full}'.", file,
                    "Segment it, or take its reference out of the folder.")));
        }
    }

    private MaskPair Pair(string? name, object target, Func<CancellationToken, LabelVolume> mask, string lookedFor, object reference)
    {
        if (FolderOf(reference) is not { } folder) return new MaskPair(name, target, mask, VolumeArgument.Labels(cmdlet, reference));
        return MasksOf(folder).TryGetValue(lookedFor, out string? file)
            ? new MaskPair(name ?? lookedFor, target, mask, VolumeArgument.Labels(cmdlet, file))
            : new MaskPair(name, target, mask, _ => throw new CoreException(Fault.FileNotFound,
                $"'{folder}' holds no reference of the case '{lookedFor}'.", lookedFor, "References are found by the names of their cases."));
    }

    private string? FolderOf(object reference) =>
        VolumeArgument.Unwrap(reference) is { } value and not LabelVolume
            && cmdlet.ResolveOutput(LanguagePrimitives.ConvertTo<string>(value)) is var full && Directory.Exists(full) ? full : null;

    private IReadOnlyDictionary<string, string> MasksOf(string folder)
    {
        if (!_folders.TryGetValue(folder, out IReadOnlyDictionary<string, string>? masks))
            _folders[folder] = masks = CaseFiles.Masks(folder);
        return masks;
    }
}
