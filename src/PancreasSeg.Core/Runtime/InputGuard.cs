namespace PancreasSeg;

/// <summary>Keeps an output from replacing what it is made of: no switch allows that.</summary>
internal static class InputGuard
{
    /// <summary>Refuses an output that is one of the inputs, whatever way its path is written or linked.</summary>
    /// <param name="output">Full path of the file to write.</param>
    /// <param name="inputs">Full paths of files and folders that are read; null for what is no file.</param>
    /// <returns>The output.</returns>
    /// <exception cref="CoreException"><see cref="Fault.OutputIsInput"/>.</exception>
    public static string Check(string output, params IEnumerable<string?> inputs)
    {
        string real = Real(output);
        if (!inputs.Any(input => input is not null && string.Equals(Real(input), real, Comparison))) return output;
        throw new CoreException(Fault.OutputIsInput, $"'{output}' is read here and is not replaced by what is made of it.", output,
            "Give the output another name or folder.");
    }

    /// <summary>Refuses a folder of outputs in which an input lies, or that is one.</summary>
    /// <param name="folder">Full path of a folder in which files are replaced.</param>
    /// <param name="input">Full path of a file or folder that is read.</param>
    /// <exception cref="CoreException"><see cref="Fault.OutputIsInput"/>.</exception>
    public static void CheckFolder(string folder, string input)
    {
        for (string? at = Real(input); at is not null; at = Path.GetDirectoryName(at)) Check(folder, at);
    }

    private static StringComparison Comparison =>
        OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;

    /// <summary>The path with every link on the way followed.</summary>
    private static string Real(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)), real = Path.GetPathRoot(full)!;
        foreach (string part in full[real.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            real = Path.Combine(real, part);
            FileSystemInfo item = Directory.Exists(real) ? new DirectoryInfo(real) : new FileInfo(real);
            if (item.LinkTarget is not null && item.ResolveLinkTarget(returnFinalTarget: true) is { } target) real = target.FullName;
        }
        return real;
    }
}
