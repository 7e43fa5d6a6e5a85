using PancreasSeg.Inference;
using PancreasSeg.Network;
using PancreasSeg.Postprocess;
using PancreasSeg.Preprocess;

namespace PancreasSeg.Segmentation;

/// <summary>The first of two stages: finds the centre of the pancreas in the whole volume.</summary>
internal sealed class PancreasLocator(PancreasModel model, ISegmentationEngine engine) : IDisposable
{
    /// <summary>Parts smaller than this fraction of the largest one are taken for stray voxels.</summary>
    private const double SmallestPart = 0.3;

    /// <summary>How much more of a pancreas the mirror image must show to be taken for the truth.</summary>
    private const double MirrorFactor = 2;

    /// <summary>Millilitres below which the mirror image shows nothing.</summary>
    private const double SmallestMirroredMl = 15;

    private readonly Preprocessor _preprocessor = new(model.Plan);
    private readonly PancreasNeighbours? _neighbours = PancreasNeighbours.Of(model.ClassNames);

    /// <summary>How the engine runs a CT on this grid.</summary>
    /// <exception cref="CoreException"><see cref="Fault.MemoryLimitTooSmall"/>.</exception>
    public Execution Settle(VolumeGrid ct, long held)
    {
        VolumeGrid grid = _preprocessor.InputGrid(ct);
        return engine.Settle(grid.Slices, grid.Rows, grid.Columns, held);
    }

    /// <summary>
    /// What lies above the model's threshold, null when nothing does; and whether the mirror image shows more of a pancreas than the CT
    /// itself.
    /// </summary>
    /// <param name="ct">The CT.</param>
    /// <param name="execution">Out of <see cref="Settle"/>.</param>
    /// <param name="progress">Told after each block of the network.</param>
    /// <param name="cancellation">Looked at between slices and between blocks of the network.</param>
    public (LocatorFinding? Finding, bool IsMirrored) Find(CtVolume ct, Execution execution,
        IProgress<ProgressStep>? progress, CancellationToken cancellation)
    {
        NetworkInput input = _preprocessor.Prepare(ct, cancellation);
        VolumeGrid grid = input.OutputGrid;
        Prediction prediction = engine.Run(input.Values, execution, _neighbours is not null, progress, cancellation);
        float[] probabilities = prediction.Probabilities;
        float[] mirrored = engine.Run(Mirror(input), execution, false, progress, cancellation).Probabilities;
        double volume = VolumeMl(mirrored, grid);
        bool isMirrored = volume > SmallestMirroredMl && volume > MirrorFactor * VolumeMl(probabilities, grid);
        var mask = new byte[probabilities.Length];
        RowKernels.Above(probabilities, (float)model.Threshold, mask);
        LabelVolume found = Components.Large(new LabelVolume(grid, mask, ct.Source), SmallestPart, cancellation);

        var (sum, weights, count) = (default(Vector3D), 0.0, 0);
        ReadOnlySpan<byte> labels = found.Labels.Span;
        for (int i = 0; i < labels.Length; i++)
        {
            if (labels[i] == 0) continue;
            var index = new Vector3D(i % grid.Columns, i / grid.Columns % grid.Rows, i / (grid.Columns * grid.Rows));
            (sum, weights, count) = (sum + index * probabilities[i], weights + probabilities[i], count + 1);
        }
        if (count == 0) return (null, isMirrored);
        double? confidence = _neighbours is { } channels && prediction.Classes is { } classes ? channels.Confidence(classes, grid) : null;
        return (new(grid.Affine.Apply(sum / weights), confidence, count * grid.VoxelVolume / 1000), isMirrored);
    }

    public void Dispose() => engine.Dispose();

    /// <summary>The input with left and right exchanged: each row from its other end.</summary>
    private static float[] Mirror(NetworkInput input)
    {
        float[] values = input.Values.ToArray();
        for (int row = 0; row < values.Length; row += input.Grid.Columns) values.AsSpan(row, input.Grid.Columns).Reverse();
        return values;
    }

    /// <summary>Volume above the threshold, weighted by probability.</summary>
    private double VolumeMl(float[] probabilities, VolumeGrid grid) =>
        probabilities.Where(p => p > model.Threshold).Sum(p => (double)p) * grid.VoxelVolume / 1000;
}
