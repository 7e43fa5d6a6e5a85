namespace PancreasSeg.Pictures;

/// <summary>A colour of 8 bits a channel.</summary>
internal readonly record struct Rgb(byte Red, byte Green, byte Blue)
{
    public static Rgb Black => default;

    public static Rgb White => new(255, 255, 255);

    /// <summary>A grey of 0 (black) to 1 (white); beyond that it is cut.</summary>
    public static Rgb Grey(float share)
    {
        byte level = (byte)(Math.Clamp(share, 0, 1) * 255 + 0.5f);
        return new Rgb(level, level, level);
    }
}
