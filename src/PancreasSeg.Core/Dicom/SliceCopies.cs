namespace PancreasSeg.Dicom;

/// <summary>Leaves out second copies of a file. Only files equal to the last byte are copies; others stay, to be judged.</summary>
internal static class SliceCopies
{
    public static IReadOnlyList<CtSlice> Remove(IReadOnlyList<CtSlice> slices)
    {
        var kept = new List<CtSlice>(slices.Count);
        var seen = new Dictionary<(string, int), List<CtSlice>>();
        foreach (CtSlice slice in slices)
        {
            if (slice.SopInstanceUid is { } uid && slice.Problem is null)
            {
                if (!seen.TryGetValue((uid, slice.Frame), out List<CtSlice>? same)) seen.Add((uid, slice.Frame), same = []);
                if (same.Any(s => AreEqual(s.File, slice.File))) continue;
                same.Add(slice);
            }
            kept.Add(slice);
        }
        return kept;
    }

    private static bool AreEqual(DicomFile a, DicomFile b)
    {
        if (a.Length != b.Length || a.Path == b.Path) return false;
        using FileStream first = DicomFile.Open(a.Path), second = DicomFile.Open(b.Path);
        byte[] left = new byte[1 << 16], right = new byte[1 << 16];
        int read;
        while ((read = first.ReadAtLeast(left, left.Length, throwOnEndOfStream: false)) > 0)
            if (second.ReadAtLeast(right.AsSpan(0, read), read, throwOnEndOfStream: false) != read || !left.AsSpan(0, read).SequenceEqual(right.AsSpan(0, read)))
                return false;
        return true;
    }
}
