using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using Google.Protobuf;
using PancreasSeg.Training.TensorBoard;

namespace PancreasSeg.Training;

/// <summary>
/// A TensorBoard event file (tensorflow/core/util/event.proto in TFRecord framing): each record is its length, a checksum of the
/// length, an Event message and a checksum of the message.
/// </summary>
internal sealed class EventFile : IDisposable
{
    /// <summary>Names of event files.</summary>
    public const string Pattern = "events.out.tfevents.*";

    private readonly FileStream _stream;

    /// <summary>Begins a file of its own beside those there are.</summary>
    /// <param name="folder">The folder TensorBoard looks at.</param>
    /// <param name="firstStep">What other files say of this step and later ones is void.</param>
    public EventFile(string folder, long firstStep)
    {
        long seconds = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        int number = Directory.EnumerateFiles(folder, Pattern).Count();
        string name = string.Create(CultureInfo.InvariantCulture, $"events.out.tfevents.{seconds:D10}.pancreasseg.{number}");
        _stream = new FileStream(Path.Combine(folder, name), FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        Write(new Event { FileVersion = "brain.Event:2" });
        Write(new Event { Step = firstStep, SessionLog = new SessionLog { Status = SessionLog.Types.SessionStatus.Start } });
    }

    /// <summary>Adds the numbers of one step.</summary>
    public void Add(long step, IEnumerable<(string Name, double Value)> numbers)
    {
        var summary = new Summary();
        foreach ((string name, double value) in numbers)
            summary.Value.Add(new Summary.Types.Value { Tag = name, SimpleValue = (float)value });
        Write(new Event { Step = step, Summary = summary });
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private void Write(Event message)
    {
        message.WallTime = (DateTime.UtcNow - DateTime.UnixEpoch).TotalSeconds;
        byte[] data = message.ToByteArray();
        var record = new byte[12 + data.Length + 4];
        BinaryPrimitives.WriteInt64LittleEndian(record, data.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), MaskedCrc(record.AsSpan(0, 8)));
        data.CopyTo(record, 12);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(12 + data.Length), MaskedCrc(data));
        _stream.Write(record);
        _stream.Flush();
    }

    /// <summary>CRC-32C, rotated and shifted as TFRecord has it.</summary>
    private static uint MaskedCrc(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in data) crc = BitOperations.Crc32C(crc, value);
        return BitOperations.RotateRight(~crc, 15) + 0xA282EAD8;
    }
}
