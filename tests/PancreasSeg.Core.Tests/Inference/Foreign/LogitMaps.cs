using PancreasSeg.Inference.Foreign;

namespace PancreasSeg.Core.Tests.Inference.Foreign;

internal static class LogitMaps
{
    /// <summary>Slices that were handed over one after another as one map.</summary>
    public static LogitMap Joined(this IReadOnlyList<LogitMap> slabs) => new(
        [.. Enumerable.Range(0, slabs[0].Channels.Length).Select(c => slabs.SelectMany(slab => slab.Channels[c]).ToArray())],
        [slabs.Sum(slab => slab.Shape[0]), slabs[0].Shape[1], slabs[0].Shape[2]]);
}
