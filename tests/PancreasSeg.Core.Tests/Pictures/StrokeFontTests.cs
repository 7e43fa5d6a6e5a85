using PancreasSeg.Pictures;

namespace PancreasSeg.Core.Tests.Pictures;

public class StrokeFontTests
{
    private static readonly string s_printable = string.Concat(Enumerable.Range(33, 94).Select(i => (char)i));

    [Fact]
    public void Every_printable_letter_has_a_shape_of_its_own()
    {
        byte[][] drawn = [.. s_printable.Append('\u2603').Select(c => Drawn($"{c}", 24).Rgb)];
        for (int i = 0; i < drawn.Length; i++)
            for (int j = 0; j < i; j++) Assert.False(drawn[i].AsSpan().SequenceEqual(drawn[j]), $"{s_printable[j]}");
    }

    [Theory]
    [InlineData(9)]
    [InlineData(13)]
    [InlineData(40)]
    public void Letters_keep_to_their_height_and_width_and_have_soft_edges(float height)
    {
        foreach (char letter in s_printable)
        {
            PngImage image = Drawn($"{letter}", height);
            List<(int X, int Y)> ink = [.. from y in Enumerable.Range(0, image.Height) from x in Enumerable.Range(0, image.Width)
                                          where image.Rgb[3 * (x + image.Width * y)] > 127 select (x, y)];
            Assert.NotEmpty(ink);
            Assert.All(ink, p => Assert.InRange(p.Y, 20 - height / 8, 20 + height * 1.35));
            Assert.All(ink, p => Assert.InRange(p.X, 20 - height / 8, 20 + StrokeFont.Width($"{letter}", height) + height / 8));
            Assert.Contains(image.Rgb, level => level is > 20 and < 235);
        }
    }

    [Fact]
    public void Letters_with_marks_are_shown_without_and_unknown_ones_as_a_box()
    {
        Assert.Equal(Drawn("uene", 20).Rgb, Drawn("üéñé", 20).Rgb);
        Assert.Equal(Drawn("\uFFFD", 20).Rgb, Drawn("脾", 20).Rgb);
    }

    [Fact]
    public void Text_is_broken_at_blanks_and_cut_with_dots()
    {
        Assert.Equal("Slices", StrokeFont.Fit("Slices", 10, 1000));
        string cut = StrokeFont.Fit("Slices are more than 6 mm apart", 10, 100);
        Assert.EndsWith("...", cut, StringComparison.Ordinal);
        Assert.True(StrokeFont.Width(cut, 10) <= 100);
        string text = string.Join(' ', Enumerable.Repeat("slices", 12));
        IReadOnlyList<string> lines = StrokeFont.Wrap(text, 10, 150, 20);
        Assert.Equal(text, string.Join(' ', lines));
        Assert.All(lines, line => Assert.True(StrokeFont.Width(line, 10) <= 150));
        Assert.EndsWith("...", StrokeFont.Wrap(text, 10, 150, 2)[1], StringComparison.Ordinal);
    }

    private static PngImage Drawn(string text, float height)
    {
        var image = new PngImage(300, 100);
        StrokeFont.Draw(image, text, 20, 20, height, Rgb.White);
        return image;
    }
}
