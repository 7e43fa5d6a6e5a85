using System.Text.RegularExpressions;

namespace PancreasSeg.Batch;

/// <summary>UIDs in what a batch tells: some makers put dates and serial numbers into them, and they lead back to the patient.</summary>
internal static partial class UidText
{
    private const int Digits = 12;

    /// <summary>A text in which each UID has become <c>uid:</c> and the first 12 digits of its SHA-256. What is the name of a file or
    /// folder, in quotes or a path, stays: it is the caller's.</summary>
    public static string Hashed(string text) => Uid().Replace(text, match => $"uid:{BatchStudy.Hash(match.Value)[..Digits]}");

    // Five numbers at least: versions and addresses have fewer. Those made of a UUID have three.
    [GeneratedRegex(@"(?<![\w'/\\.-])(?:2\.25\.\d{6,}|\d+(?:\.\d+){4,})(?![\w'/\\-]|\.\w)")]
    private static partial Regex Uid();
}
