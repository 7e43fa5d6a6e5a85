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

    /// <summary>Number of the middle place.</summary>
    private const int Middle = 0;

    /// <summary>Memory of the input, the sums and the counts on <see cref="Reach"/>.</summary>
    public const long BytesPerVoxel = 3 * sizeof(float);

    private static readonly (int Slice, int Row, int Column)[] s_places =
        [(Shift, Shift, Shift), (Shift, Shift, 0), (Shift, Shift, 2 * Shift), (Shift, 0, Shift), (Shift, 2 * Shift, Shift),
            (0, Shift, Shift), (2 * Shift, Shift, Shift)];

    /// <summary>The grid that all seven boxes lie in.</summary>
    public static VolumeGrid Reach(VolumeGrid box) => box.WithMargin(2 * Shift, 2 * Shift, 2 * Shift);

    /// <summary>
    /// Mean probabilities over the boxes that see a voxel, 0 where none does; and the classes that the middle box tells, 0 beyond it.
    /// </summary>
    /// <param name="engine">The network.</param>
    /// <param name="input">The CT on <see cref="Reach"/>.</param>
    /// <param name="execution">How one box is run.</param>
    /// <param name="withClasses">True for the classes too.</param>
    /// <param name="progress">Told after each box.</param>
    /// <param name="cancellation">Looked at between blocks of the network.</param>
    /// <returns>As many values as <paramref name="input"/> has.</returns>
    public static Prediction Run(ISegmentationEngine engine, NetworkInput input, Execution execution, bool withClasses = false,
        IProgress<ProgressStep>? progress = null, CancellationToken cancellation = default)
    {
        VolumeGrid reach = input.Grid;
        (int, int, int) box = (execution.Depth, execution.Height, execution.Width);
        var sum = new WeightedSum(reach.Slices, reach.Rows, reach.Columns);
        byte[]? classes = null;
        for (int i = 0; i < s_places.Length; i++)
        {
            float[] values = WeightedSum.Cut(input.Values.Span, reach.Rows, reach.Columns, box, s_places[i]);
            Prediction answer = engine.Run(values, execution, withClasses && i == Middle, null, cancellation);
            sum.Add(answer.Probabilities, box, s_places[i]);
            if (answer.Classes is { } told) classes = WeightedSum.Place(told, reach.Slices, reach.Rows, reach.Columns, box, s_places[i]);
            progress?.Report(new ProgressStep($"box {i + 1} of {s_places.Length}", (i + 1.0) / s_places.Length));
        }
        return new Prediction(sum.Mean(), classes);
    }
}
