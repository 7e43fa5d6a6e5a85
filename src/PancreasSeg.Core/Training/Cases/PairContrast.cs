using PancreasSeg.Preprocess;

namespace PancreasSeg.Training;

/// <summary>
/// Tells by what lies under labels when images and labels were paired out of step. A gland is brighter than what surrounds it, another
/// patient's outline shows no edge. Fatty glands without contrast medium show none either: labels are doubted only where they stand out
/// in the CT of another case, and far more than its own labels do.
/// </summary>
internal static class PairContrast
{
    /// <summary>HU of <see cref="EdgeContrast"/> from which on there plainly is an edge. Of 63 simulated and real glands 57 lay above
    /// it; of 282 outlines in another patient's CT one.</summary>
    private const double Clear = 25;

    /// <summary>How many times as much labels stand out where they belong.</summary>
    private const double FarMore = 2;

    /// <summary>One case in so many, at least, is out of step where something went wrong with the order.</summary>
    private const int Many = 4;

    /// <summary>Cases up to which less than that is told too: of as many simulated patients in their right order none was. Among more, one
    /// outline in 282 is a chance too many.</summary>
    private const int Few = 20;

    /// <summary>
    /// The cases whose labels belong to another case's CT. Sure are several that are many, and among few two that were exchanged; one
    /// alone may be a chance, and so may two among many. The surroundings of a box lie elsewhere in each CT: labels are laid where they
    /// lie in space, and outlines of which less than half is within them tell nothing.
    /// </summary>
    /// <param name="cases">Cases on the network's grid, or on the surroundings of its box.</param>
    /// <param name="pancreas">Its class.</param>
    /// <param name="plan">How the values were made of HU.</param>
    /// <returns>Names of such cases, and of those to whose CT the labels belong.</returns>
    public static IReadOnlyList<(string Case, string LabelOf, bool IsSure)> Crossed(
        IReadOnlyList<PreparedCase> cases, byte pancreas, PreprocessPlan plan)
    {
        if (plan.Normalization != Normalization.Window) return [];
        double[] own = [.. cases.Select(c => Contrast(c, c, pancreas, plan, AxisFlip.None))];
        var crossed = new List<(string Case, string LabelOf)>();
        for (int k = 0; k < own.Length; k++)
        {
            PreparedCase labels = cases[k];
            if (!(own[k] < Clear)) continue;
            (int Case, double Contrast)[] better = [.. Enumerable.Range(0, own.Length)
                .Where(j => j != k && (cases[j].Width, cases[j].Height, cases[j].Depth) == (labels.Width, labels.Height, labels.Depth))
                .Select(j => (Case: j, Contrast: Contrast(cases[j], labels, pancreas, plan, AxisFlip.None)))
                .Where(other => other.Contrast >= Clear && other.Contrast > FarMore * Math.Max(own[k], own[other.Case]))];
            if (better.Length > 0) crossed.Add((labels.Name, cases[better.MaxBy(other => other.Contrast).Case].Name));
        }
        bool isMany = Many * crossed.Count >= cases.Count;
        return [.. crossed
            .Select(pair => (pair.Case, pair.LabelOf, IsMutual: crossed.Contains((pair.LabelOf, pair.Case))))
            .Where(pair => pair.IsMutual || isMany || cases.Count <= Few)
            .Select(pair => (pair.Case, pair.LabelOf,
                IsSure: (isMany && crossed.Count > 1) || (pair.IsMutual && cases.Count <= Few)))];
    }

    /// <summary>The cases whose labels stand out only where axes of their own CT are flipped. A box shows one side alone.</summary>
    /// <param name="cases">Cases on the network's grid.</param>
    /// <param name="pancreas">Its class.</param>
    /// <param name="plan">How the values were made of HU.</param>
    /// <returns>Names of such cases, and what is to be flipped.</returns>
    public static IReadOnlyList<(string Case, AxisFlip Flip)> Mirrored(
        IReadOnlyList<PreparedCase> cases, byte pancreas, PreprocessPlan plan)
    {
        if (plan.Normalization != Normalization.Window || plan.BoxSize is not null || plan.Anchor is not null) return [];
        var mirrored = new List<(string, AxisFlip)>();
        foreach (PreparedCase item in cases)
        {
            double own = Of(AxisFlip.None);
            if (!(own < Clear)) continue;
            (AxisFlip best, double contrast) = AxisFlip.All.Skip(1).Select(flip => (flip, Of(flip))).MaxBy(other => other.Item2);
            if (contrast >= Math.Max(Clear, FarMore * own)) mirrored.Add((item.Name, best));

            double Of(AxisFlip flip) => Contrast(item, item, pancreas, plan, flip);
        }
        return mirrored.Count > 0 && (cases.Count <= Few || Many * mirrored.Count >= cases.Count) ? mirrored : [];
    }

    private static double Contrast(PreparedCase ct, PreparedCase labels, byte pancreas, PreprocessPlan plan, AxisFlip flip)
    {
        ReadOnlyMemory<float> values = ct.Input.Values;
        (VolumeGrid from, VolumeGrid to) = (labels.Input.Grid, ct.Input.Grid);
        Vector3D first = plan.BoxSize is null ? default : to.Affine.Inverse().Apply(from.Origin);
        (int x, int y, int z) = ((int)Math.Round(first.X), (int)Math.Round(first.Y), (int)Math.Round(first.Z));
        double contrast = EdgeContrast.Of(from, labels.Classes.Span, pancreas, ValueOf) * (plan.WindowHigh - plan.WindowLow) / 2;
        ct.Release();
        labels.Release();
        return contrast;

        float ValueOf(int index)
        {
            (int column, int row, int slice) = flip.Target(from, index);
            (column, row, slice) = (column + x, row + y, slice + z);
            return (uint)column < (uint)to.Columns && (uint)row < (uint)to.Rows && (uint)slice < (uint)to.Slices
                ? values.Span[to.IndexOf(column, row, slice)] : float.NaN;
        }
    }
}
