using System.Runtime.InteropServices;

namespace PancreasSeg.Dicom.Codecs;

/// <summary>Finds the native OpenJPEG library (libopenjp2, version 2) on the user's machine. It is not part of the module.</summary>
internal static class OpenJpegLibrary
{
    /// <summary>Environment variable with the full path of the library file.</summary>
    public const string PathVariable = "PANCREASSEG_OPENJPEG";

    private const string Remedy =
        "Install OpenJPEG 2 (Debian and Ubuntu: apt-get install libopenjp2-7; macOS: brew install openjpeg; Windows: the OpenJPEG release, "
        + "with " + PathVariable + " set to the path of its openjp2.dll), or convert the series: gdcmconv --raw in out.";

    /// <summary>Loads the library.</summary>
    /// <param name="path">The library file, or null to search the system's places.</param>
    /// <exception cref="CoreException">
    /// <see cref="Fault.NativeRuntimeMissing"/>: not found; <see cref="Fault.NativeRuntimeIncompatible"/>: not OpenJPEG 2 for this system.
    /// </exception>
    public static OpenJpeg Load(string? path)
    {
        nint library = string.IsNullOrEmpty(path) ? Search() : LoadFile(path);
        try
        {
            return new OpenJpeg(library);
        }
        catch (EntryPointNotFoundException e)
        {
            throw new CoreException(Fault.NativeRuntimeIncompatible, "The OpenJPEG library found is not of version 2.", path, Remedy, e);
        }
    }

    private static nint LoadFile(string path)
    {
        if (!File.Exists(path))
            throw new CoreException(Fault.NativeRuntimeMissing, $"{PathVariable} names '{path}', which does not exist.", path, Remedy);
        try
        {
            return NativeLibrary.Load(Path.GetFullPath(path));
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw new CoreException(
                Fault.NativeRuntimeIncompatible, $"{PathVariable} names '{path}', which is not a library of this system.", path, Remedy, e);
        }
    }

    private static nint Search()
    {
        foreach (string name in Candidates())
        {
            // Neither the current folder nor, on Windows, PATH: a library beside the data must not be loaded.
            if (NativeLibrary.TryLoad(name, typeof(OpenJpegLibrary).Assembly, DllImportSearchPath.SafeDirectories, out nint library))
                return library;
        }
        throw new CoreException(
            Fault.NativeRuntimeMissing,
            "JPEG 2000 pixel data need the OpenJPEG library, which was not found on this machine.",
            remedy: Remedy);
    }

    private static string[] Candidates()
    {
        if (OperatingSystem.IsWindows()) return ["openjp2.dll", "libopenjp2.dll"];
        if (OperatingSystem.IsMacOS())
            return ["libopenjp2.7.dylib", "libopenjp2.dylib", "/opt/homebrew/lib/libopenjp2.7.dylib", "/usr/local/lib/libopenjp2.7.dylib"];
        return ["libopenjp2.so.7", "libopenjp2.so"];
    }
}
