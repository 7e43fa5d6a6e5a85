using System.Runtime.CompilerServices;

namespace PancreasSeg.Network.Keras;

/// <summary>
/// A stream that refuses to be read where the stack is nearly used up: a library that follows links which lead in a circle then ends with
/// an exception instead of the process.
/// </summary>
internal sealed class StackGuard(Stream inner) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => inner.Length;

    public override long Position
    {
        get => inner.Position;
        set => inner.Position = value >= 0 ? value : throw new InvalidDataException("an address lies before the file");
    }

    /// <exception cref="InsufficientExecutionStackException">The stack is nearly used up.</exception>
    public override int Read(Span<byte> buffer)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack();
        return inner.Read(buffer);
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override long Seek(long offset, SeekOrigin origin) =>
        Position = offset + origin switch { SeekOrigin.Begin => 0, SeekOrigin.Current => Position, _ => Length };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
