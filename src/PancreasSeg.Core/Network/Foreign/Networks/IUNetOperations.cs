namespace PancreasSeg.Network.Foreign;

/// <summary>
/// What nnU-Net's networks are made of (<see cref="UNetWalk{T}"/>): <see cref="UNetTensors"/> computes them, <see cref="UNetShapes"/> tells
/// their weights.
/// </summary>
internal interface IUNetOperations<T> : IConvolutionOperations<T>
{
    /// <summary>
    /// Normalisation by the mean and variance of the training, <c>name.running_mean</c> and <c>name.running_var</c>, with
    /// <c>name.weight</c> and <c>name.bias</c>, all of length C; takes the place of <paramref name="x"/>.
    /// </summary>
    T NormaliseByTraining(string name, T x);

    /// <summary>x above 0, <paramref name="slope"/> times x below, in place.</summary>
    T LeakyRelu(T x, double slope);

    /// <summary>Means of blocks as large as the stride.</summary>
    T AveragePool(string name, T x, int[] stride);
}
