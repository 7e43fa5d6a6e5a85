using static System.FormattableString;

namespace PancreasSeg;

/// <summary>Turns running out of memory while a volume is read into an error that names it.</summary>
internal static class MemoryFault
{
    /// <summary>Reads a volume.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="what">What is read, for the message, e.g. <c>series 1.2.3</c>.</param>
    /// <param name="voxels">How many voxels it has.</param>
    /// <param name="bytes">Bytes of each at least.</param>
    /// <param name="read">Reads it.</param>
    /// <exception cref="CoreException"><see cref="Fault.VolumeTooLarge"/> where the memory does not suffice.</exception>
    public static T Reading<T>(string path, string what, long voxels, int bytes, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (OutOfMemoryException e)
        {
            throw new CoreException(Fault.VolumeTooLarge, Invariant(
                $"There is not enough memory to read {what}: its {voxels} voxels take at least {voxels * bytes} bytes."), path,
                "Close other programs or use a machine with more memory. -MaxVoxelCount refuses larger series before they are read.", e);
        }
    }
}
