using PancreasSeg.Inference;

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

    /// <summary>Leaves out what the model's file says is done to masks after the threshold.</summary>
    public bool NoPostprocess { get; init; }

    /// <summary>How many members of an ensemble are asked; any other model takes the default alone.</summary>
    public SegmentationEffort Effort { get; init; }

    /// <summary>Adds the probabilities on the scanner's grid to the result: 4 bytes a voxel.</summary>
    public bool KeepProbability { get; init; }

    /// <summary>For models of nnU-Net: averages over the mirror images that the model was trained with.</summary>
    public bool Mirror { get; init; }

    /// <summary>For models of nnU-Net: the patient's directions in which columns, rows and slices of its training images run, e.g.
    /// <c>RAS</c>; null as the model and the CT say.</summary>
    public string? Orientation { get; init; }

    /// <summary>For models of nnU-Net: whose steps go round the network.</summary>
    public NnUNetPreparation Preparation { get; init; }

    /// <summary>For models of nnU-Net: names of classes whose labels the result holds too; * and ? are wildcards. None by
    /// default.</summary>
    public IReadOnlyList<string> Classes { get; init; } = [];
}
