using System.Management.Automation;
using Microsoft.PowerShell.Commands;

namespace PancreasSeg.Common;

/// <summary>Paths as PowerShell means them: relative to <c>$PWD</c>, which is not the process's current directory.</summary>
internal static class FilePaths
{
    /// <summary>Full path of a file or folder that need not exist; ends the pipeline where it is not one of the file system.</summary>
    public static string ResolveOutput(this PSCmdlet cmdlet, string path)
    {
        if (!cmdlet.TryResolve(path, out string full)) cmdlet.ThrowTerminatingError(Errors.NotFileSystem(path));
        return full;
    }

    /// <summary>Full path of what need not exist.</summary>
    /// <returns>False when the path is not one of the file system.</returns>
    public static bool TryResolve(this PSCmdlet cmdlet, string path, out string full)
    {
        try
        {
            full = cmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _);
            return provider.IsFileSystem();
        }
        catch (Exception e) when (e is System.Management.Automation.DriveNotFoundException or ProviderNotFoundException)
        {
            full = "";
            return false;
        }
    }

    /// <summary>The file as Get-Item emits it, with its PSPath, so that it binds to <c>-LiteralPath</c> of the next cmdlet.</summary>
    public static void WriteFile(this PSCmdlet cmdlet, string path) =>
        cmdlet.WriteObject(cmdlet.InvokeProvider.Item.Get([path], force: true, literalPath: true), enumerateCollection: true);

    /// <summary>True for the provider of files and folders.</summary>
    public static bool IsFileSystem(this ProviderInfo provider) => provider.ImplementingType == typeof(FileSystemProvider);
}
