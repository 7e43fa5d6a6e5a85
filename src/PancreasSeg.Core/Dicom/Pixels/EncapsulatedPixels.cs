using System.Buffers.Binary;
using static System.FormattableString;

namespace PancreasSeg.Dicom;

/// <summary>
/// The fragments of compressed pixel data (DICOM PS3.5 annex A.4): an item with the Basic Offset Table, then one item per
/// fragment. Item lengths alone decide where a fragment ends; the table is used only where it is right.
/// </summary>
internal static class EncapsulatedPixels
{
    private const int MaxFragments = 1 << 20;

    /// <summary>Reads the item headers after the pixel data element and assigns fragments to frames.</summary>
    public static PixelFragment[][] Read(DicomInput input, DicomEncoding encoding, int frames, CancellationToken cancellation)
    {
        uint[] table = ReadOffsetTable(input, encoding);
        var fragments = new List<PixelFragment>();
        // A file that ends right after its last fragment has lost nothing but the delimiter.
        while (input.Peek(8).Length == 8)
        {
            cancellation.ThrowIfCancellationRequested();
            DicomElement item = DicomElement.Read(input, encoding);
            if (item.Tag == DicomTag.SequenceDelimiter) break;
            CheckItem(item, input);
            if (fragments.Count == MaxFragments) throw Invalid("There are more pixel data fragments than any image needs.");
            ReadOnlySpan<byte> start = input.Peek(2);
            bool startsImage = item.Length >= 2 && start is [0xFF, 0xD8 or 0x4F];
            fragments.Add(new PixelFragment(input.Position, (int)item.Length, startsImage));
            input.Skip(item.Length);
        }
        return Assign(fragments, table, frames);
    }

    private static PixelFragment[][] Assign(List<PixelFragment> fragments, uint[] table, int frames)
    {
        if (fragments.Count < frames)
            throw Invalid(Invariant($"Pixel data hold {fragments.Count} fragments for {frames} frames."));
        if (frames == 1) return [fragments.ToArray()];
        if (fragments.Count == frames) return [.. fragments.Select(f => new[] { f })];
        int[]? starts = StartsByTable(fragments, table, frames) ?? StartsByMarker(fragments, frames);
        if (starts is null)
            throw Invalid(Invariant($"{fragments.Count} pixel data fragments cannot be assigned to {frames} frames."));
        var assigned = new PixelFragment[frames][];
        for (int f = 0; f < frames; f++)
        {
            int end = f + 1 < frames ? starts[f + 1] : fragments.Count;
            assigned[f] = [.. fragments[starts[f]..end]];
        }
        return assigned;
    }

    private static int[]? StartsByTable(List<PixelFragment> fragments, uint[] table, int frames)
    {
        if (table.Length != frames || table[0] != 0) return null;
        var starts = new int[frames];
        for (int f = 1, next = 1; f < frames; f++, next++)
        {
            while (next < fragments.Count && fragments[next].Offset - fragments[0].Offset < table[f]) next++;
            if (next == fragments.Count || fragments[next].Offset - fragments[0].Offset != table[f]) return null;
            starts[f] = next;
        }
        return starts;
    }

    private static int[]? StartsByMarker(List<PixelFragment> fragments, int frames)
    {
        int[] starts = [.. Enumerable.Range(0, fragments.Count).Where(i => fragments[i].StartsImage)];
        return starts.Length == frames && starts[0] == 0 ? starts : null;
    }

    private static uint[] ReadOffsetTable(DicomInput input, DicomEncoding encoding)
    {
        DicomElement item = DicomElement.Read(input, encoding);
        CheckItem(item, input);
        if (item.Length > 4 * MaxFragments) throw Invalid("The offset table of the pixel data is larger than any image needs.");
        var table = new uint[item.Length / 4];
        foreach (ref uint offset in table.AsSpan()) offset = BinaryPrimitives.ReadUInt32LittleEndian(input.Take(4));
        input.Skip(item.Length % 4);
        return table;
    }

    private static void CheckItem(DicomElement item, DicomInput input)
    {
        if (item.Tag != DicomTag.Item)
            throw Invalid($"Compressed pixel data hold {DicomTag.Format(item.Tag)} in place of a fragment.");
        if (item.Length > input.Length - input.Position || item.Length > Array.MaxLength)
            throw Invalid(Invariant(
                $"A pixel data fragment claims {item.Length} bytes where {input.Length - input.Position} are left."));
    }

    private static CoreException Invalid(string message) => new(Fault.DicomFileInvalid, message);
}
