namespace PancreasSeg.Build;

/// <summary>
/// Makes TorchSharp's Linux library load on Debian 12 and Ubuntu 22.04. It asks for GLIBCXX_3.4.32 (GCC 13) because of a single
/// symbol, <c>std::ios_base_library_init()</c>, that nothing in it refers to; the need is made weak.
/// </summary>
internal static class NativeAdjustment
{
    private const string Version = "GLIBCXX_3.4.32";

    /// <summary>
    /// Writes <paramref name="destination"/> as a new file, so that a hard link of that name is replaced and not written through.
    /// The same path twice adjusts a file in place, and leaves one alone that needs nothing.
    /// </summary>
    /// <exception cref="InvalidDataException">The library is not an ELF file this can read.</exception>
    public static void Apply(string library, string destination)
    {
        byte[] image = File.ReadAllBytes(library);
        bool changed = ElfVersionNeeds.Weaken(image, Version);
        destination = Path.GetFullPath(destination);
        if (!changed && destination == Path.GetFullPath(library)) return;

        Directory.CreateDirectory(Path.GetDirectoryName(destination)!);
        string temporary = $"{destination}.{Environment.ProcessId}.tmp";
        try
        {
            File.WriteAllBytes(temporary, image);
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(temporary, File.GetUnixFileMode(library));
            File.Move(temporary, destination, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
