namespace PancreasSeg.Training;

/// <summary>How the learning rate falls.</summary>
public enum LearningRatePolicy
{
    /// <summary>By a factor whenever validation has not improved for some epochs: for long runs whose end is not known.</summary>
    Plateau,

    /// <summary>Along half a cosine to the smallest rate at the end of the run (Loshchilov and Hutter 2017): for runs of known
    /// length.</summary>
    Cosine,

    /// <summary>With the power 0.9 of the part of the run that is left, to the smallest rate: nnU-Net's, made for
    /// <see cref="OptimizerKind.Sgd"/>.</summary>
    Polynomial,
}
