namespace PancreasSeg.Training;

/// <summary>How gradients become updates of the weights.</summary>
public sealed record OptimizerOptions
{
    private const string Group = "Optimizer";

    /// <summary>The method.</summary>
    public OptimizerKind Kind { get; init; }

    /// <summary>Pull of the weights to zero: decoupled from the gradient in AdamW, part of it in Adam and Sgd.</summary>
    public double WeightDecay { get; init; }

    /// <summary>Adam and AdamW: memory of the gradient's square.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Sgd: memory of the update, with Nesterov's look ahead.</summary>
    public double Momentum { get; init; } = 0.99;

    /// <summary>Gradients longer than this are shortened to it: one odd case must not throw the weights away.</summary>
    public double GradientClip { get; init; } = 5;

    /// <summary>
    /// How slowly the weights that are validated and kept follow those in training, 0 (at once) to below 1: with 0.99 they are the
    /// mean of about the last hundred steps.
    /// </summary>
    public double AverageDecay { get; init; }

    internal void Validate()
    {
        Setting.Require(Enum.IsDefined(Kind), Group, nameof(Kind), "this version knows");
        Setting.Require(WeightDecay >= 0 && double.IsFinite(WeightDecay), Group, nameof(WeightDecay), "is 0 or more");
        Setting.Require(Beta2 is > 0 and < 1, Group, nameof(Beta2), "lies between 0 and 1");
        Setting.Require(Momentum is > 0 and < 1, Group, nameof(Momentum), "lies between 0 and 1");
        Setting.Require(GradientClip > 0, Group, nameof(GradientClip), "is positive");
        Setting.Require(AverageDecay is >= 0 and < 1, Group, nameof(AverageDecay), "is 0 or more and below 1");
    }
}
