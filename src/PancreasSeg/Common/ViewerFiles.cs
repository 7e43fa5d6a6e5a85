using System.Management.Automation;
using PancreasSeg.Batch;

namespace PancreasSeg.Common;

/// <summary>The viewer of the pages lies beside the module's assemblies: in every package, in a built clone where it was fetched.</summary>
internal static class ViewerFiles
{
    /// <summary>Full path of its folder; null, with a warning, where there is none.</summary>
    public static string? Find(PSCmdlet cmdlet)
    {
        string folder = Path.Combine(Path.GetDirectoryName(typeof(ViewerFiles).Assembly.Location)!, BatchFolder.ViewerName);
        if (File.Exists(Path.Combine(folder, BatchFolder.ViewerScript))) return folder;
        cmdlet.WriteWarning("This module has no viewer, so that there are pictures only. Packages bring it; a built clone gets it with npm: "
            + "dotnet build src/PancreasSeg -c Release -t:FetchViewer");
        return null;
    }
}
