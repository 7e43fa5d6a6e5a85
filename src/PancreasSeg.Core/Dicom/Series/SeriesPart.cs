using static System.FormattableString;

namespace PancreasSeg.Dicom;

/// <summary>Images of one reconstruction or acquisition among several under one SeriesInstanceUID.</summary>
/// <param name="Name">What tells it apart, e.g. <c>kernel B30f</c>; empty when the series is all of one kind.</param>
/// <param name="Slices">Its images.</param>
internal sealed record SeriesPart(string Name, IReadOnlyList<CtSlice> Slices)
{
    // Thicknesses in mm; a header's rounding differs by less.
    private const double ThicknessTolerance = 0.05;

    /// <summary>Splits images of one patient, orientation and matrix, each with a plane, by kernel, thickness and acquisition.</summary>
    public static IReadOnlyList<SeriesPart> Split(IReadOnlyList<CtSlice> slices)
    {
        IEnumerable<SeriesPart> parts = [new SeriesPart("", slices)];
        foreach (Func<IReadOnlyList<CtSlice>, IEnumerable<SeriesPart>> rule in
            (Func<IReadOnlyList<CtSlice>, IEnumerable<SeriesPart>>[])[ByKernel, ByThickness, ByAcquisition])
            parts = [.. parts.SelectMany(part => rule(part.Slices).Select(inner => inner with { Name = Join(part.Name, inner.Name) }))];
        return [.. parts];
    }

    private static IEnumerable<SeriesPart> ByKernel(IReadOnlyList<CtSlice> slices) =>
        slices.Select(s => s.Kernel).OfType<string>().Distinct().Count() < 2 ? [new SeriesPart("", slices)]
            : slices.GroupBy(s => s.Kernel).OrderBy(g => g.Key, StringComparer.Ordinal)
                .Select(g => new SeriesPart(g.Key is null ? "no kernel" : $"kernel {g.Key}", [.. g]));

    private static IEnumerable<SeriesPart> ByThickness(IReadOnlyList<CtSlice> slices)
    {
        // One odd thickness is a slip of the header; two reconstructions have several slices each.
        double[] common = [.. slices.Where(s => s.Thickness is not null).GroupBy(s => Math.Round(s.Thickness!.Value, 2))
            .Where(g => g.Count() > 1).Select(g => g.Key).Order()];
        double[] kinds = [.. common.Where((mm, i) => i == 0 || mm - common[i - 1] >= ThicknessTolerance)];
        return kinds.Length < 2 ? [new SeriesPart("", slices)]
            : slices.GroupBy(s => s.Thickness is { } mm ? kinds.MinBy(kind => Math.Abs(kind - mm)) : (double?)null).OrderBy(g => g.Key)
                .Select(g => new SeriesPart(g.Key is null ? "no thickness" : Invariant($"thickness {g.Key} mm"), [.. g]));
    }

    /// <summary>
    /// Acquisitions that follow each other along the stack are one volume; those that lie in each other are phases, also where
    /// their slices do not meet.
    /// </summary>
    private static IEnumerable<SeriesPart> ByAcquisition(IReadOnlyList<CtSlice> slices)
    {
        Vector3D normal = slices[0].Plane!.Normal;
        (int Number, double At)[] ordered = [.. slices.Where(s => s.AcquisitionNumber is not null)
            .Select(s => (Number: s.AcquisitionNumber!.Value, At: Vector3D.Dot(s.Plane!.Position, normal)))
            .OrderBy(s => s.At).ThenBy(s => s.Number)];
        int changes = 0;
        bool meet = false;
        for (int i = 1; i < ordered.Length; i++)
        {
            if (ordered[i].Number == ordered[i - 1].Number) continue;
            changes++;
            meet |= ordered[i].At - ordered[i - 1].At < SliceStack.SamePosition;
        }
        int kinds = ordered.Select(s => s.Number).Distinct().Count();
        // Where every image has a number of its own, the numbers tell nothing apart.
        return (!meet && changes < kinds) || kinds == slices.Count ? [new SeriesPart("", slices)]
            : slices.GroupBy(s => s.AcquisitionNumber).OrderBy(g => g.Key)
                .Select(g => new SeriesPart(g.Key is null ? "no acquisition number" : Invariant($"acquisition {g.Key}"), [.. g]));
    }

    private static string Join(string outer, string inner) => outer.Length == 0 || inner.Length == 0 ? outer + inner : $"{outer}, {inner}";
}
