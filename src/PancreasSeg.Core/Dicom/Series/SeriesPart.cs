using static System.FormattableString;

namespace PancreasSeg.Dicom;

/// <summary>Images of one reconstruction or acquisition among several under one SeriesInstanceUID.</summary>
/// <param name="Name">What tells it apart, e.g. <c>kernel B30f</c>; empty when the series is all of one kind.</param>
/// <param name="Slices">Its images.</param>
/// <param name="Notes">What changes along its stack.</param>
internal sealed record SeriesPart(string Name, IReadOnlyList<CtSlice> Slices, IReadOnlyList<string> Notes)
{
    // Thicknesses in mm; a header's rounding differs by less.
    private const double ThicknessTolerance = 0.05;

    // Stacks that lie further apart than so many steps of the wider one do not adjoin.
    private const double WidestJoint = 3;

    /// <summary>All images as one part.</summary>
    public static SeriesPart Whole(IReadOnlyList<CtSlice> slices) => new("", slices, []);

    /// <summary>
    /// Splits images of one patient, orientation and matrix, each with a plane, by what tells reconstructions and acquisitions apart.
    /// Series numbers and kernels always do; tube voltage, image type, thickness and acquisition only where the images lie among each
    /// other: where they follow each other along the stack they are one, and it is noted.
    /// </summary>
    public static IReadOnlyList<SeriesPart> Split(IReadOnlyList<CtSlice> slices)
    {
        IEnumerable<SeriesPart> parts = [Whole(slices)];
        foreach (Func<SeriesPart, IEnumerable<SeriesPart>> rule in (Func<SeriesPart, IEnumerable<SeriesPart>>[])
            [ByNumber, ByDescription, ByKernel, ByVoltage, ByImageType, ByThickness, ByAcquisition])
            parts = [.. parts.SelectMany(rule)];
        return [.. parts];
    }

    private static IEnumerable<SeriesPart> ByNumber(SeriesPart part)
    {
        int kinds = part.Slices.Select(s => s.SeriesNumber).OfType<int>().Distinct().Count();
        // Under one UID, numbers that differ from image to image tell nothing apart.
        bool means = kinds > 1 && (kinds < part.Slices.Count || part.Slices[0].SeriesInstanceUid.Length == 0);
        return means ? part.Apart(s => s.SeriesNumber, number => number is null ? "without series number" : Invariant($"series {number}"))
            : [part];
    }

    /// <summary>Where no UID says what belongs together, the description does. It is never told.</summary>
    private static IEnumerable<SeriesPart> ByDescription(SeriesPart part)
    {
        string[] kinds = [.. part.Slices.Select(s => s.Attributes.Words(DicomTag.SeriesDescription)).OfType<string>().Distinct()];
        return part.Slices[0].SeriesInstanceUid.Length > 0 || kinds.Length < 2 ? [part]
            : part.Apart(s => 1 + Array.IndexOf(kinds, s.Attributes.Words(DicomTag.SeriesDescription)), i => Invariant($"description {i}"));
    }

    private static IEnumerable<SeriesPart> ByKernel(SeriesPart part)
    {
        string[] kinds = [.. part.Slices.Select(s => s.Kernel).OfType<string>().Distinct(StringComparer.OrdinalIgnoreCase)
            .Order(StringComparer.Ordinal)];
        return kinds.Length < 2 ? [part]
            : part.Apart(s => Array.FindIndex(kinds, kind => kind.Equals(s.Kernel, StringComparison.OrdinalIgnoreCase)),
                i => i < 0 ? "without kernel" : $"kernel {kinds[i]}");
    }

    private static IEnumerable<SeriesPart> ByVoltage(SeriesPart part) => part.Among(s => s.Voltage, "voltage", kv => Invariant($"{kv} kV"));

    private static IEnumerable<SeriesPart> ByImageType(SeriesPart part) => part.Among(s => s.ImageType, "image type", type => type!);

    private static IEnumerable<SeriesPart> ByThickness(SeriesPart part)
    {
        // One odd thickness is a slip of the header; two reconstructions have several slices each.
        double[] common = [.. part.Slices.Where(s => s.Thickness is not null).GroupBy(s => Math.Round(s.Thickness!.Value, 2))
            .Where(g => g.Count() > 1).Select(g => g.Key).Order()];
        double[] kinds = [.. common.Where((mm, i) => i == 0 || mm - common[i - 1] >= ThicknessTolerance)];
        return part.Among(s => s.Thickness is { } mm && kinds.Length > 1 ? kinds.MinBy(kind => Math.Abs(kind - mm)) : (double?)null,
            "thickness", mm => Invariant($"{mm} mm"), nearby: true);
    }

    private static IEnumerable<SeriesPart> ByAcquisition(SeriesPart part) =>
        part.Among(s => s.AcquisitionNumber, "acquisition", number => Invariant($"{number}"));

    /// <summary>A part for each value.</summary>
    private IEnumerable<SeriesPart> Apart<T>(Func<CtSlice, T> valueOf, Func<T, string> name) => Slices.GroupBy(valueOf).OrderBy(g => g.Key)
        .Select(g => this with { Name = Name.Length == 0 ? name(g.Key) : $"{Name}, {name(g.Key)}", Slices = [.. g] });

    /// <summary>
    /// A part for each value where images of one lie among those of another, also where their slices do not meet; the whole with a note
    /// where one follows the other. A value that only one image has tells nothing.
    /// </summary>
    private IEnumerable<SeriesPart> Among<T>(Func<CtSlice, T?> valueOf, string property, Func<T?, string> text, bool nearby = false)
    {
        Vector3D normal = Slices[0].Plane!.Normal;
        HashSet<T?> common = [.. Slices.GroupBy(valueOf).Where(g => g.Key is not null && g.Count() > 1).Select(g => g.Key)];
        if (common.Count < 2) return [this];
        (T? Value, double At)[] ordered = [.. Slices.Select(s => (Value: valueOf(s), At: Vector3D.Dot(s.Plane!.Position, normal)))
            .Where(s => common.Contains(s.Value)).OrderBy(s => s.At).ThenBy(s => s.Value)];
        int changes = 0;
        double narrowest = double.PositiveInfinity, joint = 0, step = 0;
        for (int i = 1; i < ordered.Length; i++)
        {
            double gap = ordered[i].At - ordered[i - 1].At;
            if (Equals(ordered[i].Value, ordered[i - 1].Value))
            {
                step = Math.Max(step, gap);
                continue;
            }
            changes++;
            (narrowest, joint) = (Math.Min(narrowest, gap), Math.Max(joint, gap));
        }
        if (changes >= common.Count || narrowest < SliceStack.SamePosition || (nearby && joint > WidestJoint * step))
            return Apart(valueOf, value => value is null ? $"without {property}" : $"{property} {text(value)}");
        string[] values = [.. ordered.Select(s => text(s.Value)).Distinct()];
        string told = values.Length > 4 ? Invariant($"{values.Length} values") : string.Join(", ", values);
        return [this with { Notes = [.. Notes, $"The {property} changes along the stack: {told}."] }];
    }
}
