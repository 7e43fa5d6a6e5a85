using PancreasSeg.Network.Foreign;

namespace PancreasSeg.Inference.Foreign;

/// <summary>
/// Memory that libtorch and the arrays of an nnU-Net model's run take, known before it. The patch cannot be made smaller: the network
/// normalises over it, and another size is another answer. What does not fit is refused.
/// </summary>
/// <param name="model">The model, its weights loaded.</param>
/// <param name="limit">Bytes that the process may take; null for no limit.</param>
/// <param name="half">True in bfloat16.</param>
internal sealed class NnUNetMemory(NnUNetModel model, long? limit, bool half = false)
{
    private readonly long _process = ProcessWith(model);
    private readonly long _network = UNetMemory.Peak(model.Architecture, model.Labels.Channels, model.Plans.Configuration.Patch,
        half);

    /// <summary>Memory of a run.</summary>
    /// <param name="grid">The voxels in the order in which the model sees them.</param>
    /// <param name="isMirrored">True where mirror images are averaged too.</param>
    /// <param name="held">Bytes of other volumes that are alive during the run, the CT's among them.</param>
    /// <exception cref="CoreException"><see cref="Fault.MemoryLimitTooSmall"/>.</exception>
    public MemoryEstimate Settle(VolumeGrid grid, bool isMirrored, long held)
    {
        MemoryEstimate memory = MemoryEstimate.OfPatches(_network, _process, held + Arrays(grid, isMirrored));
        return memory.Total <= (limit ?? long.MaxValue) ? memory : throw new CoreException(Fault.MemoryLimitTooSmall,
            $"A volume of {grid.Columns} x {grid.Rows} x {grid.Slices} voxels takes {memory} with the nnU-Net model '{model.Name}', whose "
            + $"patches have one size; {limit >> 20} MB are allowed.", limit,
            $"Allow {MemoryEstimate.Megabytes(memory.Total)} MB, crop the CT{(model.Folds.Count > 1 ? ", choose one fold" : "")}, or use a model with "
            + "fewer classes or larger voxels.");
    }

    /// <summary>The most bytes of arrays beside the network's tensors while patches run; before and between them, what exceeds
    /// those.</summary>
    private long Arrays(VolumeGrid grid, bool isMirrored)
    {
        NnUNetConfiguration configuration = model.Plans.Configuration;
        (int[] turned, int[] shape) = NnUNetInput.Shapes(grid, model.Plans);
        int[] padded = [.. shape.Zip(configuration.Patch, Math.Max)];
        bool isResampled = !turned.SequenceEqual(shape), isPadded = !shape.SequenceEqual(padded);
        long source = Voxels(turned), image = Voxels(shape), patch = Voxels(configuration.Patch), plane = (long)padded[1] * padded[2];
        long classes = model.Labels.Channels, folds = model.Folds.Count;
        long spline = isResampled ? sizeof(double) * (long)turned[0] * shape[1] * shape[2] + sizeof(float) * image : 0;
        long prepare = sizeof(float) * (2 * source + (model.Plans.Forward is [0, 1, 2] ? 0 : source)) + spline;
        // The logits of a patch's depth, the labels, the image.
        long kept = sizeof(short) * (folds * classes + 1) * configuration.Patch[0] * plane + 4 * source
            + sizeof(float) * (image + (isPadded ? Voxels(padded) : 0));
        long patches = sizeof(float) * (3 * patch + classes * patch * (isMirrored ? 2 : 1));
        long slices = classes * plane * (sizeof(short) * PatchPrediction.SlicesAtOnce * (folds + (isPadded ? 2 : 1))
            + sizeof(double) * Environment.ProcessorCount);
        return Math.Max(Math.Max(kept + patches, prepare - _network), kept + patches + slices - _network);
    }

    /// <summary>The process as it is without what reading the model left behind, as much as its weights again.</summary>
    private static long ProcessWith(NnUNetModel model)
    {
        ManagedHeap.Trim(model.Folds.Sum(fold => fold.Weights.Tensors.Sum(tensor => sizeof(float) * (long)tensor.Values.Length)));
        return Environment.WorkingSet;
    }

    private static long Voxels(int[] shape) => shape.Aggregate(1L, (product, n) => product * n);
}
