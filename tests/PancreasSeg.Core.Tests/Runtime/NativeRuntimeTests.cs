using System.Reflection;

namespace PancreasSeg.Core.Tests.Runtime;

public class NativeRuntimeTests
{
    private static readonly Assembly s_here = typeof(NativeRuntimeTests).Assembly;
    private static readonly string s_folder = Path.GetDirectoryName(s_here.Location)!;
    private static readonly string s_natives = Path.Combine(s_folder, "runtimes", NativeLibraries.Rid, "native");

    [Fact]
    public void Torch_computes_after_it_was_ensured_from_many_threads()
    {
        Parallel.For(0, 8, _ => NativeRuntime.EnsureTorch());
        using TorchSharp.torch.Tensor sum = TorchSharp.torch.ones(3, 4).sum();
        Assert.Equal(12, sum.item<float>());
    }

    [Fact]
    public void Onnx_runtime_tells_the_version_of_its_package()
    {
        NativeRuntime.EnsureOnnx();
        Assert.Matches(@"^1\.\d+\.\d+", NativeRuntime.OnnxVersion());
    }

    [Fact]
    public void The_runtime_is_described_with_both_engines()
    {
        PancreasRuntimeInfo info = PancreasRuntimeInfo.Probe();
        Assert.Equal((null, null), (info.TorchProblem, info.OnnxProblem));
        Assert.StartsWith("2.", info.Torch, StringComparison.Ordinal);
        Assert.Equal("cpu", info.Devices[0]);
        Assert.True(info.Threads >= 1);
        Assert.Contains(info.NativeFolders, folder => Path.TrimEndingDirectorySeparator(folder) == s_natives);
    }

    [Fact]
    public void Bfloat16_agrees_with_what_linux_says_of_the_processor()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "no /proc/cpuinfo");
        string flags = File.ReadLines("/proc/cpuinfo")
            .First(l => l.StartsWith("flags", StringComparison.Ordinal) || l.StartsWith("Features", StringComparison.Ordinal));
        Assert.Equal(flags.Split(' ').Any(f => f is "avx512_bf16" or "amx_bf16" or "bf16"), CpuFeatures.HasBFloat16);
        Assert.Equal(CpuFeatures.HasBFloat16, CpuFeatures.Names.Contains("bf16"));
    }

    [Fact]
    public void A_library_that_is_nowhere_is_missing_and_the_folders_are_named()
    {
        var e = Assert.Throws<CoreException>(() => NativeRuntime.Load(s_here, ["no_such_library"]));
        Assert.Equal((Fault.NativeRuntimeMissing, "no_such_library"), (e.Fault, e.Target));
        Assert.Contains(s_natives, e.Message, StringComparison.Ordinal);
        Assert.Contains(NativeLibraries.OverrideVariable, e.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_library_is_incompatible_with_the_systems_reason() =>
        AssertRefused(
            "pseg_text", file => File.WriteAllText(file, new string('x', 200)), Fault.NativeRuntimeIncompatible, "invalid ELF header");

    [Fact]
    public void A_library_of_another_processor_says_so()
    {
        string other = Path.Combine(s_folder, "runtimes", NativeLibraries.Rid == "linux-x64" ? "linux-arm64" : "linux-x64", "native",
            "libonnxruntime_providers_shared.so");
        Assert.SkipUnless(File.Exists(other), "no library of another processor at hand");
        AssertRefused("pseg_other", file => File.Copy(other, file), Fault.NativeRuntimeIncompatible, "another kind of processor");
    }

    [Fact]
    public void A_library_without_the_one_it_needs_names_that_one()
    {
        string needy = Path.Combine(s_natives, "libnnapi_backend.so");
        Assert.SkipUnless(File.Exists(needy), "no library with an uncommon need at hand");
        Assert.SkipWhen(File.Exists("/usr/lib/x86_64-linux-gnu/libtorch_python.so"), "the system has the library that should be missing");
        AssertRefused("pseg_needy", file => File.Copy(needy, file), Fault.NativeRuntimeMissing, "libtorch_python.so");
    }

    [Theory]
    [InlineData(0.001)]
    [InlineData(0.3)]
    [InlineData(0.9)]
    [InlineData(0.999)]
    public void A_library_that_is_cut_anywhere_is_incompatible(double part)
    {
        byte[] whole = File.ReadAllBytes(Path.Combine(s_natives, "libc10.so"));
        AssertRefused("pseg_cut", file => File.WriteAllBytes(file, whole[..(int)(part * whole.Length)]), Fault.NativeRuntimeIncompatible,
            "cut off");
    }

    [Fact]
    public void A_cut_library_beside_the_one_asked_for_is_incompatible()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux maps cut files");
        using var folder = new TemporaryFolder();
        folder.File("libgomp-98b21ff3.so.1", File.ReadAllBytes(Path.Combine(s_natives, "libc10.so"))[..5000]);
        File.Copy(Path.Combine(s_natives, "libc10.so"), folder.File("libc10.so"));
        CoreException e = Assert.Throws<CoreException>(() => NativeRuntime.CheckWhole(folder.File("libc10.so")));
        Assert.Equal((Fault.NativeRuntimeIncompatible, folder.File("libgomp-98b21ff3.so.1")), (e.Fault, e.Target));
    }

    [Fact]
    public void Whole_libraries_are_whole_and_a_function_of_libtorch_that_is_missing_is_named()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "ELF is Linux's");
        string[] files = [.. new[] { "c10", "torch_cpu", "torch", "LibTorchSharp" }.Select(n => Path.Combine(s_natives, $"lib{n}.so"))];
        Assert.All(files, file => Assert.Null(ElfFile.Damage(file)));
        Assert.Null(ElfFile.FirstMissing(files[3], files[..3]));
        Assert.StartsWith("_ZN", ElfFile.FirstMissing(files[3], files[..1]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_libtorch_of_another_version_is_incompatible()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "ELF is Linux's");
        using var folder = new TemporaryFolder();
        foreach (string name in (string[])["c10", "torch_cpu", "torch"])
            File.Copy(Path.Combine(s_natives, "libc10.so"), folder.File($"lib{name}.so"));
        CoreException e = Assert.Throws<CoreException>(() => NativeRuntime.CheckTorch([folder.FullName, s_natives]));
        Assert.Equal((Fault.NativeRuntimeIncompatible, folder.File("libtorch_cpu.so")), (e.Fault, e.Target));
        Assert.Contains("another version", e.Message, StringComparison.Ordinal);
        NativeRuntime.CheckTorch([s_natives]);
    }

    private static void AssertRefused(string name, Action<string> create, Fault fault, string reason)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the loader's words are Linux's");
        string file = Path.Combine(s_folder, $"lib{name}.so");
        File.Delete(file);
        try
        {
            create(file);
            var e = Assert.Throws<CoreException>(() => NativeRuntime.Load(s_here, [name]));
            Assert.Equal((fault, file), (e.Fault, e.Target));
            Assert.Contains(reason, e.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("strace", e.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
