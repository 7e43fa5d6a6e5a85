using PancreasSeg.Preprocess;

namespace PancreasSeg.Inference;

/// <summary>
/// Runs a network that works in a box at seven places, the middle one and one to each side, and averages what it says: where the
/// box lies by chance matters less, and what lies near its edge is seen from several boxes.
/// </summary>
internal static class BoxAverage
{
    /// <summary>Voxels between the places along each axis.</summary>
    private const int Shift = 4;

    /// <summary>Memory of the input, the sums and the counts on <see cref="Reach"/>.</summary>
    public const long BytesPerVoxel = 3 * sizeof(float);

    private static readonly (int Slice, int Row, int Column)[] s_places =
        [(Shift, Shift, Shift), (Shift, Shift, 0), (Shift, Shift, 2 * Shift), (Shift, 0, Shift), (Shift, 2 * Shift, Shift), (0, Shift, Shift), (2 * Shift, Shift, Shift)];

    /// <summary>The grid that all seven boxes lie in.</summary>
    public static VolumeGrid Reach(VolumeGrid box) => box.WithMargin(2 * Shift, 2 * Shift, 2 * Shift);

    /// <summary>The input of the middle box.</summary>
    /// <param name="input">The CT on <see cref="Reach"/>.</param>
    /// <param name="box">The middle box.</param>
    public static float[] Middle(NetworkInput input, VolumeGrid box) => Cut(input, box, s_places[0]);

    /// <summary>Mean probabilities over the boxes that see a voxel; 0 where none does.</summary>
    /// <param name="engine">The network.</param>
    /// <param name="input">The CT on <see cref="Reach"/>.</param>
    /// <param name="box">The middle box.</param>
    /// <param name="progress">Told after each box.</param>
    /// <param name="cancellation">Looked at between blocks of the network.</param>
    /// <returns>As many values as <paramref name="input"/> has.</returns>
    public static float[] Run(ISegmentationEngine engine, NetworkInput input, VolumeGrid box, IProgress<ProgressStep>? progress, CancellationToken cancellation)
    {
        VolumeGrid reach = input.Grid;
        var sum = new WeightedSum(reach.Slices, reach.Rows, reach.Columns);
        for (int i = 0; i < s_places.Length; i++)
        {
            float[] answer = engine.Run(Cut(input, box, s_places[i]), box.Slices, box.Rows, box.Columns, null, cancellation);
            sum.Add(answer, (box.Slices, box.Rows, box.Columns), s_places[i]);
            progress?.Report(new ProgressStep($"box {i + 1} of {s_places.Length}", (i + 1.0) / s_places.Length));
        }
        return sum.Mean();
    }

    private static float[] Cut(NetworkInput input, VolumeGrid box, (int Slice, int Row, int Column) place) =>
        WeightedSum.Cut(input.Values.Span, input.Grid.Rows, input.Grid.Columns, (box.Slices, box.Rows, box.Columns), place);
}
