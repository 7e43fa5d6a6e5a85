using System.Globalization;
using System.Text.RegularExpressions;

namespace PancreasSeg.Network.Keras;

/// <summary>One layer of a Keras file that has weights.</summary>
/// <param name="Name">Its name, e.g. <c>conv3d_transpose_2</c>.</param>
/// <param name="Tensors">Its weights in the file's order.</param>
internal sealed partial record KerasLayer(string Name, IReadOnlyList<KerasTensor> Tensors)
{
    /// <summary>What kind of layer it is: the name without the number that Keras appends.</summary>
    public string Stem => Parts(Name).Groups["stem"].Value;

    /// <summary>The number that Keras appends to the second and later layers of a kind; 0 for the first.</summary>
    public long Number =>
        long.TryParse(Parts(Name).Groups["number"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : 0;

    private static Match Parts(string name) => NamePattern().Match(name);

    [GeneratedRegex(@"^(?<stem>.*?)(_(?<number>[0-9]{1,9}))?$",
        RegexOptions.ExplicitCapture | RegexOptions.Singleline | RegexOptions.NonBacktracking)]
    private static partial Regex NamePattern();
}
