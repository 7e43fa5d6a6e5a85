using PancreasSeg.Preprocess;

namespace PancreasSeg.Network;

/// <summary>
/// Runs a network that works in a box at five places, the middle one and one to each side in the plane of the slices, and averages what it
/// says: where the box lies by chance matters less, and what lies near its edge is seen from several boxes. Along slices attention U-Nets,
/// which pool in the plane alone, would say the same from every place.
/// </summary>
internal static class BoxAverage
{
    /// <summary>Voxels between the places along rows and columns.</summary>
    public const int Shift = 4;

    /// <summary>Parts of a mask below this fraction of the largest one are strays.</summary>
    public const double SmallestPart = 0.2;

    /// <summary>Number of the middle place.</summary>
    private const int Middle = 0;

    /// <summary>Memory of the input, the sums and the counts on <see cref="Reach"/>.</summary>
    public const long BytesPerVoxel = 3 * sizeof(float);

    private static readonly (int Slice, int Row, int Column)[] s_places =
        [(0, Shift, Shift), (0, Shift, 0), (0, Shift, 2 * Shift), (0, 0, Shift), (0, 2 * Shift, Shift)];

    /// <summary>The grid that all boxes lie in.</summary>
    public static VolumeGrid Reach(VolumeGrid box) => box.WithMargin(2 * Shift, 2 * Shift, 0);

    /// <summary>
    /// Mean probabilities over the boxes that see a voxel, 0 where none does; and the classes that the middle box tells, 0 beyond it.
    /// </summary>
    /// <param name="pass">Runs the network over one box, D x H x W values, and is told whether it is the middle one; classes where it tells
    /// them.</param>
    /// <param name="input">The CT on <see cref="Reach"/>.</param>
    /// <param name="progress">Told after each box.</param>
    /// <returns>As many values as <paramref name="input"/> has.</returns>
    public static (float[] Probabilities, byte[]? Classes) Run(
        Func<ReadOnlyMemory<float>, bool, (float[] Probabilities, byte[]? Classes)> pass, NetworkInput input,
        IProgress<ProgressStep>? progress = null)
    {
        VolumeGrid reach = input.Grid;
        (int, int, int) box = (reach.Slices, reach.Rows - 2 * Shift, reach.Columns - 2 * Shift);
        var sum = new WeightedSum(reach.Slices, reach.Rows, reach.Columns);
        byte[]? classes = null;
        for (int i = 0; i < s_places.Length; i++)
        {
            float[] values = WeightedSum.Cut(input.Values.Span, reach.Rows, reach.Columns, box, s_places[i]);
            (float[] probabilities, byte[]? told) = pass(values, i == Middle);
            sum.Add(probabilities, box, s_places[i]);
            if (told is not null) classes = WeightedSum.Place(told, reach.Slices, reach.Rows, reach.Columns, box, s_places[i]);
            progress?.Report(new ProgressStep($"box {i + 1} of {s_places.Length}", (i + 1.0) / s_places.Length));
        }
        return (sum.Mean(), classes);
    }
}
