using System.Globalization;
using System.Text;

namespace PancreasSeg.Pictures;

/// <summary>
/// Letters of lines with round ends, drawn smooth in any size: text depends on no font of the machine. Capitals are 8 units high,
/// small letters 5, and reach 2 below the line; a letter without a shape is an empty box.
/// </summary>
internal static class StrokeFont
{
    private const float CapHeight = 8, Descent = 2, LetterGap = 2, BlankWidth = 3, Weight = 0.95f;
    private const int CurveSteps = 8;

    private static readonly Dictionary<char, Glyph> s_shapes =
        StrokeGlyphs.Shapes.ToDictionary(pair => pair.Key, pair => Parse(pair.Value));

    /// <summary>Width of a text in pixels.</summary>
    /// <param name="text">The text, in one line.</param>
    /// <param name="height">Height of a capital in pixels.</param>
    public static float Width(string text, float height) => Units(Shown(text)) * height / CapHeight;

    /// <summary>Draws a text in one line.</summary>
    /// <param name="image">Where to.</param>
    /// <param name="text">The text.</param>
    /// <param name="x">Its left end.</param>
    /// <param name="y">Top of its capitals.</param>
    /// <param name="height">Height of a capital in pixels.</param>
    /// <param name="colour">Its colour.</param>
    /// <param name="edge">Colour of an edge that makes it legible on a picture; null for none.</param>
    /// <param name="bold">True for lines half as thick again.</param>
    public static void Draw(
        PngImage image, string text, float x, float y, float height, Rgb colour, Rgb? edge = null, bool bold = false)
    {
        string shown = Shown(text);
        float scale = height / CapHeight, radius = Math.Max(0.6f, scale * Weight / 2 * (bold ? 1.5f : 1));
        if (edge is { } around) Lay(image, shown, x, y, scale, radius + Math.Max(1.5f, height / 9), around);
        Lay(image, shown, x, y, scale, radius, colour);
    }

    /// <summary>As much of a text as fits, with dots where some is left out.</summary>
    public static string Fit(string text, float height, float room)
    {
        if (Width(text, height) <= room) return text;
        int length = text.Length;
        while (length > 0 && Width($"{text[..length]}...", height) > room) length--;
        return $"{text[..length].TrimEnd()}...";
    }

    /// <summary>A text broken at blanks into lines that fit; the last of them is cut where there is more.</summary>
    public static IReadOnlyList<string> Wrap(string text, float height, float room, int lines)
    {
        List<string> wrapped = [""];
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            string longer = wrapped[^1].Length == 0 ? word : $"{wrapped[^1]} {word}";
            if (Width(longer, height) <= room || wrapped.Count == lines || wrapped[^1].Length == 0) wrapped[^1] = longer;
            else wrapped.Add(word);
        }
        return [.. wrapped.Select(line => Fit(line, height, room))];
    }

    private static void Lay(PngImage image, string text, float x, float y, float scale, float radius, Rgb colour)
    {
        int left = (int)MathF.Floor(x - radius - 1), top = (int)MathF.Floor(y - radius - 1);
        int columns = (int)MathF.Ceiling(x + Units(text) * scale + radius + 1) - left,
            rows = (int)MathF.Ceiling(y + (CapHeight + Descent) * scale + radius + 1) - top;
        var ink = new float[columns * rows];
        float at = x - left;
        foreach (char letter in text)
        {
            Glyph glyph = GlyphOf(letter);
            foreach ((float X, float Y)[] line in glyph.Lines)
                for (int i = 0; i < line.Length; i++)
                {
                    (float X, float Y) from = line[Math.Max(0, i - 1)], to = line[i];
                    (float x1, float y1) = (at + from.X * scale, y - top + from.Y * scale);
                    Stroke(ink, columns, rows, x1, y1, at + to.X * scale, y - top + to.Y * scale, radius);
                }
            at += (glyph.Width + LetterGap) * scale;
        }
        for (int i = 0; i < ink.Length; i++)
            if (ink[i] > 0) image.Blend(left + i % columns, top + i / columns, colour, ink[i]);
    }

    /// <summary>Covers the pixels within a radius of a line; the pixels at the edge in part.</summary>
    private static void Stroke(float[] ink, int columns, int rows, float x1, float y1, float x2, float y2, float radius)
    {
        float dx = x2 - x1, dy = y2 - y1, length = dx * dx + dy * dy, reach = radius + 1;
        int firstRow = Math.Max(0, (int)(Math.Min(y1, y2) - reach)), lastRow = Math.Min(rows - 1, (int)(Math.Max(y1, y2) + reach));
        int first = Math.Max(0, (int)(Math.Min(x1, x2) - reach)), last = Math.Min(columns - 1, (int)(Math.Max(x1, x2) + reach));
        for (int row = firstRow; row <= lastRow; row++)
            for (int column = first; column <= last; column++)
            {
                float px = column - x1, py = row - y1, along = length == 0 ? 0 : Math.Clamp((px * dx + py * dy) / length, 0, 1);
                float distance = MathF.Sqrt((px - along * dx) * (px - along * dx) + (py - along * dy) * (py - along * dy));
                float cover = Math.Clamp(radius + 0.5f - distance, 0, 1);
                if (cover > ink[row * columns + column]) ink[row * columns + column] = cover;
            }
    }

    // Letters with marks lose them: a model may be called in any language.
    private static string Shown(string text) => string.Concat(
        text.Normalize(NormalizationForm.FormD).Where(c => CharUnicodeInfo.GetUnicodeCategory(c) != UnicodeCategory.NonSpacingMark));

    private static float Units(string text) => text.Length == 0 ? 0 : text.Sum(c => GlyphOf(c).Width + LetterGap) - LetterGap;

    private static Glyph GlyphOf(char letter) =>
        letter == ' ' ? new Glyph(BlankWidth, []) : s_shapes.TryGetValue(letter, out Glyph? glyph) ? glyph : s_shapes['\uFFFD'];

    private static Glyph Parse(string shape)
    {
        (float X, float Y)[][] lines = [.. shape.Split('|').Select(Points)];
        return new Glyph(lines.Max(line => line.Max(p => p.X)), lines);
    }

    // "xy" is a point, "~xy" the control point of a curve to the next point.
    private static (float X, float Y)[] Points(string line)
    {
        var points = new List<(float X, float Y)>();
        (float X, float Y)? control = null;
        foreach (string token in line.Split(' '))
        {
            (float X, float Y) point = (Digit(token[^2]), Digit(token[^1]));
            if (token[0] == '~')
            {
                control = point;
                continue;
            }
            if (control is { } c)
            {
                (float X, float Y) from = points[^1];
                for (int i = 1; i < CurveSteps; i++)
                {
                    float t = (float)i / CurveSteps, u = 1 - t;
                    points.Add((u * u * from.X + 2 * u * t * c.X + t * t * point.X, u * u * from.Y + 2 * u * t * c.Y + t * t * point.Y));
                }
            }
            points.Add(point);
            control = null;
        }
        return [.. points];
    }

    private static float Digit(char digit) => digit == 'a' ? 10 : digit - '0';

    private sealed record Glyph(float Width, (float X, float Y)[][] Lines);
}
