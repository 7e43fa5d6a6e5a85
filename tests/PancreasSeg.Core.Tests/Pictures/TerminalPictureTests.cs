using System.Globalization;
using System.Text.RegularExpressions;
using PancreasSeg.Pictures;

namespace PancreasSeg.Core.Tests.Pictures;

public class TerminalPictureTests
{
    [Theory]
    [InlineData("TERM=xterm-kitty", false, "Kitty")]
    [InlineData("TERM=xterm-256color KITTY_WINDOW_ID=1", false, "Kitty")]
    [InlineData("TERM=xterm-256color TERM_PROGRAM=iTerm.app", false, "ITerm")]
    [InlineData("TERM=xterm-256color TERM_PROGRAM=WezTerm", false, "ITerm")]
    [InlineData("TERM=foot", false, "Sixel")]
    [InlineData("WT_SESSION=1", false, "Sixel")]
    [InlineData("TERM=xterm-256color", false, "None")]
    [InlineData("TERM=dumb", false, "None")]
    [InlineData("", false, "None")]
    [InlineData("TERM=xterm-kitty", true, "None")]
    [InlineData("TERM=screen KITTY_WINDOW_ID=1", false, "None")]
    [InlineData("TERM=xterm-256color TMUX=x KITTY_WINDOW_ID=1", false, "None")]
    public void The_environment_tells_what_a_terminal_takes(string environment, bool isRedirected, string protocol)
    {
        Dictionary<string, string> variables = environment.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(v => v.Split('=')).ToDictionary(v => v[0], v => v[1]);
        Assert.Equal(protocol, $"{TerminalPicture.ProtocolOf(name => variables.GetValueOrDefault(name), isRedirected)}");
    }

    [Fact]
    public void Iterm_and_kitty_get_the_png_itself()
    {
        PngImage image = Picture();
        byte[] png = image.ToPng();
        Match iterm = Regex.Match(TerminalPicture.Of(image, TerminalProtocol.ITerm), "^\e]1337;File=inline=1;size=(\\d+);[^:]*:([^\a]+)\a\n$");
        Assert.Equal($"{png.Length}", iterm.Groups[1].Value);
        Assert.Equal(png, Convert.FromBase64String(iterm.Groups[2].Value));
        string kitty = TerminalPicture.Of(image, TerminalProtocol.Kitty);
        MatchCollection pieces = Regex.Matches(kitty, "\e_G([^;]*);([^\e]*)\e\\\\");
        Assert.True(pieces.Count > 1);
        Assert.Equal(kitty, string.Concat(pieces) + "\n");
        Assert.Equal(png, Convert.FromBase64String(string.Concat(pieces.Select(p => p.Groups[2].Value))));
        Assert.All(pieces, p => Assert.True(p.Groups[2].Length <= 4096));
        Assert.Equal([.. Enumerable.Repeat("1", pieces.Count - 1), "0"], pieces.Select(p => p.Groups[1].Value[^1..]));
        Assert.Equal("", TerminalPicture.Of(image, TerminalProtocol.None));
    }

    [Fact]
    public void Sixels_give_every_dot_once_in_nearly_its_colour()
    {
        PngImage image = Picture();
        string text = TerminalPicture.Of(image, TerminalProtocol.Sixel);
        Match frame = Regex.Match(text, "^\eP0;1q\"1;1;(\\d+);(\\d+)(.*)\e\\\\\n$");
        Assert.Equal(($"{image.Width}", $"{image.Height}"), (frame.Groups[1].Value, frame.Groups[2].Value));
        // A reader of its own, after the VT330/340 manual.
        var colours = new Dictionary<int, int[]>();
        var drawn = new int[image.Width * image.Height];
        (int x, int y, int colour) = (0, 0, -1);
        foreach (Match part in Regex.Matches(frame.Groups[3].Value, "#(\\d+);2;(\\d+);(\\d+);(\\d+)|#(\\d+)|!(\\d+)([?-~])|([?-~])|(\\$)|(-)"))
        {
            int Number(int group) => int.Parse(part.Groups[group].ValueSpan, CultureInfo.InvariantCulture);
            if (part.Groups[1].Success) colours[Number(1)] = [Number(2), Number(3), Number(4)];
            else if (part.Groups[5].Success) colour = Number(5);
            else if (part.Groups[9].Success) x = 0;
            else if (part.Groups[10].Success) (x, y) = (0, y + 6);
            else
            {
                (int run, char dots) = part.Groups[6].Success ? (Number(6), part.Groups[7].Value[0]) : (1, part.Groups[8].Value[0]);
                int bits = dots - '?';
                for (; run > 0; run--, x++)
                    for (int row = 0; row < 6; row++)
                    {
                        if ((bits >> row & 1) == 0) continue;
                        int at = x + image.Width * (y + row);
                        drawn[at]++;
                        for (int c = 0; c < 3; c++) Assert.InRange(colours[colour][c] * 2.55 - image.Rgb[3 * at + c], -28, 28);
                    }
            }
        }
        Assert.All(drawn, times => Assert.Equal(1, times));
    }

    private static PngImage Picture()
    {
        var image = new PngImage(64, 45);
        var random = new Random(3);
        for (int i = 0; i < 64 * 45; i++)
        {
            byte grey = (byte)random.Next(256);
            image.Blend(i % 64, i / 64, i % 5 == 0 ? new Rgb(grey, 96, 56) : new Rgb(grey, grey, grey));
        }
        return image;
    }
}
