using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace PancreasSeg.Dicom.Codecs;

/// <summary>
/// The bits of a JPEG entropy-coded segment, most significant first, without their stuffing: a zero byte after FF in JPEG
/// (T.81 B.1.1.5), a zero bit after FF in JPEG-LS (T.87 A.1). It stops at a marker or at the end of the data and then delivers zeros;
/// <see cref="Exhausted"/> tells when such zeros have been used.
/// </summary>
internal ref struct EntropyReader
{
    private const int Guaranteed = 56;

    private readonly ReadOnlySpan<byte> _data;
    private readonly bool _bitStuffing;
    private int _position;
    private int _nextFF;
    private ulong _bits;
    private int _count;
    private int _padding;

    /// <summary>Starts at an entropy-coded segment.</summary>
    /// <param name="data">The frame.</param>
    /// <param name="position">First byte after the scan header.</param>
    /// <param name="bitStuffing">True for JPEG-LS.</param>
    public EntropyReader(ReadOnlySpan<byte> data, int position, bool bitStuffing)
    {
        _data = data;
        _bitStuffing = bitStuffing;
        Restart(position);
    }

    /// <summary>More bits were taken than the segment has.</summary>
    public readonly bool Exhausted => _padding > _count;

    /// <summary>Makes at least 56 bits available to <see cref="Peek"/>, <see cref="Skip"/> and <see cref="LeadingZeros"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Fill()
    {
        if (_count >= Guaranteed) return;
        if (_position + 8 > _nextFF)
        {
            FillBytewise();
            return;
        }
        // Bits beyond _count are those of the next byte already; the next fill ors the same ones again.
        _bits |= BinaryPrimitives.ReadUInt64BigEndian(_data[_position..]) >> _count;
        _position += (63 - _count) >> 3;
        _count |= 56;
    }

    /// <summary>The next 1 to 32 bits, not consumed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly uint Peek(int count) => (uint)(_bits >> (64 - count));

    /// <summary>Consumes bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Skip(int count)
    {
        _bits <<= count;
        _count -= count;
    }

    /// <summary>Consumes the next 0 to 31 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Read(int count)
    {
        int value = (int)(_bits >> 1 >> (63 - count));
        Skip(count);
        return value;
    }

    /// <summary>Zero bits before the next one bit; 56 or more says no more than that.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int LeadingZeros() => BitOperations.LeadingZeroCount(_bits);

    /// <summary>Goes to the restart marker that must end this interval (T.81 E.2.4) and starts after it.</summary>
    /// <param name="interval">Number of the interval that ends here, from 0.</param>
    /// <param name="encoding">Name of the encoding, for the message.</param>
    public void NextInterval(int interval, string encoding)
    {
        int at = _position;
        while (at + 1 < _data.Length && (_data[at] != 0xFF || !IsMarker(_data[at + 1]))) at++;
        if (at + 1 >= _data.Length || _data[at + 1] != (0xD0 | (interval & 7)))
            FrameFault.Throw($"A restart marker of the {encoding} pixel data is missing.");
        Restart(at + 2);
    }

    private void Restart(int position)
    {
        _position = position;
        (_bits, _count, _padding) = (0, 0, 0);
        FindFF();
    }

    private void FindFF()
    {
        int distance = _data[_position..].IndexOf((byte)0xFF);
        _nextFF = distance < 0 ? _data.Length : _position + distance;
    }

    // FF FF is a fill byte before a marker (T.81 B.1.1.2); the marker itself follows.
    private readonly bool IsMarker(byte next) => next != 0xFF && (_bitStuffing ? next >= 0x80 : next != 0);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FillBytewise()
    {
        while (_count < Guaranteed)
        {
            if (_position < _nextFF)
            {
                Append(_data[_position++], 8);
            }
            else if (_position > _nextFF)
            {
                // After FF; the stuffed bit is zero and falls away.
                Append(_data[_position++], 7);
                FindFF();
            }
            else if (_position + 1 < _data.Length && _data[_position + 1] < (_bitStuffing ? 0x80 : 1))
            {
                Append(0xFF, 8);
                _position++;
                if (_bitStuffing) continue;
                _position++;
                FindFF();
            }
            else
            {
                Append(0, 8);
                _padding += 8;
            }
        }
    }

    private void Append(uint value, int length)
    {
        _bits |= (ulong)value << (64 - _count - length);
        _count += length;
    }
}
