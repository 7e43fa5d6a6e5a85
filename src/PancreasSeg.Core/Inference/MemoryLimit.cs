using PancreasSeg.Network;

namespace PancreasSeg.Inference;

/// <summary>
/// Finds the fewest slabs in which a volume stays within a memory limit. In what number format was settled before: Auto is bfloat16,
/// the smaller one, wherever the processor computes with it.
/// </summary>
internal static class MemoryLimit
{
    /// <summary>How a volume is run, and what that takes.</summary>
    /// <param name="spec">The network. One with instance normalisation takes its statistics over the whole volume after each
    /// convolution; in slabs, exactly, every one of them would cost a pass of its own. It runs whole or not at all.</param>
    /// <param name="depth">Slices.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="half">True in bfloat16.</param>
    /// <param name="process">Bytes of the process before the run.</param>
    /// <param name="held">Bytes that the caller holds.</param>
    /// <param name="limit">Bytes allowed; null for no limit.</param>
    /// <exception cref="CoreException"><see cref="Fault.MemoryLimitTooSmall"/>.</exception>
    public static (Slabs Slabs, MemoryEstimate Memory) Fit(
        NetworkSpec spec, int depth, int height, int width, bool half, long process, long held, long? limit)
    {
        Slabs slabs = Slabs.Fewest(spec, depth);
        int most = spec.Norm == NetworkNorm.None ? depth : 1;
        MemoryEstimate memory = Estimate(slabs), least = memory;
        for (int count = slabs.Count + 1; memory.Total > limit && count <= most; count++)
        {
            slabs = slabs with { Count = count };
            memory = Estimate(slabs);
            if (memory.Total < least.Total) least = memory;
        }
        return memory.Total <= (limit ?? long.MaxValue) ? (slabs, memory) : throw new CoreException(Fault.MemoryLimitTooSmall,
            $"A volume of {width} x {height} x {depth} voxels takes {least}{(most == 1 ? ", because this network normalises over the whole volume" : " even slice by slice")}; {limit >> 20} MB are allowed.",
            limit, $"Allow {MemoryEstimate.Megabytes(least.Total)} MB, begin in a new session where this one holds much, or use a model with "
                + "fewer filters or larger voxels.");

        MemoryEstimate Estimate(Slabs cut) => MemoryEstimate.Of(spec, cut, height, width, half, process, held);
    }
}
