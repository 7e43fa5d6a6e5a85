namespace PancreasSeg.Network;

/// <summary>What networks of <see cref="UNetWalk{T}"/> with batch normalisation are made of beside the rest; only nnU-Net's models have
/// it.</summary>
internal interface IUNetOperations<T> : IConvolutionOperations<T>
{
    /// <summary>
    /// Normalisation by the mean and variance of the training, <c>name.running_mean</c> and <c>name.running_var</c>, with
    /// <c>name.weight</c> and <c>name.bias</c>, all of length C; takes the place of <paramref name="x"/>.
    /// </summary>
    T NormaliseByTraining(string name, T x);
}
