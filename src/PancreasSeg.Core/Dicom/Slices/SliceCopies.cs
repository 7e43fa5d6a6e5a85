namespace PancreasSeg.Dicom;

/// <summary>Leaves out second copies of a file. Only files equal to the last byte are copies; others stay, to be judged.</summary>
internal static class SliceCopies
{
    public static IReadOnlyList<CtSlice> Remove(IReadOnlyList<CtSlice> slices, CancellationToken cancellation)
    {
        var copies = new HashSet<DicomFile>();
        IEnumerable<CtSlice> whole = slices.Where(s => s is { Frame: 0, Problem: null, SopInstanceUid: not null });
        foreach (IGrouping<string, CtSlice> instance in whole.GroupBy(s => s.SopInstanceUid!))
        {
            var kept = new List<DicomFile>();
            foreach (DicomFile file in instance.Select(s => s.File))
            {
                if (kept.Any(k => AreEqual(k, file, cancellation))) copies.Add(file);
                else kept.Add(file);
            }
        }
        return copies.Count == 0 ? slices : [.. slices.Where(s => !copies.Contains(s.File))];
    }

    private static bool AreEqual(DicomFile a, DicomFile b, CancellationToken cancellation)
    {
        if (a.Length != b.Length) return false;
        try
        {
            using Stream first = a.Source.Open(), second = b.Source.Open();
            byte[] left = new byte[1 << 16], right = new byte[1 << 16];
            int read;
            while ((read = first.ReadAtLeast(left, left.Length, throwOnEndOfStream: false)) > 0)
            {
                cancellation.ThrowIfCancellationRequested();
                second.ReadExactly(right, 0, read);
                if (!left.AsSpan(0, read).SequenceEqual(right.AsSpan(0, read))) return false;
            }
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or CoreException)
        {
            return false;
        }
    }
}
