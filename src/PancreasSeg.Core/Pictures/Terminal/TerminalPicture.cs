using System.Globalization;
using System.Text;

namespace PancreasSeg.Pictures;

/// <summary>A picture as the text that makes a terminal show it at the cursor.</summary>
internal static class TerminalPicture
{
    private const int KittyChunk = 4096, SixelRows = 6, Steps = 6, Greys = 40, GreySpread = 12;
    private const string Escape = "\e";

    /// <summary>
    /// What the terminal takes, told by the environment alone: a question to the terminal would hang where it knows no answer. Windows
    /// Terminal takes sixels from version 1.22 on; inside tmux and screen nothing is sure.
    /// </summary>
    /// <param name="variable">The environment.</param>
    /// <param name="isRedirected">True where output goes elsewhere.</param>
    public static TerminalProtocol ProtocolOf(Func<string, string?> variable, bool isRedirected)
    {
        string term = variable("TERM") ?? "", program = variable("TERM_PROGRAM") ?? "";
        bool Is(string name) => term.Contains(name, StringComparison.Ordinal);
        return isRedirected || variable("TMUX") is not null || Is("tmux") || Is("screen") ? TerminalProtocol.None
            : variable("KITTY_WINDOW_ID") is not null || Is("kitty") || Is("ghostty") ? TerminalProtocol.Kitty
            : program is "iTerm.app" or "WezTerm" ? TerminalProtocol.ITerm
            : Is("sixel") || Is("mlterm") || Is("foot") || variable("WT_SESSION") is not null ? TerminalProtocol.Sixel
            : TerminalProtocol.None;
    }

    /// <summary>The text that shows a picture; empty for a terminal that shows none.</summary>
    public static string Of(PngImage image, TerminalProtocol protocol) => protocol switch
    {
        TerminalProtocol.ITerm => ITerm(image.ToPng()),
        TerminalProtocol.Kitty => Kitty(image.ToPng()),
        TerminalProtocol.Sixel => Sixel(image),
        _ => "",
    };

    private static string ITerm(byte[] png) =>
        $"{Escape}]1337;File=inline=1;size={png.Length};preserveAspectRatio=1:{Convert.ToBase64String(png)}\a\n";

    // PNG (f=100), shown at once (a=T), no answer asked for (q=2), in pieces of which all but the last say m=1.
    private static string Kitty(byte[] png)
    {
        string data = Convert.ToBase64String(png);
        var text = new StringBuilder();
        for (int at = 0; at < data.Length; at += KittyChunk)
        {
            int length = Math.Min(KittyChunk, data.Length - at);
            string keys = at == 0 ? "f=100,a=T,q=2," : "";
            text.Append(CultureInfo.InvariantCulture, $"{Escape}_G{keys}m={(at + length < data.Length ? 1 : 0)};{data.AsSpan(at, length)}{Escape}\\");
        }
        return text.Append('\n').ToString();
    }

    // Bands of six rows; in each, every colour draws the dots that are its own, runs counted.
    private static string Sixel(PngImage image)
    {
        var indices = new byte[image.Width * image.Height];
        for (int i = 0; i < indices.Length; i++) indices[i] = Index(image.Rgb.AsSpan(3 * i, 3));
        var text = new StringBuilder($"{Escape}P0;1q\"1;1;{image.Width};{image.Height}");
        foreach (byte colour in indices.Distinct().Order())
        {
            (int red, int green, int blue) = Percent(colour);
            text.Append(CultureInfo.InvariantCulture, $"#{colour};2;{red};{green};{blue}");
        }
        for (int top = 0; top < image.Height; top += SixelRows)
        {
            int rows = Math.Min(SixelRows, image.Height - top);
            foreach (byte colour in indices.AsSpan(top * image.Width, rows * image.Width).ToArray().Distinct().Order())
            {
                text.Append(CultureInfo.InvariantCulture, $"#{colour}");
                for (int column = 0, end; column < image.Width; column = end)
                {
                    char dots = Dots(column);
                    for (end = column + 1; end < image.Width && Dots(end) == dots;) end++;
                    if (end - column > 3) text.Append(CultureInfo.InvariantCulture, $"!{end - column}{dots}");
                    else text.Append(dots, end - column);
                }
                text.Append('$');

                char Dots(int column)
                {
                    int bits = 0;
                    for (int row = 0; row < rows; row++) if (indices[(top + row) * image.Width + column] == colour) bits |= 1 << row;
                    return (char)('?' + bits);
                }
            }
            text.Append('-');
        }
        return text.Append(CultureInfo.InvariantCulture, $"{Escape}\\\n").ToString();
    }

    // Greys first, finely; then a cube of colours.
    private static byte Index(ReadOnlySpan<byte> pixel)
    {
        (int red, int green, int blue) = (pixel[0], pixel[1], pixel[2]);
        if (Math.Max(red, Math.Max(green, blue)) - Math.Min(red, Math.Min(green, blue)) < GreySpread)
            return (byte)((red + green + blue) * (Greys - 1) / (3 * 255));
        int Step(int level) => (level * (Steps - 1) + 127) / 255;
        return (byte)(Greys + Step(red) * Steps * Steps + Step(green) * Steps + Step(blue));
    }

    private static (int Red, int Green, int Blue) Percent(byte index)
    {
        if (index < Greys) return (index * 100 / (Greys - 1), index * 100 / (Greys - 1), index * 100 / (Greys - 1));
        int cube = index - Greys;
        return (cube / (Steps * Steps) * 20, cube / Steps % Steps * 20, cube % Steps * 20);
    }
}
