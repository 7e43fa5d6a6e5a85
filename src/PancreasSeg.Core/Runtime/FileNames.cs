namespace PancreasSeg;

/// <summary>Names that are good on every file system.</summary>
internal static class FileNames
{
    private const int LongestName = 100;
    private static readonly string[] s_devices = ["CON", "PRN", "AUX", "NUL", .. Numbered("COM"), .. Numbered("LPT")];

    /// <summary>The name with everything replaced that some file system refuses or reads as part of a path.</summary>
    public static string Safe(string name)
    {
        char[] letters = [.. name.Select(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.' or ' ' ? c : '_')];
        string safe = new string(letters, 0, Math.Min(letters.Length, LongestName)).Trim(' ', '.');
        bool device = s_devices.Contains(safe.Split('.')[0], StringComparer.OrdinalIgnoreCase);
        return safe.Length == 0 ? "volume" : device ? $"_{safe}" : safe;
    }

    private static IEnumerable<string> Numbered(string port) => Enumerable.Range(0, 10).Select(n => $"{port}{n}");
}
