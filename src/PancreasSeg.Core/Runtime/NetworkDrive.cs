namespace PancreasSeg;

/// <summary>Tells drives of other machines, on which file locks and shared memory cannot be relied on.</summary>
internal static class NetworkDrive
{
    /// <summary>The kind of network drive a folder lies on, e.g. <c>nfs</c>; null for a disk of this machine.</summary>
    /// <param name="folder">Full path; need not exist.</param>
    public static string? FormatOf(string folder)
    {
        if (folder.StartsWith(@"\\", StringComparison.Ordinal)) return "a share";
        try
        {
            for (string? existing = folder; existing is not null; existing = Path.GetDirectoryName(existing))
                if (Directory.Exists(existing)) return FormatOf(new DriveInfo(existing));
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    private static string? FormatOf(DriveInfo drive) => IsNetwork(drive.DriveType, drive.DriveFormat) ? drive.DriveFormat : null;

    /// <summary>True for what the system calls a network drive, and for those mounted through user space.</summary>
    internal static bool IsNetwork(DriveType type, string format) => type == DriveType.Network
        || format.Split('.')[^1] is "sshfs" or "s3fs" or "rclone" or "glusterfs" or "ceph" or "lustre" or "beegfs" or "gpfs" or "9p";
}
