using System.IO.Enumeration;
using PancreasSeg.Network;
using PancreasSeg.Network.Foreign;

namespace PancreasSeg.Segmentation;

/// <summary>The classes of an nnU-Net model that a caller wants beside the pancreas.</summary>
internal static class ClassChoice
{
    /// <summary>The classes, the background aside, whose names match, in the model's order.</summary>
    /// <param name="model">A model of nnU-Net.</param>
    /// <param name="names">Names; * and ? are wildcards, case does not matter.</param>
    /// <exception cref="CoreException"><see cref="Fault.SettingInvalid"/> for a name that matches none; says which there are.</exception>
    public static IReadOnlyList<NnUNetClass> Of(PancreasModel model, IReadOnlyList<string> names)
    {
        NnUNetClass[] known = [.. model.NnUNetSource!.Labels.Classes.Where(c => c.Label != 0)];
        foreach (string name in names)
            if (!known.Any(c => Matches(name, c)))
                throw new CoreException(Fault.SettingInvalid, $"The model '{model.Name}' knows no class '{name}'.", name,
                    $"It knows {string.Join(", ", known.Select(c => c.Name))}.");
        return [.. known.Where(c => names.Any(name => Matches(name, c)))];
    }

    /// <summary>A label map with the chosen classes alone.</summary>
    public static LabelVolume Only(LabelVolume labels, IReadOnlyList<NnUNetClass> classes)
    {
        var kept = new byte[byte.MaxValue + 1];
        foreach (NnUNetClass one in classes) kept[one.Label] = (byte)one.Label;
        ReadOnlySpan<byte> all = labels.Labels.Span;
        var chosen = new byte[all.Length];
        for (int i = 0; i < chosen.Length; i++) chosen[i] = kept[all[i]];
        return new LabelVolume(labels.Grid, chosen, labels.Source);
    }

    private static bool Matches(string name, NnUNetClass one) => FileSystemName.MatchesSimpleExpression(name, one.Name);
}
