namespace PancreasSeg.Inference;

/// <summary>How an engine computes.</summary>
public sealed record EngineOptions
{
    /// <summary>Where.</summary>
    public ComputeDevice Device { get; init; }

    /// <summary>In which number format.</summary>
    public Precision Precision { get; init; }

    /// <summary>Compute threads on the processor; null for all cores. One number for the whole process: the last engine made sets
    /// it.</summary>
    public int? ThreadCount { get; init; }

    /// <summary>
    /// Bytes that the process may take; null for no limit. A volume that would take more goes through the network in slabs of slices.
    /// </summary>
    public long? MaxMemory { get; init; }
}
