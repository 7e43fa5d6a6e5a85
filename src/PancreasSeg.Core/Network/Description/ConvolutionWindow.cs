namespace PancreasSeg.Network;

/// <summary>Where a convolution looks: kernel, stride and padding along each axis, two of slices or three of volumes.</summary>
/// <param name="Kernel">Taps.</param>
/// <param name="Stride">Voxels from one answer to the next; of a transposed convolution the other way round.</param>
/// <param name="Padding">Zeros on both sides.</param>
internal sealed record ConvolutionWindow(int[] Kernel, int[] Stride, int[] Padding)
{
    /// <summary>A cube or square of odd size whose answers lie on the voxels of the input.</summary>
    /// <param name="axes">Number of axes.</param>
    /// <param name="size">Taps along each axis.</param>
    public static ConvolutionWindow Centred(int axes, int size) =>
        new([.. Enumerable.Repeat(size, axes)], [.. Enumerable.Repeat(1, axes)], [.. Enumerable.Repeat(size / 2, axes)]);

    /// <summary>Every voxel for itself.</summary>
    public bool IsPointwise => Array.TrueForAll(Kernel, taps => taps == 1);

    /// <summary>Voxels of the input for each voxel of the answer; of a transposed convolution the other way round.</summary>
    public int Reduction => Stride.Aggregate(1, (product, step) => product * step);

    /// <summary>Slices from one answer to the next; of a transposed convolution the other way round.</summary>
    public int StrideInSlices => Kernel.Length == 3 ? Stride[0] : 1;

    /// <summary>How far to each side it looks along the slices; 0 within a slice.</summary>
    public int ReachInSlices => Kernel.Length == 3 ? Kernel[0] / 2 : 0;
}
