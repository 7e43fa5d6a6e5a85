namespace PancreasSeg.Network;

/// <summary>
/// What a network is made of. A network is described once, as a walk over these operations (<see cref="AttentionUNetWalk{T}"/>), and read
/// by several interpreters: <see cref="TensorOperations"/> computes it, <see cref="ShapeOperations"/> tells its weights and its
/// reach, <see cref="MemoryOperations"/> its memory, <see cref="Onnx.GraphOperations"/> writes it as a graph.
/// <para>An operation leaves its arguments as they are, but for those that change their first argument in place. The walk
/// frees each value right after its last use.</para>
/// </summary>
/// <typeparam name="T">What stands for N x C x D x H x W values, or N x C x H x W of slices.</typeparam>
internal interface INetworkOperations<T>
{
    /// <summary>A convolution with the weights <c>name.weight</c>, C_out x C_in x kernel, and <c>name.bias</c>, C_out.</summary>
    T Convolution(string name, T x, int channels, ConvolutionWindow window, bool hasBias = true);

    /// <summary>A transposed convolution with the weights <c>name.weight</c>, C_in x C_out x kernel, and <c>name.bias</c>, C_out.</summary>
    T Transposed(string name, T x, int channels, ConvolutionWindow window);

    /// <summary>Instance normalisation with <c>name.weight</c> and <c>name.bias</c>, C; takes the place of <paramref name="x"/>.</summary>
    T Normalise(string name, T x);

    /// <summary>max(x, 0), in place.</summary>
    T Relu(T x);

    /// <summary>1 / (1 + exp(-x)), in place.</summary>
    T Sigmoid(string name, T x);

    /// <summary>Adds <paramref name="x"/> to <paramref name="sum"/>, in place.</summary>
    T Add(string name, T sum, T x);

    /// <summary>
    /// Adds <paramref name="x"/> to <paramref name="sum"/>, in place; where channels differ, through a convolution of kernel 1 with
    /// <c>block.shortcut.weight</c> alone.
    /// </summary>
    T AddShortcut(string block, T sum, T x);

    /// <summary>Every channel of <paramref name="x"/> times the one channel of <paramref name="coefficients"/>.</summary>
    T Multiply(string name, T x, T coefficients);

    /// <summary>Max-pooling that halves height and width.</summary>
    T Halve(string name, T x);

    /// <summary>Enlarges height and width by a whole factor: volumes linearly between the centres, slices by repetition.</summary>
    T Upsample(string name, T x, int factor);

    /// <summary>The channels of both.</summary>
    T Join(string name, T first, T second);

    /// <summary>A second owner of the same values.</summary>
    T Share(T x);

    /// <summary>The last use of a value by its owner.</summary>
    void Free(T x);

    /// <summary>
    /// What a decoder stage contributes to the answer, deepest first: through <c>headS</c>, C to K classes, enlarged to full size and
    /// mixed with the other stages by <c>output</c>.
    /// </summary>
    void Head(int stage, T features);

    /// <summary>All heads have spoken.</summary>
    void Output();

    /// <summary>A block is done; here a caller is told and may stop the pass.</summary>
    void AfterBlock();
}
