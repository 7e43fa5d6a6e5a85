namespace PancreasSeg.Dicom;

/// <summary>The contrast phase that a series description names, in English, German or French words.</summary>
internal static class StatedPhase
{
    // Whole words, in small letters without accents.
    private static readonly (ContrastPhase Phase, string[] Words)[] s_words =
    [
        (ContrastPhase.Native, ["native", "nativ", "unenhanced", "plain", "noncontrast", "non-contrast", "non contrast", "noncon",
            "without contrast", "w/o contrast", "wo contrast", "no contrast", "sans injection", "ohne km"]),
        (ContrastPhase.Arterial, ["arterial", "arteriell", "arterielle", "arteriel", "art"]),
        (ContrastPhase.PortalVenous, ["portal", "portalvenous", "portalvenoes", "portovenous", "venous", "venoes", "pv", "pvp"]),
        (ContrastPhase.Delayed, ["delayed", "delay", "late", "equilibrium", "excretory", "spaet", "tardif"]),
    ];

    /// <summary>The phase; null where the words name none, or more than one.</summary>
    public static ContrastPhase? Of(string description)
    {
        string text = $" {Plain(description)} ";
        ContrastPhase[] found = [.. s_words.Where(p => p.Words.Any(word => text.Contains($" {word} ", StringComparison.Ordinal)))
            .Select(p => p.Phase)];
        return found switch
        {
            [var phase] => phase,
            // "late arterial" is the arterial one.
            [ContrastPhase.Arterial, ContrastPhase.Delayed] when text.Contains(" late art", StringComparison.Ordinal) => ContrastPhase.Arterial,
            _ => null,
        };
    }

    private static string Plain(string text) => string.Concat(text.ToLowerInvariant()
        .Replace("ä", "ae", StringComparison.Ordinal).Replace("ö", "oe", StringComparison.Ordinal).Replace("é", "e", StringComparison.Ordinal)
        .Select(c => char.IsLetterOrDigit(c) || c is '/' or '-' ? c : ' '));
}
