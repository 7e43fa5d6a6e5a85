using static System.FormattableString;

namespace PancreasSeg.Dicom;

/// <summary>
/// Files that are no DICOM but may have been a slice: empty, blank, without their mark, or under a slice's name. Beside CT slices they
/// are told; a folder's other files are not.
/// </summary>
internal static class StrayFiles
{
    private const int Mark = 128;

    /// <summary>Why a file that is no DICOM may have been a slice; null when it seems to be something else, or is hidden, as those are that
    /// systems leave beside each file.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static string? Suspect(DicomSource source)
    {
        string name = Path.GetFileName(source.Path);
        if (name.StartsWith('.')) return null;
        if (name.EndsWith(".dcm.gz", StringComparison.OrdinalIgnoreCase))
            return $"'{name}' is compressed as a whole; unpack it first.";
        using Stream stream = source.Open();
        Span<byte> head = stackalloc byte[Mark + 8];
        head = head[..stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        if (!head.ContainsAnyExcept((byte)0) || !head.ContainsAnyExcept((byte)0xFF))
            return Invariant($"'{name}' begins with nothing but blank bytes.");
        if (!head[..Math.Min(Mark, head.Length)].ContainsAnyExcept((byte)0) || IsAlmostMarked(head))
            return Invariant($"'{name}' lacks the DICOM mark or is cut before it.");
        bool isNamedLikeSlice = Path.GetExtension(name).ToUpperInvariant() is ".DCM" or ".DICOM" or ".DIC" or ".IMA";
        return isNamedLikeSlice ? Invariant($"'{name}' is named like a DICOM file and is none.") : null;
    }

    /// <summary>Why an empty file may have been a slice; null for the hidden ones of systems.</summary>
    public static string? SuspectEmpty(string path) =>
        Path.GetFileName(path) is var name && name.StartsWith('.') ? null : $"'{name}' is empty.";

    /// <summary>True for a mark of which one letter is wrong, or for the first element behind a mark.</summary>
    private static bool IsAlmostMarked(ReadOnlySpan<byte> head)
    {
        if (head.Length < Mark + 8) return false;
        int right = 0;
        for (int i = 0; i < 4; i++)
            if (head[Mark + i] == "DICM"u8[i]) right++;
        return right >= 3 || head[(Mark + 4)..].SequenceEqual((ReadOnlySpan<byte>)[2, 0, 0, 0]);
    }
}
