using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace PancreasSeg.Network;

/// <summary>Where and in which number format torch computes.</summary>
internal readonly record struct TorchTarget(Device Device, ScalarType Precision)
{
    /// <summary><c>float32</c> or <c>bfloat16</c>.</summary>
    public string PrecisionName => Precision == ScalarType.BFloat16 ? "bfloat16" : "float32";
}

/// <summary>Gets libtorch ready; called before any other torch type is touched.</summary>
internal static partial class TorchRuntime
{
    private static int s_keepers;

    /// <summary>Loads libtorch and settles on a device and a number format.</summary>
    /// <exception cref="CoreException"><see cref="Fault.NativeRuntimeMissing"/>, <see cref="Fault.NativeRuntimeIncompatible"/>,
    /// or <see cref="Fault.DeviceNotAvailable"/> for a device that is asked for by name and absent.</exception>
    public static TorchTarget Start(ComputeDevice device, Precision precision, int? threadCount)
    {
        // Tensors of a hundred megabytes come and go with every layer; in pages of 2 MB instead of 4 KB the kernel maps them in a
        // fraction of the time. libtorch reads the variable at its first allocation; a value set by the user stands.
        if (OperatingSystem.IsLinux())
        {
            _ = SetEnvironment("THP_MEM_ALLOC_ENABLE", "1", overwrite: 0);
            // By itself glibc keeps up to 32 MB a tensor for later, in pieces that no other fits: hundreds of megabytes after a few passes.
            SetUnlessGiven("MALLOC_MMAP_THRESHOLD_", MapThreshold, 4 << 20);
        }
        NativeRuntime.EnsureTorch();
        return Settle(device, precision, threadCount);
    }

    /// <summary>Gives what freed tensors have left behind back to the system.</summary>
    public static void Trim()
    {
        if (OperatingSystem.IsLinux()) _ = TrimAllocator(0);
    }

    /// <summary>
    /// Whether memory of freed tensors stays with the process for the next ones. A network takes and frees the same sizes over and
    /// over: mapping them anew each time costs a third of a pass, in pages that the kernel must clear. What is kept does not fit every
    /// size that is asked for, and tensors come to take up to twice their memory.
    /// </summary>
    /// <param name="keep">False takes one true back; the last one gives everything back to the system.</param>
    public static void KeepFreedMemory(bool keep)
    {
        if (!OperatingSystem.IsLinux()) return;
        bool kept = (keep ? Interlocked.Increment(ref s_keepers) : Interlocked.Decrement(ref s_keepers)) > 0;
        SetUnlessGiven("MALLOC_MMAP_MAX_", MapCount, kept ? 0 : DefaultMapCount);
        SetUnlessGiven("MALLOC_TRIM_THRESHOLD_", TrimThreshold, kept ? -1 : DefaultTrimThreshold);
        if (!kept) Trim();
    }

    private static TorchTarget Settle(ComputeDevice device, Precision precision, int? threadCount)
    {
        bool cudaPresent = cuda.is_available(), mpsPresent = mps_is_available();
        if ((device == ComputeDevice.Cuda && !cudaPresent) || (device == ComputeDevice.Mps && !mpsPresent))
            throw new CoreException(
                Fault.DeviceNotAvailable, $"This machine has no {device.ToString().ToUpperInvariant()} device that torch can use.", device,
                "Use the device Auto or Cpu, or install the libtorch package for the GPU.");
        if (device == ComputeDevice.Auto) device = cudaPresent ? ComputeDevice.Cuda : mpsPresent ? ComputeDevice.Mps : ComputeDevice.Cpu;
        set_num_threads(threadCount ?? Environment.ProcessorCount);
        bool half = precision == Precision.BFloat16
            || (precision == Precision.Auto && device == ComputeDevice.Cpu && CpuFeatures.HasBFloat16);
        Device torchDevice = device switch { ComputeDevice.Cuda => CUDA, ComputeDevice.Mps => MPS, _ => CPU };
        return new TorchTarget(torchDevice, half ? ScalarType.BFloat16 : ScalarType.Float32);
    }

    private static void SetUnlessGiven(string variable, int parameter, int value)
    {
        if (Environment.GetEnvironmentVariable(variable) is null) _ = SetAllocator(parameter, value);
    }

    // M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_MMAP_MAX of malloc.h, and what glibc has without being asked.
    private const int TrimThreshold = -1, MapThreshold = -3, MapCount = -4, DefaultTrimThreshold = 128 << 10, DefaultMapCount = 65536;

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetAllocator(int parameter, int value);

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int TrimAllocator(nuint keep);

    // .NET's own SetEnvironmentVariable is not seen by native code.
    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
