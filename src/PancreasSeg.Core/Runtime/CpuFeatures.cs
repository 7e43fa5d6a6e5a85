using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace PancreasSeg;

/// <summary>What this processor can do that changes how the network is computed.</summary>
internal static class CpuFeatures
{
    /// <summary>True where bfloat16 is multiplied in hardware; elsewhere it is slower than float32.</summary>
    public static bool HasBFloat16 { get; } = X86Base.IsSupported ? X86HasBFloat16() : ArmHasBFloat16();

    /// <summary>Names of the features found, e.g. <c>avx2, avx512f, bf16</c>.</summary>
    public static string[] Names { get; } =
    [
        .. Named(Avx2.IsSupported, "avx2"), .. Named(Avx512F.IsSupported, "avx512f"), .. Named(AdvSimd.IsSupported, "neon"),
            .. Named(HasBFloat16, "bf16"),
    ];

    // CPUID leaf 7: AVX512_BF16 is bit 5 of EAX in subleaf 1, AMX_BF16 bit 22 of EDX in subleaf 0. The runtime has asked whether the
    // system saves the wide registers.
    private static bool X86HasBFloat16()
    {
        if (!Avx512F.IsSupported) return false;
        (int subleaves, _, _, int edx) = X86Base.CpuId(7, 0);
        return (edx & (1 << 22)) != 0 || (subleaves >= 1 && (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0);
    }

    // The instruction that tells is privileged; Linux repeats it as text.
    private static bool ArmHasBFloat16() =>
        OperatingSystem.IsLinux() && File.ReadLines("/proc/cpuinfo").Any(line =>
            line.StartsWith("Features", StringComparison.Ordinal) && line.Split(' ').Contains("bf16"));

    private static string[] Named(bool present, string name) => present ? [name] : [];
}
