using System.Management.Automation;

namespace PancreasSeg.Common;

/// <summary>A cmdlet that reads files or folders: <c>-Path</c> with wildcards, <c>-LiteralPath</c> without.</summary>
public abstract class PathCommand : LongRunningCommand
{
    /// <summary>Name of the parameter set with wildcards, the default one.</summary>
    protected const string PathSet = "Path";

    /// <summary>Name of the parameter set without wildcards.</summary>
    protected const string LiteralPathSet = "LiteralPath";

    /// <summary>Files or folders; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PathSet, ValueFromPipeline = true,
        ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Files or folders, taken as they are written.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP", "FullName")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>
    /// Full paths of the existing files and folders that were named. A name that matches nothing is an error; a wildcard that
    /// matches nothing is not.
    /// </summary>
    protected IEnumerable<string> ResolvePaths() =>
        ParameterSetName == LiteralPathSet ? LiteralPath.SelectMany(ResolveLiteral) : Path.SelectMany(ResolveWildcard);

    private IReadOnlyList<string> ResolveWildcard(string path)
    {
        try
        {
            IReadOnlyList<string> found = GetResolvedProviderPathFromPSPath(path, out ProviderInfo provider);
            if (provider.IsFileSystem()) return found;
            WriteError(Errors.NotFileSystem(path));
        }
        catch (ItemNotFoundException e)
        {
            WriteError(Errors.NotFound(path, e));
        }
        catch (Exception e) when (e is System.Management.Automation.DriveNotFoundException or ProviderNotFoundException)
        {
            WriteError(Errors.NotFileSystem(path));
        }
        return [];
    }

    private string[] ResolveLiteral(string path)
    {
        if (!this.TryResolve(path, out string full)) WriteError(Errors.NotFileSystem(path));
        else if (!System.IO.Path.Exists(full)) WriteError(Errors.NotFound(full));
        else return [full];
        return [];
    }
}
