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

    private readonly Preprocessor _preprocessor = new(model.Plan, model.Network.Divisors);
    private readonly PancreasNeighbours? _neighbours = PancreasNeighbours.Of(model.ClassNames);
    private readonly OrganHeights? _heights = OrganHeights.Of(model.ClassNames);

    /// <summary>How the engine runs a CT on this grid.</summary>
    /// <exception cref="CoreException"><see cref="Fault.MemoryLimitTooSmall"/>.</exception>
    public Execution Settle(VolumeGrid ct, long held)
    {
        VolumeGrid grid = _preprocessor.InputGrid(ct);
        return engine.Settle(grid.Slices, grid.Rows, grid.Columns, held);
    }

    /// <summary>What lies above the model's threshold, and how the patient lies.</summary>
    /// <param name="ct">The CT.</param>
    /// <param name="execution">Out of <see cref="Settle"/>.</param>
    /// <param name="progress">Told after each block of the network.</param>
    /// <param name="cancellation">Looked at between slices and between blocks of the network.</param>
    public LocatorAnswer Find(CtVolume ct, Execution execution,
        IProgress<ProgressStep>? progress, CancellationToken cancellation)
    {
        NetworkInput input = _preprocessor.Prepare(ct, cancellation);
        VolumeGrid grid = input.OutputGrid;
        Prediction prediction = engine.Run(input.Values, execution, _neighbours is not null, progress, cancellation);
        float[] probabilities = prediction.Probabilities;
        float[] mirrored = engine.Run(Mirror(input), execution, false, progress, cancellation).Probabilities;
        double own = VolumeMl(probabilities, grid), volume = VolumeMl(mirrored, grid);
        bool isMirrored = volume > SmallestMirroredMl && volume > MirrorFactor * own;
        double? confidence = _neighbours is { } channels && prediction.Classes is { } classes ? channels.Confidence(classes, grid) : null;
        string[] doubts = [.. Doubts()];
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
        return new LocatorAnswer(
            count == 0 ? null : new(grid.Affine.Apply(sum / weights), confidence, count * grid.VoxelVolume / 1000), isMirrored, doubts);

        IEnumerable<string> Doubts()
        {
            if (confidence is not { } seen) yield break;
            // A sure answer tells by itself how the organs lie; of an unsure one the CT with its back in front is asked for.
            if (seen >= 1)
            {
                if (own > SmallestMirroredMl && _heights?.AreReversed(prediction.Classes, grid) == true)
                    yield return "what the first stage takes for the liver lies below kidneys and bowel";
                yield break;
            }
            Prediction turned = engine.Run(BackInFront(input), execution, true, progress, cancellation);
            if (turned.Classes is { } organs && _neighbours?.Confidence(organs, grid) >= 1
                && VolumeMl(turned.Probabilities, grid) is var found && found > SmallestMirroredMl && found > own)
                yield return "the first stage sees more of pancreas and aorta with front and back exchanged";
        }
    }

    public void Dispose() => engine.Dispose();

    /// <summary>The input with left and right exchanged: each row from its other end.</summary>
    private static float[] Mirror(NetworkInput input)
    {
        float[] values = input.Values.ToArray();
        for (int row = 0; row < values.Length; row += input.Grid.Columns) values.AsSpan(row, input.Grid.Columns).Reverse();
        return values;
    }

    /// <summary>The input with front and back exchanged: the rows of each slice from its other end.</summary>
    private static float[] BackInFront(NetworkInput input)
    {
        ReadOnlySpan<float> values = input.Values.Span;
        var turned = new float[values.Length];
        (int columns, int rows) = (input.Grid.Columns, input.Grid.Rows);
        for (int at = 0; at < values.Length; at += columns)
        {
            int row = at / columns % rows;
            values.Slice(at, columns).CopyTo(turned.AsSpan(at + (rows - 1 - 2 * row) * columns));
        }
        return turned;
    }

    /// <summary>Volume above the threshold, weighted by probability.</summary>
    private double VolumeMl(float[] probabilities, VolumeGrid grid) =>
        probabilities.Where(p => p > model.Threshold).Sum(p => (double)p) * grid.VoxelVolume / 1000;
}
