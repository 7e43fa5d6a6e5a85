using System.Reflection;
using System.Runtime.InteropServices;

namespace PancreasSeg;

/// <summary>What the module computes with on this machine, and why not where it cannot.</summary>
public sealed record PancreasRuntimeInfo
{
    /// <summary>Version of this module.</summary>
    public string ModuleVersion { get; internal init; } = "";

    /// <summary>Operating system and processor in NuGet's terms, e.g. <c>linux-x64</c>.</summary>
    public string Platform { get; internal init; } = "";

    /// <summary>Version of .NET.</summary>
    public string DotNet { get; internal init; } = "";

    /// <summary>Version of libtorch, or null when it cannot be loaded.</summary>
    public string? Torch { get; internal init; }

    /// <summary>Why libtorch cannot be loaded, or null.</summary>
    public string? TorchProblem { get; internal init; }

    /// <summary>Version of ONNX Runtime, or null when it cannot be loaded.</summary>
    public string? OnnxRuntime { get; internal init; }

    /// <summary>Why ONNX Runtime cannot be loaded, or null.</summary>
    public string? OnnxProblem { get; internal init; }

    /// <summary>Devices that can compute; <c>cpu</c> first.</summary>
    public IReadOnlyList<string> Devices { get => ReadableList.Of(field); internal init; } = [];

    /// <summary>Threads libtorch computes with, else processors.</summary>
    public int Threads { get; internal init; }

    /// <summary>Features of the processor that matter, e.g. <c>avx512f, bf16</c>.</summary>
    public IReadOnlyList<string> CpuFeatures { get => ReadableList.Of(field); internal init; } = [];

    /// <summary>Folders in which native libraries are looked for, in order.</summary>
    public IReadOnlyList<string> NativeFolders { get => ReadableList.Of(field); internal init; } = [];

    /// <summary>Files of the native libraries that are loaded.</summary>
    public IReadOnlyList<string> LoadedLibraries { get => ReadableList.Of(field); internal init; } = [];

    /// <summary>Version, platform and engines.</summary>
    public override string ToString() =>
        $"PancreasSeg {ModuleVersion}, {Platform}, libtorch {Torch ?? "missing"}, ONNX Runtime {OnnxRuntime ?? "missing"}";

    /// <summary>Loads both engines as far as they go and describes them. Never throws for one that cannot be loaded.</summary>
    internal static PancreasRuntimeInfo Probe()
    {
        string? torch = Try(NativeRuntime.TorchVersion, out string? torchProblem);
        string? onnx = Try(NativeRuntime.OnnxVersion, out string? onnxProblem);
        return new PancreasRuntimeInfo
        {
            ModuleVersion = typeof(PancreasRuntimeInfo).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
                .InformationalVersion.Split('+')[0],
            Platform = NativeLibraries.Rid,
            DotNet = RuntimeInformation.FrameworkDescription,
            Torch = torch,
            TorchProblem = torchProblem,
            OnnxRuntime = onnx,
            OnnxProblem = onnxProblem,
            Devices = torch is null ? onnx is null ? [] : ["cpu"] : NativeRuntime.TorchDevices(),
            Threads = torch is null ? Environment.ProcessorCount : NativeRuntime.TorchThreads(),
            CpuFeatures = PancreasSeg.CpuFeatures.Names,
            NativeFolders = NativeRuntime.Folders(),
            LoadedLibraries = NativeLibraries.Loaded(),
        };
    }

    private static string? Try(Func<string> version, out string? problem)
    {
        try
        {
            problem = null;
            return version();
        }
        catch (CoreException e)
        {
            problem = $"{e.Message} {e.Remedy}";
            return null;
        }
    }
}
