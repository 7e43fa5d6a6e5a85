namespace PancreasSeg.Network.Foreign;

/// <summary>A model in a folder. Looks no deeper than a model's own files lie below a folder that holds its data set's folder.</summary>
internal sealed class ModelFolderTree(string root) : ModelTree
{
    private const int Depth = 4;

    /// <inheritdoc/>
    public override string Root => root;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Files { get; } = List(root);

    /// <inheritdoc/>
    public override string Shown(string file) => Path.Combine([root, .. file.Split('/')]);

    /// <inheritdoc/>
    public override Stream Open(string file, CancellationToken cancellation)
    {
        try
        {
            return new FileStream(Shown(file), FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CoreException(Fault.FileReadFailed, $"'{Shown(file)}' could not be read: {e.Message}", Shown(file),
                "Check that the file is readable and not in use.", e);
        }
    }

    private static List<string> List(string root)
    {
        var options = new EnumerationOptions
        {
            RecurseSubdirectories = true,
            MaxRecursionDepth = Depth - 1,
            IgnoreInaccessible = true,
            AttributesToSkip = 0
        };
        return [.. Directory.EnumerateFiles(root, "*", options)
            .Select(file => Path.GetRelativePath(root, file).Replace(Path.DirectorySeparatorChar, '/'))
            .Order(StringComparer.Ordinal)];
    }
}
