namespace PancreasSeg.Inference.Foreign;

/// <summary>How an nnU-Net model is applied.</summary>
internal sealed record NnUNetOptions
{
    /// <summary>Part of a patch from one to the next at most, above 0 and up to 1; null as the steps of <see cref="Preparation"/> have
    /// it.</summary>
    public double? Step { get; init; }

    /// <summary>True to average over the mirror images that the model allows.</summary>
    public bool Mirror { get; init; }

    /// <summary>The patient directions in which the model saw its training images' axes run, e.g. <c>RAS</c>; null as the model and the CT
    /// say.</summary>
    public string? Orientation { get; init; }

    /// <summary>Whose steps go round the network.</summary>
    public NnUNetPreparation Preparation { get; init; }

    /// <summary>Name of the class whose probability is wanted beside the labels; null for none.</summary>
    public string? ProbabilityOf { get; init; }
}
