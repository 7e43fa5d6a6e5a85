using PancreasSeg.Network;

namespace PancreasSeg.Inference;

/// <summary>
/// A volume cut into slabs of slices that go through the network one after the other, each with as many slices to its sides as its
/// answer depends on, so that the answers are those of the whole volume.
/// </summary>
/// <param name="Depth">Slices of the volume.</param>
/// <param name="Count">Slabs; 1 for the whole volume at once.</param>
/// <param name="Halo">Slices to each side that an answer depends on.</param>
internal readonly record struct Slabs(int Depth, int Count, int Halo)
{
    /// <summary>Slices that each slab answers for; the last one may have fewer.</summary>
    public int Thickness => (Depth + Count - 1) / Count;

    /// <summary>Slices of the largest slab with its sides.</summary>
    public int Window => All().Max(slab => slab.To - slab.From);

    /// <summary>The fewest slabs: the whole volume, or the few slices that a network of slices takes together.</summary>
    public static Slabs Fewest(NetworkSpec spec, int depth) =>
        new(depth, spec.IsOfSlices ? (depth + NetworkSpec.ChunkSlices - 1) / NetworkSpec.ChunkSlices : 1, spec.ReachInSlices);

    /// <summary>The slices that each slab answers for, Start to End, and those it sees, From to To; the ends are exclusive.</summary>
    public IEnumerable<(int Start, int End, int From, int To)> All()
    {
        for (int start = 0; start < Depth; start += Thickness)
        {
            int end = Math.Min(start + Thickness, Depth);
            yield return (start, end, Math.Max(0, start - Halo), Math.Min(Depth, end + Halo));
        }
    }

    /// <summary><c>whole</c>, or <c>slabs of 24</c>.</summary>
    public override string ToString() => Count == 1 ? "whole" : FormattableString.Invariant($"slabs of {Thickness}");
}
