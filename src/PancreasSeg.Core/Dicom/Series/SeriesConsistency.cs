using static System.FormattableString;

namespace PancreasSeg.Dicom;

/// <summary>Whether the images under one SeriesInstanceUID belong together.</summary>
internal static class SeriesConsistency
{
    // Cosine components and mm; text with four decimals differs by less.
    private const double OrientationTolerance = 1e-4;
    private const double SpacingTolerance = 1e-4;

    /// <summary>What differs within the series; null when nothing does.</summary>
    public static SeriesProblem? FindProblem(IReadOnlyList<CtSlice> slices) =>
        Differs(slices, s => s.Attributes.Fingerprint(DicomTag.PatientId), "The files belong to different patients (0010,0020)")
        ?? Differs(slices, s => s.Attributes.Fingerprint(DicomTag.PatientName), "The files belong to different patients (0010,0010)")
        ?? Differs(slices, s => s.StudyInstanceUid, "The files belong to different studies (0020,000D)")
        ?? Differs(slices, s => s.Attributes.Uid(DicomTag.FrameOfReferenceUid),
            "The files lie in different frames of reference (0020,0052)")
        ?? Differs(slices, s => Invariant($"{s.Columns} x {s.Rows}"), "The matrix differs", tell: true)
        ?? DiffersFrom(slices, SameSpacing, "The pixel spacing (0028,0030) differs")
        ?? DiffersFrom(slices, SameOrientation, "The orientation (0020,0037) differs");

    /// <summary>
    /// Different images at one position: energies or reconstructions that nothing tells apart, or copies that differ.
    /// <paramref name="repeated"/> holds one entry per position that occurs more than once.
    /// </summary>
    public static SeriesProblem? FindOverlap(SliceStack stack, IReadOnlyList<CtSlice[]> repeated)
    {
        if (repeated.Count == 0) return null;
        if (stack.Positions[^1] < SliceStack.SamePosition)
            return new SeriesProblem(SeriesReason.DuplicatePositions, $"All {stack.Slices.Count} images lie at one position.");
        (CtSlice one, CtSlice other) = (repeated[0][0], repeated[0][1]);
        string more = repeated.Count > 1 ? Invariant($", one of {repeated.Count} such positions") : "";
        return new SeriesProblem(SeriesReason.DuplicatePositions,
            $"Different images lie at one position: '{one.Name}' and '{other.Name}'{more}.", other.Path);
    }

    private static SeriesProblem? Differs(IReadOnlyList<CtSlice> slices, Func<CtSlice, string?> key, string what, bool tell = false)
    {
        CtSlice? reference = null;
        string? expected = null;
        foreach (CtSlice slice in slices)
        {
            string? value = key(slice);
            if (value is null || value == expected) continue;
            if (reference is null)
            {
                (reference, expected) = (slice, value);
                continue;
            }
            string values = tell ? $": {expected} and {value}" : "";
            return Mixed($"{what}{values}, in '{reference.Name}' and '{slice.Name}'.", slice);
        }
        return null;
    }

    private static SeriesProblem? DiffersFrom(IReadOnlyList<CtSlice> slices, Func<PlaneGeometry, PlaneGeometry, bool> same, string what)
    {
        CtSlice? odd = slices.FirstOrDefault(s => !same(slices[0].Plane!, s.Plane!));
        return odd is null ? null : Mixed($"{what}, in '{slices[0].Name}' and '{odd.Name}'.", odd);
    }

    private static bool SameSpacing(PlaneGeometry a, PlaneGeometry b) =>
        Math.Abs(a.ColumnSpacing - b.ColumnSpacing) <= SpacingTolerance && Math.Abs(a.RowSpacing - b.RowSpacing) <= SpacingTolerance;

    private static bool SameOrientation(PlaneGeometry a, PlaneGeometry b) =>
        (a.RowDirection - b.RowDirection).Length <= OrientationTolerance
        && (a.ColumnDirection - b.ColumnDirection).Length <= OrientationTolerance;

    private static SeriesProblem Mixed(string detail, CtSlice slice) => new(SeriesReason.MixedSeries, detail, slice.Path);
}
