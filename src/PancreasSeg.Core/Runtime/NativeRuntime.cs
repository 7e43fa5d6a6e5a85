using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace PancreasSeg;

/// <summary>
/// Loads the native libraries before TorchSharp or ONNX Runtime ask for them, so that a missing or unfit file is an error that
/// says which. Left to itself TorchSharp writes to the console, may copy the whole NuGet cache and stays broken for the process.
/// </summary>
internal static class NativeRuntime
{
    private const string NotFound = "cannot open shared object file: No such file or directory";

    // In the order they need each other.
    private static readonly string[] s_torchLibraries = ["c10", "torch_cpu", "torch", "LibTorchSharp"];
    private static readonly string[] s_onnxLibraries = ["onnxruntime"];
    private static readonly string[] s_sqliteLibraries = ["e_sqlite3"];

    // Only success is kept: after a failure nothing is loaded, and the next call may find what was missing.
    private static readonly Lazy<bool> s_torch = new(LoadTorch, LazyThreadSafetyMode.PublicationOnly);
    private static readonly Lazy<bool> s_onnx = new(LoadOnnx, LazyThreadSafetyMode.PublicationOnly);
    private static readonly Lazy<bool> s_sqlite = new(LoadSqlite, LazyThreadSafetyMode.PublicationOnly);

    /// <summary>Makes TorchSharp usable; call before its first use. Cheap after the first time, from any thread.</summary>
    /// <exception cref="CoreException"><see cref="Fault.NativeRuntimeMissing"/> or
    /// <see cref="Fault.NativeRuntimeIncompatible"/>.</exception>
    public static void EnsureTorch() => _ = s_torch.Value;

    /// <summary>Makes ONNX Runtime usable; call before its first use. Cheap after the first time, from any thread.</summary>
    /// <exception cref="CoreException"><see cref="Fault.NativeRuntimeMissing"/> or
    /// <see cref="Fault.NativeRuntimeIncompatible"/>.</exception>
    public static void EnsureOnnx() => _ = s_onnx.Value;

    /// <summary>Makes SQLite usable; call before its first use. Cheap after the first time, from any thread.</summary>
    /// <exception cref="CoreException"><see cref="Fault.NativeRuntimeMissing"/> or
    /// <see cref="Fault.NativeRuntimeIncompatible"/>.</exception>
    public static void EnsureSqlite() => _ = s_sqlite.Value;

    /// <summary>Version of libtorch.</summary>
    /// <exception cref="CoreException">It cannot be loaded.</exception>
    public static string TorchVersion()
    {
        EnsureTorch();
        return Version();

        [MethodImpl(MethodImplOptions.NoInlining)]
        static string Version() => TorchSharp.torch.__version__;
    }

    /// <summary>Version of ONNX Runtime.</summary>
    /// <exception cref="CoreException">It cannot be loaded.</exception>
    public static string OnnxVersion()
    {
        EnsureOnnx();
        return Version();

        [MethodImpl(MethodImplOptions.NoInlining)]
        static string Version() => Microsoft.ML.OnnxRuntime.OrtEnv.Instance().GetVersionString();
    }

    /// <summary>Devices libtorch can compute on here: <c>cpu</c>, then <c>cuda</c> or <c>mps</c>.</summary>
    /// <exception cref="CoreException">libtorch cannot be loaded.</exception>
    public static string[] TorchDevices()
    {
        EnsureTorch();
        return Devices();

        [MethodImpl(MethodImplOptions.NoInlining)]
        static string[] Devices() =>
            TorchSharp.torch.cuda.is_available() ? ["cpu", "cuda"] : TorchSharp.torch.mps_is_available() ? ["cpu", "mps"] : ["cpu"];
    }

    /// <summary>Threads libtorch computes with.</summary>
    /// <exception cref="CoreException">libtorch cannot be loaded.</exception>
    public static int TorchThreads()
    {
        EnsureTorch();
        return Threads();

        [MethodImpl(MethodImplOptions.NoInlining)]
        static int Threads() => TorchSharp.torch.get_num_threads();
    }

    /// <summary>Folders in which libtorch is looked for.</summary>
    public static string[] Folders()
    {
        try
        {
            return Folders(TorchAssembly());
        }
        catch (FileNotFoundException)
        {
            return NativeLibraries.Folders(OwnFolder);
        }
    }

    // As the load context of the assembly does it: the module's own context, or .NET's with the folders the host found.
    private static string[] Folders(Assembly assembly) =>
        AssemblyLoadContext.GetLoadContext(assembly) == AssemblyLoadContext.Default
            ? [.. HostFolders(), Path.GetDirectoryName(assembly.Location)!]
            : NativeLibraries.Folders(OwnFolder);

    private static string OwnFolder => Path.GetDirectoryName(typeof(NativeRuntime).Assembly.Location)!;

    private static bool LoadTorch()
    {
        Assembly assembly = ManagedAssembly("TorchSharp", TorchAssembly);
        CheckTorch(Folders(assembly));
        Load(assembly, s_torchLibraries);
        Start();
        return true;

        [MethodImpl(MethodImplOptions.NoInlining)]
        static void Start() => TorchSharp.torch.InitializeDeviceType(TorchSharp.DeviceType.CPU);
    }

    /// <summary>Refuses a libtorch beside the module's own that lacks functions which LibTorchSharp calls: of another version.</summary>
    internal static void CheckTorch(string[] folders)
    {
        string?[] files = [.. s_torchLibraries.Select(library => NativeLibraries.Find(folders, library))];
        if (!OperatingSystem.IsLinux() || files.Contains(null)) return;
        string[] foreign = [.. files.Where(file => Path.GetDirectoryName(file) != Path.GetDirectoryName(files[^1])).OfType<string>()];
        // What is no library at all the loader names.
        if (foreign.Length == 0 || !files.All(file => ElfFile.Is(file!))) return;
        foreach (string? file in files) CheckWhole(file!);
        if (ElfFile.FirstMissing(files[^1]!, files[..^1]!) is { } missing)
            throw Unfit(foreign.FirstOrDefault(file => file == files[1], foreign[0]), $"it is of another version than {files[^1]} was made for and lacks the function {missing}.", null);
    }

    private static bool LoadOnnx()
    {
        Load(ManagedAssembly("Microsoft.ML.OnnxRuntime", OnnxAssembly), s_onnxLibraries);
        return true;
    }

    private static bool LoadSqlite()
    {
        Load(ManagedAssembly("Microsoft.Data.Sqlite", SqliteAssembly), s_sqliteLibraries);
        return true;
    }

    // Not inlined: the runtime looks for the assembly when it compiles the method that names it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Assembly TorchAssembly() => typeof(TorchSharp.torch).Assembly;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Assembly OnnxAssembly() => typeof(Microsoft.ML.OnnxRuntime.OrtEnv).Assembly;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Assembly SqliteAssembly() => typeof(Microsoft.Data.Sqlite.SqliteConnection).Assembly;

    private static Assembly ManagedAssembly(string name, Func<Assembly> find)
    {
        try
        {
            return find();
        }
        catch (Exception e) when (e is FileNotFoundException or FileLoadException or BadImageFormatException)
        {
            throw new CoreException(
                Fault.NativeRuntimeMissing, $"{name}.dll could not be loaded: {e.Message}", $"{name}.dll", Reinstall, e);
        }
    }

    /// <summary>Loads libraries one after the other the way the assembly itself would.</summary>
    /// <exception cref="CoreException">One of them cannot be loaded.</exception>
    internal static void Load(Assembly assembly, IReadOnlyList<string> libraries)
    {
        string[] folders = Folders(assembly);
        foreach (string library in libraries)
        {
            // Left to the system's loader, another version's library might be found and fail much later.
            if (NativeLibraries.Find(folders, library) is not string file) throw Explain(library, folders, null);
            CheckWhole(file);
            bool loaded;
            Exception? cause = null;
            try
            {
                loaded = NativeLibrary.TryLoad(library, assembly, null, out _);
            }
            catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
            {
                (loaded, cause) = (false, e);
            }
            if (!loaded) throw Explain(library, folders, cause);
        }
    }

    /// <summary>Refuses a library that is cut, or beside which one is that it may need.</summary>
    internal static void CheckWhole(string file)
    {
        if (!OperatingSystem.IsLinux()) return;
        foreach (string beside in Directory.EnumerateFiles(Path.GetDirectoryName(file)!, "*.so*").Prepend(file))
            if (ElfFile.Damage(beside) is { } damage) throw Unfit(beside, damage, null);
    }

    private static CoreException Unfit(string file, string reason, Exception? cause) =>
        new(Fault.NativeRuntimeIncompatible, $"'{file}' cannot be loaded here: {reason}", file,
            $"Install the package for {NativeLibraries.Rid} again; on Linux it needs glibc 2.34 and libstdc++ of GCC 12 (Debian 12, Ubuntu 22.04) or newer.", cause);

    private static CoreException Explain(string library, string[] folders, Exception? cause)
    {
        if (NativeLibraries.Find(folders, library) is not string file)
        {
            return new(Fault.NativeRuntimeMissing,
                $"The native library '{library}' for {NativeLibraries.Rid} is not in '{string.Join("' or '", folders)}'.",
                library, s_torchLibraries.Contains(library) && IsWithoutTorch(folders) ? Without : Reinstall, cause);
        }
        cause ??= LoadFailure(file);
        string reason = Reason(file, cause);
        return reason.Contains(NotFound, StringComparison.Ordinal)
            ? new(Fault.NativeRuntimeMissing, $"'{file}' needs a library that is missing: {reason}", file, Reinstall, cause)
            : Unfit(file, reason, cause);
    }

    private static Exception? LoadFailure(string file)
    {
        try
        {
            NativeLibrary.Load(file);
            return null;
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            return e;
        }
    }

    // .NET puts what the system's loader said below a general hint.
    private static string Reason(string file, Exception? cause)
    {
        string[] lines = cause?.Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
        string? said = lines.FirstOrDefault(line => !line.StartsWith("Unable to load shared", StringComparison.Ordinal));
        // The file is there: this is how glibc passes over one of another processor.
        if (said == $"{file}: {NotFound}") return "it is made for another kind of processor.";
        return said ?? "the system gave no reason.";
    }

    private static string[] HostFolders() =>
        (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);

    private static bool IsWithoutTorch(string[] folders) =>
        s_torchLibraries.All(library => NativeLibraries.Find(folders, library) is null)
        && s_onnxLibraries.All(library => NativeLibraries.Find(folders, library) is not null);

    private static string Without =>
        $"This package comes without libtorch and segments with ONNX Runtime (-Engine Onnx). To train, install the package for {NativeLibraries.Rid} with libtorch, or set {NativeLibraries.OverrideVariable} to a folder with it.";

    private static string Reinstall =>
        $"Install the package for {NativeLibraries.Rid} again, or set {NativeLibraries.OverrideVariable} to a folder with the libraries.";
}
