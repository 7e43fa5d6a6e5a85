using System.Text;

namespace PancreasSeg;

/// <summary>Names that are good on every file system.</summary>
internal static class FileNames
{
    // In letters and in bytes of UTF-8: file systems take 255 bytes, of which endings and temporary names need the rest.
    private const int LongestName = 100, MostBytes = 150;
    private static readonly string[] s_devices = ["CON", "PRN", "AUX", "NUL", .. Numbered("COM"), .. Numbered("LPT")];

    /// <summary>The name with everything replaced that some file system refuses or reads as part of a path.</summary>
    public static string Safe(string name)
    {
        char[] letters = [.. name.Select(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.' or ' ' ? c : '_')];
        int length = Math.Min(letters.Length, LongestName);
        while (Encoding.UTF8.GetByteCount(letters, 0, length) > MostBytes) length--;
        string safe = new string(letters, 0, length).Trim(' ', '.');
        bool device = s_devices.Contains(safe.Split('.')[0], StringComparer.OrdinalIgnoreCase);
        return safe.Length == 0 ? "volume" : device ? $"_{safe}" : safe;
    }

    private static IEnumerable<string> Numbered(string port) => Enumerable.Range(0, 10).Select(n => $"{port}{n}");
}
