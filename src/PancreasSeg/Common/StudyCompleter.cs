using System.Collections;
using PancreasSeg.Import;

namespace PancreasSeg.Common;

/// <summary>Completes the studies in the folder that <c>-Path</c> names, which is one of studies or one of results.</summary>
public sealed class StudyCompleter : NameCompleter
{
    private protected override IEnumerable<string> Names(IDictionary arguments) =>
        PathOf(arguments, "Path") is not { } folder || !Directory.Exists(folder) ? []
            : Directory.EnumerateFileSystemEntries(StudiesIn(folder))
                .Where(entry => Directory.Exists(entry) || CtImporter.IsNifti(entry)
                    || entry.EndsWith(".zip", StringComparison.OrdinalIgnoreCase))
                .Select(CtImporter.NameOf).Where(name => !name.StartsWith('.')).Order(StringComparer.OrdinalIgnoreCase);

    private static string StudiesIn(string folder) => Path.Combine(folder, "cases") is var results && Directory.Exists(results)
        ? results : folder;
}
