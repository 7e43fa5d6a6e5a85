using PancreasSeg.Network;

namespace PancreasSeg.Inference;

/// <summary>
/// Memory that a run takes at its peak, in bytes, known before it: counted from the network's sizes, not measured. Meant to lie
/// above the truth by less than a third.
/// </summary>
/// <param name="Process">The process before the run, libtorch and weights in it, and what the first pass adds for good.</param>
/// <param name="Network">Tensors of the forward pass that live at once.</param>
/// <param name="Volumes">Arrays outside the network: the CT, its input, its answer.</param>
public sealed record MemoryEstimate(long Process, long Network, long Volumes)
{
    /// <summary>A process of .NET with libtorch, without weights; PowerShell takes about 100 MB more.</summary>
    private const long BareProcess = 170_000_000;

    /// <summary>Code and generated kernels that the first pass brings in, and what the libraries put aside.</summary>
    private const long FirstPass = 100_000_000;

    /// <summary>Tensors lie in pages of 2 MB.</summary>
    private const double PageRounding = 1.02;

    /// <summary>Tensors of a pass that are few enough to keep the memory of freed ones for the next: faster, and up to twice as
    /// much.</summary>
    private const long KeptUpTo = 256_000_000, KeptFactor = 2;

    /// <summary>True when a pass keeps the memory of freed tensors for the next ones.</summary>
    internal bool KeepsFreed { get; private init; }

    /// <summary>All of it.</summary>
    public long Total => Process + Network + Volumes;

    /// <summary>Memory of one forward pass of <see cref="TorchEngine"/> over a whole volume, in a process that does nothing else.</summary>
    /// <param name="spec">The network.</param>
    /// <param name="depth">Slices.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="precision">Number format; Auto as this processor chooses.</param>
    /// <exception cref="CoreException"><see cref="Fault.ModelPlanMismatch"/> for sizes that make no network.</exception>
    public static MemoryEstimate Of(NetworkSpec spec, int depth, int height, int width, Precision precision = Precision.Auto)
    {
        ArgumentNullException.ThrowIfNull(spec);
        bool half = precision == Precision.BFloat16 || (precision == Precision.Auto && CpuFeatures.HasBFloat16);
        long weights = spec.ParameterCount * (2 * sizeof(float) + (half ? 2 : sizeof(float)));
        return Of(spec, Slabs.Fewest(spec, depth), height, width, half, BareProcess + weights, 0);
    }

    /// <summary>Memory of a pass in slabs.</summary>
    /// <param name="spec">The network.</param>
    /// <param name="slabs">How the volume is cut.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="half">True in bfloat16.</param>
    /// <param name="process">Bytes of the process with its weights, before its first pass.</param>
    /// <param name="held">Bytes of other volumes that are alive during the pass.</param>
    internal static MemoryEstimate Of(NetworkSpec spec, Slabs slabs, int height, int width, bool half, long process, long held)
    {
        long slice = (long)height * width;
        long tensors = MemoryOperations.Peak(spec, slabs.Window, height, width, half);
        if (spec.Classes > 2) tensors = Math.Max(tensors, MemoryOperations.Peak(spec, slabs.Window, height, width, half, allClasses: true));
        long arrays = (2 * slabs.Depth + (slabs.Count > 1 ? slabs.Window : 0)) * slice * sizeof(float);
        bool keeps = OperatingSystem.IsLinux() && tensors <= KeptUpTo;
        return new MemoryEstimate(
            process + FirstPass, keeps ? tensors * KeptFactor : (long)(tensors * PageRounding), arrays + held)
        { KeepsFreed = keeps };
    }

    /// <summary>Memory of a pass of fixed size, many times over.</summary>
    /// <param name="tensors">Bytes of the pass's tensors.</param>
    /// <param name="process">Bytes of the process with its weights, before its first pass.</param>
    /// <param name="arrays">Bytes of all volumes that are alive during a pass.</param>
    internal static MemoryEstimate OfPatches(long tensors, long process, long arrays) =>
        new(process + FirstPass, (long)(tensors * PageRounding), arrays);

    /// <summary>What an ensemble takes beside a pass of one member: the mean of the members before, and the weights of the next, which
    /// are in memory twice while it is loaded.</summary>
    /// <param name="spec">The members' network.</param>
    /// <param name="voxels">Of a pass.</param>
    internal static long OfMembers(NetworkSpec spec, long voxels) => sizeof(float) * (voxels + 2 * spec.ParameterCount);

    /// <summary>All of it and its parts in megabytes, as PowerShell counts them: 2^20 bytes.</summary>
    public override string ToString() =>
        FormattableString.Invariant(
            $"{Megabytes(Total)} MB (process {Megabytes(Process)}, network {Megabytes(Network)}, volumes {Megabytes(Volumes)})");

    /// <summary>Megabytes of 2^20 bytes, none too few.</summary>
    internal static long Megabytes(long bytes) => (bytes + (1 << 20) - 1) >> 20;
}
