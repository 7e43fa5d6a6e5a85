namespace PancreasSeg;

/// <summary>
/// Whether slices are stacked in the order in which they lie in the body. Neighbours are alike; a stack whose parts were exchanged, turned
/// over or dealt out has steps that are far larger than the others, and ends that fit where there is none.
/// </summary>
internal static class SliceOrder
{
    // Slices below which no step is usual.
    private const int Fewest = 8;

    // HU of the mean difference from which a step may part the stack, and how many times that of slices that fit it is.
    private const double Break = 50, Ratio = 2;

    // How many times all steps that are left the largest one is: one odd slice has two that are alike.
    private const double Rest = 1.4;

    // Into how many parts a stack is taken at most.
    private const int Parts = 24;

    // Slices that are compared with all others.
    private const int Probes = 16;

    private const string Advice = "Sort the slices by their position and make the file again.";

    /// <summary>A sentence when the slices are out of order, else null.</summary>
    /// <param name="samples">Those of each slice; none is blank or a copy.</param>
    /// <param name="steps">For each slice its difference from the one before; not read for the first.</param>
    /// <param name="name">What a slice is called.</param>
    public static string? Find(SliceSamples samples, ReadOnlySpan<double> steps, Func<int, string> name)
    {
        if (samples.Slices < Fewest) return null;
        if (AreStrangers(samples, steps))
            return "The slices are out of order: most are more like another one than like their neighbours. " + Advice;
        int[] slices = [.. Enumerable.Range(1, steps.Length - 1)];
        double[] sizes = [.. steps[1..]];
        Array.Sort(sizes, slices);
        for (int parts = 2; parts <= Math.Min(Parts, samples.Slices / 2) && sizes[^(parts - 1)] > Break; parts++)
        {
            bool isRestUsual = sizes[^1] > Rest * sizes[^parts];
            if (isRestUsual && FitElsewhere(samples, [.. slices[^(parts - 1)..].Order()], sizes[^(parts - 1)]))
                return $"The slices are out of order: those before {name(slices[^1])}{(parts > 2 ? " and others" : "")} "
                    + "do not go on there, but fit elsewhere in the stack. " + Advice;
        }
        return null;
    }

    /// <summary>Whether the parts, some turned over, join to one stack whose steps are usual.</summary>
    private static bool FitElsewhere(SliceSamples samples, int[] breaks, double least)
    {
        int[] ends = [0, .. breaks.SelectMany(k => new[] { k - 1, k }), samples.Slices - 1];
        var joints = new List<(double Difference, int First, int Second)>();
        for (int a = 0; a < ends.Length; a++)
            for (int b = a + 1; b < ends.Length; b++)
            {
                bool isPart = a / 2 == b / 2, isBreak = a % 2 == 1 && b == a + 1;
                if (!isPart && !isBreak && samples.Difference(ends[a], ends[b]) is var difference && difference < least / Ratio)
                    joints.Add((difference, a, b));
            }

        int[] stack = [.. Enumerable.Range(0, ends.Length / 2)];
        var isJoined = new bool[ends.Length];
        int parts = stack.Length;
        foreach ((_, int a, int b) in joints.Order())
        {
            (int from, int to) = (stack[b / 2], stack[a / 2]);
            if (isJoined[a] || isJoined[b] || from == to) continue;
            isJoined[a] = isJoined[b] = true;
            for (int i = 0; i < stack.Length; i++)
                if (stack[i] == from) stack[i] = to;
            parts--;
        }
        return parts == 1;
    }

    /// <summary>Whether most slices are far from both neighbours and near to another slice.</summary>
    private static bool AreStrangers(SliceSamples samples, ReadOnlySpan<double> steps)
    {
        int strangers = 0, probes = Math.Min(Probes, samples.Slices - 2);
        for (int p = 0; p < probes; p++)
        {
            int k = 1 + p * (samples.Slices - 2) / probes;
            double near = Math.Min(steps[k], steps[k + 1]), other = double.PositiveInfinity;
            if (!(near > Break)) continue;
            for (int j = 0; j < samples.Slices; j++)
                if (Math.Abs(j - k) > 1 && samples.Difference(k, j) is var difference && difference < other) other = difference;
            if (near > Ratio * other) strangers++;
        }
        return strangers > probes / 2;
    }
}
