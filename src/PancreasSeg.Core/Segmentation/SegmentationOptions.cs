namespace PancreasSeg.Segmentation;

/// <summary>What a caller may decide per case.</summary>
public sealed record SegmentationOptions
{
    /// <summary>Probability above which a voxel is pancreas, 0 to 1 exclusive; null takes the model's own.</summary>
    public double? Threshold { get; init; }

    /// <summary>Keep only the largest connected piece (26-neighbourhood).</summary>
    public bool LargestComponent { get; init; }

    /// <summary>Segments also what the input gate would reject; its reasons stand in the result all the same.</summary>
    public bool AcceptAnyInput { get; init; }

    /// <summary>Bytes that the caller holds beside this case, such as a CT read ahead; they count in the estimate and against the engine's limit.</summary>
    public long HeldMemory { get; init; }
}
