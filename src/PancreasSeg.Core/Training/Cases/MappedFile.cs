using System.Buffers;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace PancreasSeg.Training;

/// <summary>
/// A file as memory that the system fills as it is looked at: what is larger than the machine's memory can be worked on as if it were
/// all there. The file must stay as it is until <see cref="Dispose"/>.
/// </summary>
internal sealed unsafe partial class MappedFile : IDisposable
{
    /// <summary>MADV_DONTNEED of Linux and macOS.</summary>
    private const int NotNeeded = 4;

    private readonly MemoryMappedViewAccessor _view;
    private byte* _start;

    /// <summary>Maps a whole file, for reading.</summary>
    public MappedFile(FileStream file)
    {
        using var map = MemoryMappedFile.CreateFromFile(
            file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        _view = map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
    }

    /// <summary>A part of the file.</summary>
    /// <param name="offset">Its first byte, a multiple of the size of <typeparamref name="T"/>.</param>
    /// <param name="count">How many of <typeparamref name="T"/>.</param>
    public ReadOnlyMemory<T> Part<T>(long offset, int count) where T : unmanaged => new View<T>(this, offset, count).Memory;

    /// <summary>Gives back the machine's memory in which the file lies now; what is looked at again is read again. Windows does so by
    /// itself.</summary>
    public void Release()
    {
        if (_start is not null && !OperatingSystem.IsWindows()) _ = Advise(_start, (nuint)_view.Capacity, NotNeeded);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_start is null) return;
        _start = null;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* start, nuint length, int advice);

    private sealed class View<T>(MappedFile file, long offset, int count) : MemoryManager<T> where T : unmanaged
    {
        public override Span<T> GetSpan()
        {
            ObjectDisposedException.ThrowIf(file._start is null, file);
            return new Span<T>(file._start + offset, count);
        }

        public override MemoryHandle Pin(int elementIndex = 0)
        {
            ObjectDisposedException.ThrowIf(file._start is null, file);
            return new MemoryHandle((T*)(file._start + offset) + elementIndex);
        }

        public override void Unpin()
        {
        }

        protected override void Dispose(bool disposing)
        {
        }
    }
}
