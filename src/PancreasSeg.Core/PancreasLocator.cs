using PancreasSeg.Inference;
using PancreasSeg.Network;
using PancreasSeg.Postprocess;
using PancreasSeg.Preprocess;

namespace PancreasSeg;

/// <summary>The first of two stages: finds the centre of the pancreas in the whole volume.</summary>
internal sealed class PancreasLocator(PancreasModel model, ISegmentationEngine engine) : IDisposable
{
    /// <summary>Parts smaller than this fraction of the largest one are taken for stray voxels.</summary>
    private const double SmallestPart = 0.3;

    private readonly Preprocessor _preprocessor = new(model.Plan);

    /// <summary>Centre (LPS mm, weighted by probability), mean probability and volume in mL of what lies above the model's threshold; null when nothing does.</summary>
    public (Vector3D Centre, double Confidence, double VolumeMl)? Find(CtVolume ct, IProgress<ProgressStep>? progress, CancellationToken cancellation)
    {
        NetworkInput input = _preprocessor.Prepare(ct, cancellation);
        VolumeGrid grid = input.OutputGrid;
        float[] probabilities = engine.Run(input.Values, input.Grid.Slices, input.Grid.Rows, input.Grid.Columns, progress, cancellation);
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
        return count == 0 ? null : (grid.Affine.Apply(sum / weights), weights / count, count * grid.VoxelVolume / 1000);
    }

    public void Dispose() => engine.Dispose();
}
