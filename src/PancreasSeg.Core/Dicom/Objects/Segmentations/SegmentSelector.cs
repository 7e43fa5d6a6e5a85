using System.Globalization;

namespace PancreasSeg.Dicom;

/// <summary>One segment or region out of a DICOM object, by its number or its name there.</summary>
/// <param name="Text">A number, or a name whatever its case.</param>
public sealed record SegmentSelector(string Text)
{
    /// <summary>The number that is meant.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="names">The names by number. They are compared and never told: somebody wrote them.</param>
    /// <exception cref="CoreException"><see cref="Fault.LabelMissing"/>: none or several.</exception>
    internal int Find(string path, IReadOnlyDictionary<int, string?> names)
    {
        if (int.TryParse(Text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && names.ContainsKey(number)) return number;
        int[] named = [.. names.Where(n => string.Equals(n.Value, Text, StringComparison.OrdinalIgnoreCase)).Select(n => n.Key)];
        if (named.Length == 1) return named[0];
        string found = named.Length == 0 ? "no segment" : "several segments";
        throw new CoreException(Fault.LabelMissing,
            $"'{path}' has {found} '{Text}'. Its numbers are: {string.Join(", ", names.Keys.Order())}.",
            path, "Give one of the numbers.");
    }
}
