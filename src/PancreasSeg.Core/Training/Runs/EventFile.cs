using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace PancreasSeg.Training;

/// <summary>
/// A TensorBoard event file (tensorflow/core/util/event.proto in TFRecord framing): each record is its length, a checksum of the
/// length, an Event message and a checksum of the message.
/// </summary>
internal sealed class EventFile : IDisposable
{
    /// <summary>Names of event files.</summary>
    public const string Pattern = "events.out.tfevents.*";

    // Field numbers of Event, SessionLog, Summary and Summary.Value.
    private const int WallTime = 1, Step = 2, FileVersion = 3, SummaryField = 5, Session = 7, Status = 1, Value = 1, Tag = 1, SimpleValue = 2;
    private const int StartStatus = 1;

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
        Write(new Message().Double(WallTime, Now()).Text(FileVersion, "brain.Event:2"));
        Write(new Message().Double(WallTime, Now()).Integer(Step, firstStep).Nested(Session, new Message().Integer(Status, StartStatus)));
    }

    /// <summary>Adds the numbers of one step.</summary>
    public void Add(long step, IEnumerable<(string Name, double Value)> numbers)
    {
        var summary = new Message();
        foreach ((string name, double value) in numbers) summary.Nested(Value, new Message().Text(Tag, name).Single(SimpleValue, (float)value));
        Write(new Message().Double(WallTime, Now()).Integer(Step, step).Nested(SummaryField, summary));
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private static double Now() => (DateTime.UtcNow - DateTime.UnixEpoch).TotalSeconds;

    private void Write(Message message)
    {
        byte[] data = message.ToArray();
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

    /// <summary>A protobuf message under construction.</summary>
    private sealed class Message
    {
        private readonly List<byte> _bytes = [];

        public byte[] ToArray() => [.. _bytes];

        public Message Integer(int field, long value)
        {
            Varint((ulong)field << 3);
            Varint((ulong)value);
            return this;
        }

        public Message Double(int field, double value)
        {
            Varint((ulong)field << 3 | 1);
            Span<byte> bytes = stackalloc byte[8];
            BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
            _bytes.AddRange(bytes);
            return this;
        }

        public Message Single(int field, float value)
        {
            Varint((ulong)field << 3 | 5);
            Span<byte> bytes = stackalloc byte[4];
            BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
            _bytes.AddRange(bytes);
            return this;
        }

        public Message Text(int field, string value) => Block(field, Encoding.UTF8.GetBytes(value));

        public Message Nested(int field, Message value) => Block(field, value.ToArray());

        private Message Block(int field, byte[] bytes)
        {
            Varint((ulong)field << 3 | 2);
            Varint((ulong)bytes.Length);
            _bytes.AddRange(bytes);
            return this;
        }

        private void Varint(ulong value)
        {
            for (; value >= 0x80; value >>= 7) _bytes.Add((byte)(value | 0x80));
            _bytes.Add((byte)value);
        }
    }
}
