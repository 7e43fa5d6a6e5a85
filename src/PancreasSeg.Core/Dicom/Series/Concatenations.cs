using static System.FormattableString;

namespace PancreasSeg.Dicom;

/// <summary>Multi-frame images that were cut into several files (DICOM PS3.3 C.7.6.16.2.2.4): all parts must be there.</summary>
internal static class Concatenations
{
    /// <summary>A part that is not there; null when all are.</summary>
    public static SeriesProblem? FindMissingPart(IReadOnlyList<CtSlice> slices)
    {
        IEnumerable<IGrouping<string, CtSlice>> whole = slices.Where(s => s.Attributes.Uid(DicomTag.ConcatenationUid) is not null)
            .DistinctBy(s => s.File).GroupBy(s => s.Attributes.Uid(DicomTag.ConcatenationUid)!);
        foreach (IGrouping<string, CtSlice> parts in whole)
        {
            int[] numbers = [.. parts.Select(s => s.Attributes.UInt16(DicomTag.InConcatenationNumber) ?? 0).Distinct().Order()];
            int total = Math.Max(numbers[^1], parts.Max(s => s.Attributes.UInt16(DicomTag.InConcatenationTotalNumber) ?? 0));
            if (numbers.SequenceEqual(Enumerable.Range(1, total))) continue;
            CtSlice first = parts.First();
            return new SeriesProblem(SeriesReason.SliceMissing, Invariant(
                $"'{Path.GetFileName(first.Path)}' is one of {total} parts of one image (0020,9163), of which {numbers.Length} are here."),
                first.Path, "Fetch the other parts of the series.");
        }
        return null;
    }
}
