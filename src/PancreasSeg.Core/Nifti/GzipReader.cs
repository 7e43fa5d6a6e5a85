using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace PancreasSeg.Nifti;

/// <summary>
/// The plain bytes of a gzip file (RFC 1952), every member with its checksum and length compared and nothing else behind the last one.
/// The platform's own reader takes a file that ends before its checksum, or that has something else behind it, for whole.
/// </summary>
internal sealed class GzipReader : Stream
{
    private const int TrailerLength = 8;

    private readonly Feed _feed;
    private readonly Stream _file;
    private readonly Crc32 _checksum = new();
    private long _bodyStart;
    private uint _length;
    private DeflateStream? _body;

    /// <summary>Reads the first member's header.</summary>
    /// <param name="file">At its beginning; can seek. Disposed with this.</param>
    /// <exception cref="InvalidDataException">No gzip header.</exception>
    public GzipReader(Stream file)
    {
        (_file, _feed) = (file, new Feed(file));
        Begin();
    }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        while (_body is not null && buffer.Length > 0)
        {
            int read = _body.Read(buffer);
            if (read > 0)
            {
                _checksum.Append(buffer[..read]);
                _length += (uint)read;
                return read;
            }
            End();
        }
        return 0;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _body?.Dispose();
            _file.Dispose();
        }
        base.Dispose(disposing);
    }

    private void Begin()
    {
        SkipHeader();
        _bodyStart = _file.Position;
        _checksum.Reset();
        _length = 0;
        _feed.Begin(exact: false);
        _body = new DeflateStream(_feed, CompressionMode.Decompress, leaveOpen: true);
    }

    /// <summary>
    /// Compares the trailer. The decompressor takes more bytes than it needs, so that the end of the member is known only where it is
    /// that of the file; elsewhere the member is stepped through again byte by byte.
    /// </summary>
    private void End()
    {
        _body!.Dispose();
        _body = null;
        long last = _file.Length - TrailerLength;
        if (_file.Position <= last)
        {
            _file.Position = last;
            if (IsTrailer()) return;
        }
        _file.Position = _bodyStart;
        _feed.Begin(exact: true);
        using (var again = new DeflateStream(_feed, CompressionMode.Decompress, leaveOpen: true))
        {
            byte[] thrown = new byte[1 << 14];
            while (again.Read(thrown) > 0)
            {
            }
        }
        if (_file.Length - _file.Position < TrailerLength || !IsTrailer())
            throw new InvalidDataException("A gzip member does not have its checksum.");
        if (_file.Position < _file.Length) Begin();
    }

    private bool IsTrailer()
    {
        Span<byte> trailer = stackalloc byte[TrailerLength];
        _file.ReadExactly(trailer);
        return BinaryPrimitives.ReadUInt32LittleEndian(trailer) == _checksum.GetCurrentHashAsUInt32()
            && BinaryPrimitives.ReadUInt32LittleEndian(trailer[4..]) == _length;
    }

    private void SkipHeader()
    {
        const int HeaderChecksum = 2, Extra = 4, Name = 8, Comment = 16;
        Span<byte> head = stackalloc byte[10];
        if (_file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) < head.Length || head is not [0x1f, 0x8b, 8, ..])
            throw new InvalidDataException("Something that is no gzip member follows.");
        int flags = head[3];
        if ((flags & Extra) != 0) Skip(Next() | Next() << 8);
        if ((flags & Name) != 0) SkipText();
        if ((flags & Comment) != 0) SkipText();
        if ((flags & HeaderChecksum) != 0) Skip(2);
    }

    private void Skip(int count)
    {
        for (int i = 0; i < count; i++) Next();
    }

    private void SkipText()
    {
        while (Next() != 0)
        {
        }
    }

    private int Next() => _file.ReadByte() is >= 0 and int value ? value : throw new InvalidDataException("A gzip header is cut.");

    /// <summary>The file's bytes, in runs up to where a trailer may begin, then one at a time, so that nothing of it is taken.</summary>
    private sealed class Feed(Stream file) : Stream
    {
        private bool _exact;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        /// <summary>Where the next byte is taken.</summary>
        public override long Position { get => file.Position; set => throw new NotSupportedException(); }

        public void Begin(bool exact) => _exact = exact;

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            long run = _exact ? 1 : Math.Max(1, file.Length - TrailerLength - file.Position);
            return file.Read(buffer[..(int)Math.Min(buffer.Length, run)]);
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
