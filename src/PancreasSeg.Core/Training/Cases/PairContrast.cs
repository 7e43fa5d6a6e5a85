using PancreasSeg.Preprocess;

namespace PancreasSeg.Training;

/// <summary>
/// Tells by what lies under labels when images and labels were paired out of step. A gland is brighter than what surrounds it, another
/// patient's outline shows no edge. Fatty glands without contrast medium show none either: labels are doubted only where they stand out
/// in the CT of another case, whose own labels do not.
/// </summary>
internal static class PairContrast
{
    /// <summary>HU of <see cref="EdgeContrast"/> below which there is no edge, and from which on there plainly is one. Of 63 simulated and
    /// real glands 4 lay below the first; of 282 outlines in another patient's CT 271 did, and one above the second.</summary>
    private const double Faint = 15, Clear = 25;

    /// <summary>One case in so many, at least, is out of step where something went wrong with the order.</summary>
    private const int Many = 4;

    /// <summary>The cases whose labels belong to another case's CT.</summary>
    /// <param name="cases">Cases on the network's grid.</param>
    /// <param name="pancreas">Its class.</param>
    /// <param name="plan">How the values were made of HU.</param>
    /// <returns>Names of such cases, and of those to whose CT the labels belong.</returns>
    public static IReadOnlyList<(string Case, string LabelOf)> Crossed(
        IReadOnlyList<PreparedCase> cases, byte pancreas, PreprocessPlan plan)
    {
        if (plan.Normalization != Normalization.Window) return [];
        PreparedCase[] faint = [.. cases.Where(c => Contrast(c, c) < Faint)];
        var crossed = new List<(string, string)>();
        foreach (PreparedCase labels in faint)
        {
            (string Name, double Contrast)[] others = [.. faint
                .Where(ct => !ReferenceEquals(ct, labels) && (ct.Width, ct.Height, ct.Depth) == (labels.Width, labels.Height, labels.Depth))
                .Select(ct => (ct.Name, Contrast(ct, labels)))];
            if (others.Length > 0 && others.MaxBy(other => other.Contrast) is { Contrast: >= Clear } best)
                crossed.Add((labels.Name, best.Name));
        }
        return Many * crossed.Count < cases.Count ? [] : crossed;

        double Contrast(PreparedCase ct, PreparedCase labels)
        {
            ReadOnlyMemory<float> values = ct.Input.Values;
            return EdgeContrast.Of(labels.Input.Grid, labels.Classes.Span, pancreas, i => values.Span[i])
                * (plan.WindowHigh - plan.WindowLow) / 2;
        }
    }
}
