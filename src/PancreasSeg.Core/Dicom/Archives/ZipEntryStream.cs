using System.IO.Hashing;

namespace PancreasSeg.Dicom;

/// <summary>The content of a zip entry: never longer than the archive says, and refused at its end when its checksum is wrong.</summary>
/// <param name="content">The unpacked bytes, and perhaps more; disposed with this.</param>
/// <param name="length">Bytes of the entry.</param>
/// <param name="checksum">Their CRC-32.</param>
internal sealed class ZipEntryStream(Stream content, long length, uint checksum) : Stream
{
    private long _position;
    private readonly Crc32 _checksum = new();

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => length;

    /// <inheritdoc/>
    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        int wanted = (int)Math.Min(buffer.Length, length - _position);
        if (wanted == 0) return 0;
        int read = content.Read(buffer[..wanted]);
        if (read == 0) throw Damaged("it ends early");
        _position += read;
        _checksum.Append(buffer[..read]);
        if (_position == length && _checksum.GetCurrentHashAsUInt32() != checksum) throw Damaged("its checksum is wrong");
        return read;
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
        if (disposing) content.Dispose();
        base.Dispose(disposing);
    }

    private static CoreException Damaged(string how) => new(Fault.DicomFileInvalid, $"The entry of the archive is damaged: {how}.");
}
