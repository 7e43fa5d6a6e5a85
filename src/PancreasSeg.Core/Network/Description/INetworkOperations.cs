namespace PancreasSeg.Network;

/// <summary>
/// What an attention U-Net is made of. The network is described once, as a walk over these operations (<see cref="AttentionUNetWalk{T}"/>),
/// and read
/// by several interpreters: <see cref="TensorOperations"/> computes it, <see cref="ShapeOperations"/> tells its weights and its
/// reach, <see cref="MemoryOperations"/> its memory, <see cref="Onnx.GraphOperations"/> writes it as a graph.
/// </summary>
/// <typeparam name="T">What stands for N x C x D x H x W values, or N x C x H x W of slices.</typeparam>
internal interface INetworkOperations<T> : IConvolutionOperations<T>
{
    /// <summary>max(x, 0), in place.</summary>
    T Relu(T x);

    /// <summary>1 / (1 + exp(-x)), in place.</summary>
    T Sigmoid(string name, T x);

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

    /// <summary>A second owner of the same values.</summary>
    T Share(T x);

    /// <summary>
    /// What a decoder stage contributes to the answer, deepest first: through <c>headS</c>, C to K classes, enlarged to full size and
    /// mixed with the other stages by <c>output</c>.
    /// </summary>
    void Head(int stage, T features);

    /// <summary>All heads have spoken.</summary>
    void Output();
}
