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

    /// <summary>
    /// Centre (LPS mm, weighted by probability), mean probability and volume in mL of what lies above the model's threshold; null when
    /// nothing does. And whether the mirror image shows more of a pancreas than the CT itself.
    /// </summary>
    public ((Vector3D Centre, double Confidence, double VolumeMl)? Found, bool IsMirrored) Find(CtVolume ct, IProgress<ProgressStep>? progress, CancellationToken cancellation)
    {
        NetworkInput input = _preprocessor.Prepare(ct, cancellation);
        VolumeGrid grid = input.OutputGrid;
        float[] probabilities = Run(input.Grid, input.Values, progress, cancellation);
        float[] mirrored = Run(input.Grid, Mirror(input), progress, cancellation);
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
        return (count == 0 ? null : (grid.Affine.Apply(sum / weights), weights / count, count * grid.VoxelVolume / 1000), isMirrored);
    }

    /// <summary>How the engine runs a CT on this grid.</summary>
    /// <exception cref="CoreException"><see cref="Fault.MemoryLimitTooSmall"/>.</exception>
    public ExecutionPlan Plan(VolumeGrid ct, long held)
    {
        VolumeGrid grid = _preprocessor.InputGrid(ct);
        return engine.Plan(grid.Slices, grid.Rows, grid.Columns, held);
    }

    public void Dispose() => engine.Dispose();

    private float[] Run(VolumeGrid grid, ReadOnlyMemory<float> values, IProgress<ProgressStep>? progress, CancellationToken cancellation) =>
        engine.Run(values, grid.Slices, grid.Rows, grid.Columns, progress, cancellation);

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
