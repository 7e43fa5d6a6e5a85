using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace PancreasSeg.Network;

/// <summary>
/// Convolutions of volumes, N x C x D x H x W, and of slices, N x C x H x W. They compute in the number format of their input, or in
/// float32 where bfloat16 cannot be trusted, whatever that of the weights, so that training in bfloat16 updates float32 weights.
/// </summary>
internal static class Convolution
{
    /// <summary>N x C_in x ... to N x C_out x ..., in the number format of <paramref name="x"/>.</summary>
    /// <param name="x">The input.</param>
    /// <param name="weight">C_out x C_in x kernel; for a transposed convolution C_in x C_out x kernel.</param>
    /// <param name="bias">C_out.</param>
    /// <param name="window">Stride and padding; the kernel comes with the weights.</param>
    /// <param name="transposed">True for a transposed convolution.</param>
    /// <param name="anyBlocks">As for <see cref="BFloat16Support.Fits"/>.</param>
    public static Tensor Of(Tensor x, Tensor weight, Tensor? bias, ConvolutionWindow window, bool transposed = false,
        bool anyBlocks = false)
    {
        if (window.IsPointwise) return Pointwise(x, weight, bias);
        using var scope = NewDisposeScope();
        (long input, long output) = transposed ? (weight.shape[0], weight.shape[1]) : (weight.shape[1], weight.shape[0]);
        bool fits = x.dtype != ScalarType.BFloat16 || BFloat16Support.Fits(input, output, transposed, anyBlocks);
        ScalarType type = fits ? x.dtype : ScalarType.Float32;
        Tensor values = x.to(type), kernel = weight.to(type);
        Tensor? offset = bias?.to(type);
        long[] stride = [.. window.Stride], padding = [.. window.Padding];
        Tensor y = (transposed, x.dim()) switch
        {
            (false, 5) => conv3d(values, kernel, offset, stride, padding),
            (true, 5) => conv_transpose3d(values, kernel, offset, stride, padding),
            (false, _) => conv2d(values, kernel, offset, stride, padding),
            (true, _) => conv_transpose2d(values, kernel, offset, stride, padding),
        };
        return y.to(x.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// A 1x1x1 convolution: with channels innermost in memory it is one matrix product.
    /// </summary>
    /// <param name="x">N x C_in x D x H x W or N x C_in x H x W.</param>
    /// <param name="weight">C_out x C_in and kernel axes of 1.</param>
    /// <param name="bias">C_out.</param>
    public static Tensor Pointwise(Tensor x, Tensor weight, Tensor? bias)
    {
        using var scope = NewDisposeScope();
        Tensor matrix = weight.to(x.dtype).flatten(1).t();                      // C_in x C_out
        Tensor voxels = x.movedim([1], [-1]);                                   // N x D x H x W x C_in
        Tensor rows = voxels.reshape(-1, x.shape[1]);                           // NDHW x C_in
        Tensor y = bias is null ? rows.matmul(matrix) : addmm(bias.to(x.dtype), rows, matrix, 1f, 1f); // NDHW x C_out
        return y.view([.. voxels.shape[..^1], -1]).movedim([-1], [1]).MoveToOuterDisposeScope();
    }

    /// <summary>Adds a 1x1x1 convolution of <paramref name="x"/> without bias to <paramref name="sum"/> in place.</summary>
    /// <param name="sum">N x C_out x D x H x W, channels last.</param>
    /// <param name="x">N x C_in x D x H x W.</param>
    /// <param name="weight">C_out x C_in and kernel axes of 1.</param>
    public static void AddPointwise(Tensor sum, Tensor x, Tensor weight)
    {
        using var scope = NewDisposeScope();
        Tensor matrix = weight.to(x.dtype).flatten(1).t();                      // C_in x C_out
        sum.movedim([1], [-1]).view(-1, sum.shape[1]).addmm_(x.movedim([1], [-1]).reshape(-1, x.shape[1]), matrix);
    }
}
