namespace PancreasSeg.Core.Tests.Dicom.Codecs;

/// <summary>Damages encoded frames in reproducible ways: flips, cuts, pieces of themselves or of other frames in the wrong place.</summary>
internal sealed class FrameMutator(int seed)
{
    private readonly Random _random = new(seed);

    public byte[] Mutate(byte[] frame, byte[] other)
    {
        byte[] mutant = frame;
        for (int i = _random.Next(1, 4); i > 0; i--) mutant = Damage(mutant, other);
        return mutant;
    }

    private byte[] Damage(byte[] frame, byte[] other)
    {
        if (frame.Length < 2) return other;
        switch (_random.Next(6))
        {
            case 0: return frame[..Position(frame)];
            case 1: return [.. frame[..Position(frame)], .. Piece(other), .. frame[Position(frame)..]];
            case 2:
                byte[] piece = Piece(frame);
                byte[] copy = [.. frame];
                piece.CopyTo(copy, _random.Next(frame.Length - piece.Length + 1));
                return copy;
            default:
                byte[] flipped = [.. frame];
                for (int i = _random.Next(1, 5); i > 0; i--) flipped[Position(flipped)] = Value();
                return flipped;
        }
    }

    // Half of all damage hits the headers, which are short.
    private int Position(byte[] frame) => _random.Next(_random.Next(2) == 0 ? frame.Length : Math.Min(frame.Length, 120));

    private byte Value() => _random.Next(4) switch { 0 => 0xFF, 1 => 0, _ => (byte)_random.Next(256) };

    private byte[] Piece(byte[] frame)
    {
        int start = Position(frame);
        return frame[start..Math.Min(frame.Length, start + _random.Next(1, 64))];
    }
}
