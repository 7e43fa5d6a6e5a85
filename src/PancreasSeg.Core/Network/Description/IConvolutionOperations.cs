namespace PancreasSeg.Network;

/// <summary>
/// What every network here is made of. A network is described once, as a walk over operations, and read by several interpreters.
/// <para>An operation leaves its arguments as they are, but for those that change their first argument in place. The walk
/// frees each value right after its last use.</para>
/// </summary>
/// <typeparam name="T">What stands for N x C x D x H x W values, or N x C x H x W of slices.</typeparam>
internal interface IConvolutionOperations<T>
{
    /// <summary>A convolution with the weights <c>name.weight</c>, C_out x C_in x kernel, and <c>name.bias</c>, C_out.</summary>
    T Convolution(string name, T x, int channels, ConvolutionWindow window, bool hasBias = true);

    /// <summary>A transposed convolution with the weights <c>name.weight</c>, C_in x C_out x kernel, and <c>name.bias</c>, C_out.</summary>
    T Transposed(string name, T x, int channels, ConvolutionWindow window, bool hasBias = true);

    /// <summary>
    /// Instance normalisation with <c>name.weight</c> and <c>name.bias</c>, C, then what is below 0 times the slope: 1 leaves it; takes
    /// the place of <paramref name="x"/>.
    /// </summary>
    T Normalise(string name, T x, double slope = 1);

    /// <summary>x above 0, <paramref name="slope"/> times x below, in place.</summary>
    T LeakyRelu(T x, double slope);

    /// <summary>Means of blocks as large as the stride.</summary>
    T AveragePool(string name, T x, int[] stride);

    /// <summary>Adds <paramref name="x"/> to <paramref name="sum"/>, in place.</summary>
    T Add(string name, T sum, T x);

    /// <summary>The channels of both.</summary>
    T Join(string name, T first, T second);

    /// <summary>The last use of a value by its owner.</summary>
    void Free(T x);

    /// <summary>A block is done; here a caller is told and may stop the pass.</summary>
    void AfterBlock();
}
