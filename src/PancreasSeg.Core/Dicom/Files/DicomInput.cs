using System.Buffers;
using System.IO.Compression;
using static System.FormattableString;

namespace PancreasSeg.Dicom;

/// <summary>A forward reader over a file or an inflated data set that never reads, skips or allocates past the end.</summary>
/// <param name="stream">Read from its current position; skipped by seeking where it can seek. Disposed with this.</param>
/// <param name="length">Bytes the stream may yield at most, counted from its beginning.</param>
/// <param name="cancellation">Looked at while bytes are stepped over that must be read nevertheless.</param>
internal sealed class DicomInput(Stream stream, long length, CancellationToken cancellation = default) : IDisposable
{
    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(8192);
    private int _start;
    private int _count;

    /// <summary>Bytes consumed so far.</summary>
    public long Position { get; private set; }

    /// <summary>Where the input ends at the latest.</summary>
    public long Length => length;

    /// <summary>Reads what is deflated from a byte of a stream on, counted from there.</summary>
    /// <param name="stream">At its first byte. Disposed with the input.</param>
    /// <param name="from">Where the deflated bytes begin.</param>
    /// <param name="length">Bytes they may inflate to at most.</param>
    /// <param name="cancellation">Looked at while bytes are stepped over.</param>
    public static DicomInput Inflate(Stream stream, long from, long length, CancellationToken cancellation)
    {
        Span<byte> skipped = stackalloc byte[512];
        for (long left = from; left > 0; left -= Math.Min(left, skipped.Length))
        {
            cancellation.ThrowIfCancellationRequested();
            stream.ReadExactly(skipped[..(int)Math.Min(left, skipped.Length)]);
        }
        return new DicomInput(new DeflateStream(stream, CompressionMode.Decompress), length, cancellation);
    }

    /// <summary>The next bytes without consuming them; fewer than asked when the input ends before.</summary>
    public ReadOnlySpan<byte> Peek(int count)
    {
        if (_count < count)
        {
            _buffer.AsSpan(_start, _count).CopyTo(_buffer);
            _start = 0;
            int read;
            while (_count < count && (read = stream.Read(_buffer, _count, _buffer.Length - _count)) > 0) _count += read;
        }
        long available = Math.Min(_count, length - Position);
        return _buffer.AsSpan(_start, (int)Math.Min(count, available));
    }

    /// <summary>Consumes and returns the next bytes, valid until the next call; at most 8192.</summary>
    public ReadOnlySpan<byte> Take(int count)
    {
        ReadOnlySpan<byte> bytes = Peek(count);
        if (bytes.Length < count) throw EndsEarly();
        Consume(count);
        return bytes;
    }

    /// <summary>Steps over bytes.</summary>
    public void Skip(long count)
    {
        if (count > length - Position) throw EndsEarly();
        if (count <= _count)
        {
            Consume((int)count);
        }
        else if (stream.CanSeek)
        {
            stream.Seek(count - _count, SeekOrigin.Current);
            Position += count;
            _start = _count = 0;
        }
        else
        {
            for (long left = count; left > 0;)
            {
                cancellation.ThrowIfCancellationRequested();
                left -= Take((int)Math.Min(left, 4096)).Length;
            }
        }
    }

    /// <summary>Fills the destination.</summary>
    public void ReadExactly(Span<byte> destination)
    {
        if (destination.Length > length - Position) throw EndsEarly();
        int buffered = Math.Min(_count, destination.Length);
        _buffer.AsSpan(_start, buffered).CopyTo(destination);
        Consume(buffered);
        Span<byte> rest = destination[buffered..];
        if (rest.IsEmpty) return;
        if (stream.ReadAtLeast(rest, rest.Length, throwOnEndOfStream: false) < rest.Length) throw EndsEarly();
        Position += rest.Length;
    }

    /// <summary>Releases the stream and the buffer.</summary>
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        stream.Dispose();
    }

    private void Consume(int count)
    {
        _start += count;
        _count -= count;
        Position += count;
    }

    private CoreException EndsEarly() =>
        new(Fault.DicomFileInvalid, Invariant($"The data end early, after byte {Position}."));
}
