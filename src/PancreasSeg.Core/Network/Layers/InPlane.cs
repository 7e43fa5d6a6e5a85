using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace PancreasSeg.Network;

/// <summary>Changes of in-plane resolution; the number of slices stays.</summary>
internal static class InPlane
{
    /// <summary>Halves height and width, keeping the largest of each four values.</summary>
    public static Tensor Halve(Tensor x) => x.dim() == 5 ? max_pool3d(x, [1, 2, 2], [1, 2, 2]) : max_pool2d(x, [2, 2], [2, 2]);

    /// <summary>Enlarges height and width by a whole factor, linear between the centres.</summary>
    public static Tensor Upsample(Tensor x, long factor) => factor == 1
        ? x.alias()
        : interpolate(x, scale_factor: [1, factor, factor], mode: InterpolationMode.Trilinear, align_corners: false);

    /// <summary>Enlarges slices, N x C x H x W, by a whole factor, each value repeated.</summary>
    public static Tensor Repeat(Tensor x, long factor) => factor == 1
        ? x.alias()
        : interpolate(x, scale_factor: [factor, factor], mode: InterpolationMode.Nearest);
}
