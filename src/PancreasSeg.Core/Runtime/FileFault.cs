namespace PancreasSeg;

/// <summary>Turns what the system says when it cannot read or write a file or folder into a failure that names it and what to do.</summary>
internal static class FileFault
{
    /// <summary>Reads. That content ends early is no failure of reading: <see cref="EndOfStreamException"/> passes.</summary>
    /// <exception cref="CoreException"><see cref="Fault.FileReadFailed"/>.</exception>
    public static T Reading<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is (IOException and not EndOfStreamException) or UnauthorizedAccessException)
        {
            throw Unreadable(path, e);
        }
    }

    /// <summary>Writes.</summary>
    /// <exception cref="CoreException"><see cref="Fault.FileWriteFailed"/>.</exception>
    public static T Writing<T>(string path, Func<T> write)
    {
        try
        {
            return write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CoreException(Fault.FileWriteFailed, $"'{path}' cannot be written: {e.Message}", path,
                "Check that its folder exists, is writable and has space, and that nothing else uses it.", e);
        }
    }

    /// <inheritdoc cref="Writing{T}"/>
    public static void Writing(string path, Action write) => Writing(path, () =>
    {
        write();
        return true;
    });

    /// <summary>The failure to read.</summary>
    public static CoreException Unreadable(string path, Exception e) =>
        new(Fault.FileReadFailed, $"'{path}' cannot be read: {e.Message}", path, "Check that it may be read and is not in use.", e);
}
