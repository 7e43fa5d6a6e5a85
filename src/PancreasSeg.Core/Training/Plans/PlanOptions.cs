using PancreasSeg.Network;

namespace PancreasSeg.Training;

/// <summary>What a plan has to keep to.</summary>
public sealed record PlanOptions
{
    /// <summary>Bytes that a training may take; null for the memory of this machine.</summary>
    public long? Budget { get; init; }

    /// <summary>How long to train, both stages together; null for no limit.</summary>
    public TimeSpan? MaxDuration { get; init; }

    /// <summary>The network of the stage that segments: AttentionUNet or ResidualUNet. A locator is an AttentionUNet.</summary>
    public NetworkKind Network { get; init; }

    /// <summary>Channels of the network's first stage.</summary>
    public int Filters { get; init; } = new NetworkSpec().Filters;

    /// <summary>Where training will compute.</summary>
    public ComputeDevice Device { get; init; }

    /// <summary>Number format of the convolutions.</summary>
    public Precision Precision { get; init; }

    /// <summary>Compute threads; null for all cores.</summary>
    public int? ThreadCount { get; init; }
}
