namespace PancreasSeg.Network.Foreign;

/// <summary>
/// What a network is made of. A network is written once as calls of these and read by several interpreters: tensors, shapes of weights.
/// Three numbers are in the order of the network's axes. A value lives until it is handed to <see cref="Free"/> or to an operation that takes it.
/// </summary>
/// <typeparam name="T">What an interpreter computes with.</typeparam>
internal interface INetworkOperations<T>
{
    /// <summary>A convolution with weights <c>name.weight</c> and, with a bias, <c>name.bias</c>; padded by half the kernel.</summary>
    T Convolution(string name, T x, int output, int[] kernel, int[] stride, bool bias);

    /// <summary>A transposed convolution whose kernel is its stride.</summary>
    T Transposed(string name, T x, int output, int[] stride, bool bias);

    /// <summary>Normalisation by the channel's own mean and variance over the patch, with learned scale and shift.</summary>
    T InstanceNorm(string name, T x, double epsilon);

    /// <summary>Normalisation by the mean and variance of the training, with learned scale and shift.</summary>
    T BatchNorm(string name, T x, double epsilon);

    /// <summary>x above 0, <paramref name="slope"/> times x below; takes <paramref name="x"/>.</summary>
    T LeakyRelu(T x, double slope);

    /// <summary>Means of blocks of the stride's size.</summary>
    T AveragePool(T x, int[] stride);

    /// <summary>Sum; takes <paramref name="x"/>.</summary>
    T Add(T x, T y);

    /// <summary>The channels of both.</summary>
    T Concat(T x, T y);

    /// <summary>The value is not used again.</summary>
    void Free(T x);

    /// <summary>A part of the network is done: a caller is told and may stop it.</summary>
    void AfterBlock();
}
