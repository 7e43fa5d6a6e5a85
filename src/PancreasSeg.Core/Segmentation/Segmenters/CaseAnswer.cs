using PancreasSeg.Inference;
using PancreasSeg.Network.Foreign;
using PancreasSeg.Postprocess;

namespace PancreasSeg.Segmentation;

/// <summary>What a model found in one CT.</summary>
/// <param name="Mask">1 where pancreas, on the CT's grid.</param>
/// <param name="Engine">What computed, and how it went about it.</param>
internal sealed record CaseAnswer(LabelVolume Mask, EngineInfo Engine)
{
    /// <summary>Probability above which a voxel is pancreas; null where another rule decides.</summary>
    public double? Threshold { get; init; }

    /// <summary>Probabilities of the pancreas on the CT's grid, where asked for and where the network ran.</summary>
    public ProbabilityVolume? Probability { get; init; }

    /// <summary>What was done to the mask after the threshold; null for nothing.</summary>
    public PostprocessRule? Rule { get; init; }

    /// <summary>Members of an ensemble that were asked; null for any other model, and where none was.</summary>
    public int? Members { get; init; }

    /// <summary>What the probabilities show of their quality; null where they show no pancreas or the model predicts none.</summary>
    public IReadOnlyList<double>? Signs { get; init; }

    /// <summary>Dice of the masks of the first two members; null where fewer were asked.</summary>
    public double? Agreement { get; init; }

    /// <summary>Where a locator found the pancreas; null where none looked or none was found.</summary>
    public PancreasLocation? Location { get; init; }

    /// <summary>The contrast phase, where the model tells vessels apart.</summary>
    public ContrastPhase? Phase { get; init; }

    /// <summary>Lowest and highest HU that counted as pancreas; null for no such bounds.</summary>
    public IReadOnlyList<double>? HuBounds { get; init; }

    /// <summary>HU on the scanner's grid above which the mask showed vessels; null where none were taken out.</summary>
    public double? VesselHu { get; init; }

    /// <summary>What is odd about the way there.</summary>
    public IReadOnlyList<SegmentationReason> Reasons { get; init; } = [];

    /// <summary>What was seen of it, a sentence each.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>How an nnU-Net model was applied; null for any other.</summary>
    public NnUNetUse? NnUNet { get; init; }

    /// <summary>The labels of the classes that were asked for, on the CT's grid; null where none were.</summary>
    public LabelVolume? Labels { get; init; }

    /// <summary>The classes that were asked for.</summary>
    public IReadOnlyList<NnUNetClass> Classes { get; init; } = [];

    /// <summary>The part of the CT that the model saw; null for all of it.</summary>
    public IndexBox? Seen { get; init; }

    /// <summary>Bytes that were expected at the peak; null where the engine does not tell.</summary>
    public long? Memory { get; init; }

    /// <summary>Time for the network's input.</summary>
    public TimeSpan Preprocess { get; init; }

    /// <summary>Time for the network.</summary>
    public TimeSpan Network { get; init; }

    /// <summary>Time for the mask.</summary>
    public TimeSpan Postprocess { get; init; }
}
