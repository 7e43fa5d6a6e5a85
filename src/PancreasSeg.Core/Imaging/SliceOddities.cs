using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static System.FormattableString;

namespace PancreasSeg;

/// <summary>
/// Slices whose values cannot be anatomy beside their neighbours: one value throughout or from some row on, the pixels of another slice,
/// or unlike both neighbours, which are like each other. A stack can be even and whole and still hold such a slice, from a copy that was
/// broken off, another rescale, or a slice of something else.
/// </summary>
internal static class SliceOddities
{
    // Where one slice in so many is blank or a copy, the volume was made so; fewer are a fault.
    private const int Many = 4;

    // Pixels of a slice below which nothing but equality can be told.
    private const int FewPixels = 200;

    // HU of the mean difference from which a slice is unlike another, and times the difference of its neighbours from each other.
    private const double Unlike = 100, UnlikeRatio = 3;

    // Part of a slice by which its blank end is longer than that of its neighbours.
    private const double BlankEnd = 1 / 16.0;

    // HU of a shift of everything from one slice on, which only one side of the stack shows.
    private const double Step = 300;

    /// <summary>A sentence for each kind of odd slice; none for a stack of ordinary slices.</summary>
    /// <param name="hu">The values, slice after slice.</param>
    /// <param name="samples">Those of each slice that are compared.</param>
    /// <param name="name">What a slice is called.</param>
    public static IReadOnlyList<string> Find<T>(ReadOnlySpan<T> hu, SliceSamples samples, Func<int, string> name)
        where T : struct, INumber<T>
    {
        int slices = samples.Slices, length = hu.Length / slices;

        ReadOnlySpan<float> Of(int k) => samples[k];
        List<int> blank = [], odd = [], cut = [];
        var copies = new List<(int First, int Second)>();
        var bySample = new Dictionary<int, int>();
        for (int k = 0; k < slices; k++)
        {
            ReadOnlySpan<T> slice = hu.Slice(k * length, length);
            if (!Of(k).ContainsAnyExcept(Of(k)[0]) && !slice.ContainsAnyExcept(slice[0]))
            {
                blank.Add(k);
                continue;
            }
            var hash = new HashCode();
            hash.AddBytes(MemoryMarshal.AsBytes(Of(k)));
            if (!bySample.TryAdd(hash.ToHashCode(), k) && bySample[hash.ToHashCode()] is var other
                && slice.SequenceEqual(hu.Slice(other * length, length))) copies.Add((other, k));
        }

        var steps = new double[slices];
        for (int k = 1; k < slices && length >= FewPixels; k++) steps[k] = samples.Difference(k - 1, k);
        for (int k = 0; k < slices && length >= FewPixels; k++)
        {
            if (slices == 1 || blank.Exists(b => Math.Abs(b - k) <= 1)) continue;
            int end = Math.Max(k > 0 ? Constant(Of(k - 1)) : 0, k < slices - 1 ? Constant(Of(k + 1)) : 0);
            if (Constant(Of(k)) > end + BlankEnd * samples.Count) cut.Add(k);
            else if (k > 0 && k < slices - 1)
            {
                double unlike = Math.Min(steps[k], steps[k + 1]);
                if (unlike > Unlike && unlike > UnlikeRatio * samples.Difference(k - 1, k + 1)) odd.Add(k);
            }
        }
        string? order = blank.Count + copies.Count + cut.Count == 0 && length >= FewPixels ? SliceOrder.Find(samples, steps, name) : null;
        int from = 0;
        for (int k = 1; k < slices && from == 0 && odd.Count == 0 && order is null && length >= FewPixels; k++)
            if (IsShifted(Of(k - 1), Of(k)) && !blank.Contains(k) && !blank.Contains(k - 1)) from = k;

        var notes = new List<string>();
        bool isException = Many * (blank.Count + copies.Count) <= slices;
        if (isException && blank.Count > 0)
            notes.Add(Invariant($"{Count(blank.Count)} one value throughout: {name(blank[0])}{Others(blank.Count)}."));
        if (isException && copies is [var copy, ..])
            notes.Add(Invariant($"{Count(copies.Count)} the pixels of another one: {name(copy.Second)} those of {name(copy.First)}")
                + $"{Others(copies.Count)}.");
        if (order is not null) notes.Add(order);
        else if (odd.Count > 0)
            notes.Add(Invariant($"{Count(odd.Count)} values unlike those of both neighbours: {name(odd[0])}{Others(odd.Count)}")
                + Invariant($" (median difference {Shift(Of(odd[0] - 1), Of(odd[0])):0} HU)."));
        if (cut.Count > 0) notes.Add($"{Count(cut.Count)} a blank end that the neighbours have not: {name(cut[0])}{Others(cut.Count)}.");
        if (from > 0)
            notes.Add(Invariant($"All values change by {Shift(Of(from - 1), Of(from)):0} HU from {name(from - 1)} to {name(from)}."));
        return notes;
    }

    /// <summary>The same for a volume whose samples were not taken before.</summary>
    public static IReadOnlyList<string> Find<T>(ReadOnlySpan<T> hu, int slices, Func<int, string> name) where T : struct, INumber<T> =>
        Find(hu, SliceSamples.Of(hu, slices), name);

    private static string Count(int count) => count == 1 ? "One slice has" : Invariant($"{count} slices have");

    private static string Others(int count) => count > 1 ? " and others" : "";

    /// <summary>The median of all differences.</summary>
    private static double Shift(ReadOnlySpan<float> before, ReadOnlySpan<float> after)
    {
        Span<float> differences = stackalloc float[before.Length];
        for (int i = 0; i < before.Length; i++) differences[i] = after[i] - before[i];
        differences.Sort();
        return differences[before.Length / 2];
    }

    /// <summary>True when the size of <see cref="Shift"/> is above <see cref="Step"/>, told by counting.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool IsShifted(ReadOnlySpan<float> before, ReadOnlySpan<float> after)
    {
        int up = 0, down = 0;
        for (int i = 0; i < before.Length; i++)
        {
            float difference = after[i] - before[i];
            if (difference > Step) up++;
            else if (difference < -Step) down++;
        }
        return up >= before.Length - before.Length / 2 || down > before.Length / 2;
    }

    /// <summary>How many of the last samples have one value.</summary>
    private static int Constant(ReadOnlySpan<float> samples) => samples.Length - 1 - samples.LastIndexOfAnyExcept(samples[^1]);
}
