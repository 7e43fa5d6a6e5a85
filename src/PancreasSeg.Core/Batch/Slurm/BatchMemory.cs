using PancreasSeg.Inference;
using PancreasSeg.Network;
using PancreasSeg.Preprocess;

namespace PancreasSeg.Batch;

/// <summary>How much memory a batch with a model takes, told before it.</summary>
public static class BatchMemory
{
    // The widest scan, and the largest CT that is expected: 512 x 512 x 1,000 voxels of two bytes, read, at work and written.
    private const double FieldMm = 500;
    private const long LargestCt = 512L * 512 * 1000 * 2, PowerShell = 100_000_000;
    private const double Margin = 1.25;

    /// <summary>Bytes for one process, a quarter added.</summary>
    /// <param name="model">The model.</param>
    /// <param name="studiesAtOnce">See <see cref="BatchOptions.ThrottleLimit"/>.</param>
    /// <exception cref="CoreException"><see cref="Fault.ModelNotSupported"/>: the memory of models of other projects is not known
    /// before they run.</exception>
    public static long Of(PancreasModel model, int studiesAtOnce)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (model.NnUNet is not null || model.Foreign is not null)
            throw new CoreException(Fault.ModelNotSupported,
                $"How much memory '{model.Name}' takes is not known before it runs.", model.Name,
                "Say it: -MemoryPerTask 16GB.");
        long network = Math.Max(PassOf(model), model.Locator is { } locator ? PassOf(locator) : 0);
        return (long)((network + LargestCt * Math.Max(1, studiesAtOnce) + PowerShell) * Margin);
    }

    private static long PassOf(PancreasModel model)
    {
        IReadOnlyList<int> multiples = PreprocessPlan.Multiples(model.Network.Divisors);
        int SizeOf(int axis) => model.Plan.Size is { } size ? size[axis]
            : (int)Math.Ceiling((model.Plan.BoxSize?[axis] ?? FieldMm) / model.Plan.Spacing![axis] / multiples[axis]) * multiples[axis];
        return MemoryEstimate.Of(model.Network, SizeOf(2), SizeOf(1), SizeOf(0)).Total
            + (model.Members.Count > 0 ? MemoryEstimate.OfMembers(model.Network, (long)SizeOf(2) * SizeOf(1) * SizeOf(0)) : 0);
    }
}
