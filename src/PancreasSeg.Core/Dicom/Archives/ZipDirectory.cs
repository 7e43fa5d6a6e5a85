using System.Buffers.Binary;
using System.Text;
using static System.FormattableString;

namespace PancreasSeg.Dicom;

/// <summary>
/// The directory of a zip archive (PKWARE APPNOTE 6.3, sections 4.3 and 4.5). Nothing is unpacked, and no name from inside is
/// used as a path. An archive of which something could not be read is refused whole: what it hides may be a slice.
/// </summary>
internal static class ZipDirectory
{
    private const uint WideEndSignature = 0x06064B50;
    private const uint WideLocatorSignature = 0x07064B50;
    private const uint EntrySignature = 0x02014B50;
    private const int EndLength = 22;
    private const int WideLocatorLength = 20;
    private const int WideEndLength = 56;
    private const int EntryLength = 46;
    private const int WideField = 1;
    private const int Deflated = 8;

    // Archives that unpack to less harm nobody, however well they are packed.
    private const long HarmlessBytes = 64 << 20;

    /// <summary>True when a file is a zip archive by its content, whatever its name.</summary>
    /// <exception cref="CoreException"><see cref="Fault.FileReadFailed"/>.</exception>
    public static bool IsArchive(string path) => Use(path, file =>
    {
        Span<byte> head = stackalloc byte[132];
        int read = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        bool isDicom = read == head.Length && head[128..].SequenceEqual("DICM"u8);
        return !isDicom && (head.StartsWith("PK\x03\x04"u8) || head.StartsWith("PK\x05\x06"u8));
    });

    /// <summary>The files in an archive, by name.</summary>
    /// <param name="path">The archive.</param>
    /// <param name="options">Its limits.</param>
    /// <param name="empty">Takes the paths of empty files.</param>
    /// <param name="skipped">Number of folders and empty files.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="CoreException">The archive is damaged, encrypted, packed in another way than deflate, or above a limit.</exception>
    public static List<ZipEntry> Read(
        string path, CtSeriesOptions options, List<string> empty, out int skipped, CancellationToken cancellation)
    {
        int without = 0;
        List<ZipEntry> entries = Use(path, file => Read(file, path, options, empty, ref without, cancellation));
        skipped = without;
        entries.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        return entries;
    }

    private static List<ZipEntry> Read(
        FileStream file, string path, CtSeriesOptions options, List<string> empty, ref int skipped, CancellationToken cancellation)
    {
        (long count, long offset) = FindDirectory(file, path);
        if (count > options.MaxFiles)
            throw TooLarge(path, Invariant($"holds {count} files, more than the limit of {options.MaxFiles}"));
        var entries = new List<ZipEntry>();
        using var buffered = new BufferedStream(file, 1 << 16);
        buffered.Position = offset;
        long total = 0, length = file.Length;
        Span<byte> head = stackalloc byte[EntryLength];
        for (long i = 0; i < count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            buffered.ReadExactly(head);
            if (U32(head) != EntrySignature) throw Damaged(path);
            var name = new byte[U16(head[28..])];
            var extra = new byte[U16(head[30..])];
            buffered.ReadExactly(name);
            buffered.ReadExactly(extra);
            buffered.Position += U16(head[32..]);
            string shown = Shown(name, isUtf8: (U16(head[8..]) & 0x800) != 0);
            (long packed, ZipEntry.Record record) = ReadEntry(head, extra, path, length);
            if (record.Length == 0)
            {
                // An empty deflate stream takes two bytes.
                if (packed > 2) throw Damaged(path);
                skipped++;
                if (!name.AsSpan().EndsWith("/"u8) && !name.AsSpan().EndsWith("\\"u8))
                    empty.Add(path + Path.DirectorySeparatorChar + shown);
                continue;
            }
            CheckMethod(head, path, shown);
            if (packed > offset - record.Offset || (!record.IsDeflated && packed != record.Length)) throw Damaged(path);
            if (record.Length > options.MaxArchiveEntryBytes)
                throw TooLarge(
                    path, Invariant($"holds '{shown}' of {record.Length} bytes, more than the limit of {options.MaxArchiveEntryBytes}"));
            total += record.Length;
            if (total > options.MaxArchiveBytes)
                throw TooLarge(path, Invariant($"unpacks to more than the limit of {options.MaxArchiveBytes} bytes"));
            if (total > HarmlessBytes && total / length >= options.MaxArchiveRatio)
                throw TooLarge(path, Invariant($"unpacks to {options.MaxArchiveRatio} times its size or more, as no CT does"));
            entries.Add(new ZipEntry(path + Path.DirectorySeparatorChar + shown, path, record));
        }
        return entries;
    }

    private static (long Count, long Offset) FindDirectory(FileStream file, string path)
    {
        var tail = new byte[(int)Math.Min(file.Length, EndLength + ushort.MaxValue)];
        file.Position = file.Length - tail.Length;
        file.ReadExactly(tail);
        int at = tail.AsSpan().LastIndexOf("PK\x05\x06"u8);
        if (at < 0 || at + EndLength > tail.Length) throw Damaged(path);
        ReadOnlySpan<byte> end = tail.AsSpan(at);
        (long count, long size, long offset) = (U16(end[10..]), U32(end[12..]), U32(end[16..]));
        bool parts = U32(end[4..]) is not (0 or uint.MaxValue);
        if (at >= WideLocatorLength && U32(tail.AsSpan(at - WideLocatorLength)) == WideLocatorSignature)
        {
            var wide = new byte[WideEndLength];
            file.Position = Offset(tail.AsSpan(at - WideLocatorLength + 8), file.Length, path);
            file.ReadExactly(wide);
            if (U32(wide) != WideEndSignature) throw Damaged(path);
            (count, size, offset) = (Offset(wide.AsSpan(32), file.Length, path), Offset(wide.AsSpan(40), file.Length, path),
                Offset(wide.AsSpan(48), file.Length, path));
        }
        if (parts) throw Unreadable(path, "is one of several parts", "Join its parts first.");
        if (size > file.Length - offset || count * EntryLength > size) throw Damaged(path);
        return (count, offset);
    }

    private static (long Packed, ZipEntry.Record Record) ReadEntry(ReadOnlySpan<byte> head, ReadOnlySpan<byte> extra, string path, long end)
    {
        (long packed, long length, long offset) = (U32(head[20..]), U32(head[24..]), U32(head[42..]));
        while (extra.Length >= 4)
        {
            int size = U16(extra[2..]);
            if (size > extra.Length - 4) break;
            ReadOnlySpan<byte> field = extra.Slice(4, size);
            if (U16(extra) == WideField)
            {
                // Only the values that do not fit their own field are here, in this order.
                length = Wide(length, ref field, path);
                packed = Wide(packed, ref field, path);
                offset = Wide(offset, ref field, path);
            }
            extra = extra[(4 + size)..];
        }
        if (offset > end) throw Damaged(path);
        return (packed, new ZipEntry.Record(end, offset, length, U32(head[16..]), U16(head[10..]) == Deflated));
    }

    private static long Wide(long value, ref ReadOnlySpan<byte> field, string path)
    {
        if (value != uint.MaxValue) return value;
        if (field.Length < 8) throw Damaged(path);
        value = Offset(field, long.MaxValue, path);
        field = field[8..];
        return value;
    }

    private static void CheckMethod(ReadOnlySpan<byte> head, string path, string shown)
    {
        if ((U16(head[8..]) & 1) != 0)
            throw Unreadable(path, $"is encrypted ('{shown}')", "Unpack it with its password and name the folder.");
        int method = U16(head[10..]);
        if (method is not (0 or Deflated))
            throw Unreadable(path, Invariant($"is packed by method {method} ('{shown}'), which this version does not read"),
                "Unpack it and name the folder.");
    }

    /// <summary>A name from inside as it may be shown: no folder above, no drive, no control characters, not endless.</summary>
    private static string Shown(byte[] name, bool isUtf8)
    {
        const int longest = 200;
        string text = (isUtf8 ? Encoding.UTF8 : Encoding.Latin1).GetString(name);
        IEnumerable<string> parts = text.Split('/', '\\').Where(p => p is not ("" or "." or ".."))
            .Select(p => new string([.. p.Select(c => char.IsControl(c) || c == ':' ? '_' : c)]));
        string shown = string.Join(Path.DirectorySeparatorChar, parts);
        return shown.Length > longest ? shown[^longest..] : shown.Length > 0 ? shown : "_";
    }

    private static T Use<T>(string path, Func<FileStream, T> read)
    {
        try
        {
            return FileFault.Reading(path, () =>
            {
                using FileStream file = DicomDiskFile.Open(path);
                return read(file);
            });
        }
        catch (EndOfStreamException)
        {
            throw Damaged(path);
        }
    }

    private static long Offset(ReadOnlySpan<byte> bytes, long most, string path)
    {
        ulong value = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        return value <= (ulong)most ? (long)value : throw Damaged(path);
    }

    private static ushort U16(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private static uint U32(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private static CoreException Damaged(string path) =>
        new(Fault.DicomFileInvalid, $"The archive '{path}' is damaged.", path, "Copy the archive again from its source.");

    private static CoreException Unreadable(string path, string what, string remedy) =>
        new(Fault.FileReadFailed, $"The archive '{path}' {what}.", path, remedy);

    private static CoreException TooLarge(string path, string what) =>
        new(Fault.FileReadFailed, $"The archive '{path}' {what}.", path, "Unpack it and name the folder, or raise the limit.");
}
