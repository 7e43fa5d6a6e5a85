using System.Text.RegularExpressions;
using PancreasSeg.Nifti;

namespace PancreasSeg.Training;

/// <summary>Tells by the numbers in the names of files when images and labels were paired out of step.</summary>
internal static partial class PairOrder
{
    /// <summary>The cases whose label has the numbers of another case's image and not of their own.</summary>
    /// <param name="cases">Cases whose files are an image and its labels; others are passed over.</param>
    /// <returns>Names of such cases, and of those whose image the label's numbers have.</returns>
    public static IEnumerable<(string Case, string LabelOf)> Crossed(IEnumerable<TrainingCaseSource> cases)
    {
        (string Name, string Image, string Label)[] pairs =
            [.. cases.Where(c => c.Files.Count == 2).Select(c => (c.Name, Numbers(c.Files[0]), Numbers(c.Files[1])))];
        ILookup<string, string> images = pairs.Where(pair => pair.Image.Length > 0).ToLookup(pair => pair.Image, pair => pair.Name);
        foreach ((string name, string image, string label) in pairs)
            if (image != label && images[label].FirstOrDefault() is { } other) yield return (name, other);
    }

    /// <summary>The numbers in a file's name without leading zeros, else those in its folder's.</summary>
    private static string Numbers(string path)
    {
        string name = Channel().Replace(NiftiFile.NameOf(path), "");
        string numbers = Of(name);
        return numbers.Length > 0 ? numbers : Of(Path.GetFileName(Path.GetDirectoryName(path) ?? ""));

        static string Of(string text) => string.Join(' ', Digits().Matches(text).Select(match => match.Value.TrimStart('0')));
    }

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Digits();

    /// <summary>nnU-Net's channel number.</summary>
    [GeneratedRegex("_0000$")]
    private static partial Regex Channel();
}
