using System.Globalization;
using System.Text;
using System.Xml.Linq;

namespace PancreasSeg.Pictures;

/// <summary>Lines over two axes as an SVG that follows the reader's light or dark theme; panels stand one below the other.</summary>
internal sealed class SvgChart
{
    private const double Width = 1000, Left = 80, Right = 720, Top = 44, Bottom = 50, Plot = 340, RowHeight = 22, TextSize = 13;
    private const int Steps = 6, MarkedPoints = 50;
    private const string Style = """
        svg { background: #fff } text { font: 13px sans-serif; fill: #222 } .title { font-size: 16px } .grid { stroke: #e2e2e2 } .axis { stroke: #444 } .line { fill: none; stroke-width: 2 }
        .c0 { stroke: #0b62c4 } .c1 { stroke: #c2410c } .c2 { stroke: #15803d } .c3 { stroke: #a21caf } .c4 { stroke: #8a6a00 } .c5 { stroke: #0e7490 } .point { fill: #fff; stroke-width: 2 }
        @media (prefers-color-scheme: dark) {
          svg { background: #16181c } text { fill: #ddd } .grid { stroke: #33363c } .axis { stroke: #aaa } .point { fill: #16181c }
          .c0 { stroke: #6cb2ff } .c1 { stroke: #ff9d66 } .c2 { stroke: #5fd38a } .c3 { stroke: #e59af0 } .c4 { stroke: #e0c04c } .c5 { stroke: #59cfe6 }
        }
        """;

    private static readonly int[] s_steps = [1, 2, 5, 10];
    private static readonly XNamespace s_svg = "http://www.w3.org/2000/svg";
    private readonly XElement _root = new(s_svg + "svg", new XElement(s_svg + "style", Style));
    private double _height = 30;

    /// <summary>A chart without panels.</summary>
    public SvgChart(string title) => Text(title, 20, _height, Width - 40, "start", "title");

    /// <summary>Adds a panel below those there are.</summary>
    /// <param name="xLabel">Name of the horizontal axis.</param>
    /// <param name="yLabel">Name of the vertical axis.</param>
    /// <param name="lines">Lines; what is not finite is left out.</param>
    /// <param name="xRange">Ends of the horizontal axis; null for whole numbers, which it then fits.</param>
    /// <param name="yRange">Ends of the vertical axis; null fits it to the lines.</param>
    public void Add(
        string xLabel, string yLabel, IReadOnlyList<ChartLine> lines, (double Low, double High)? xRange, (double Low, double High)? yRange)
    {
        (double X, double Y)[][] shown =
            [.. lines.Select(line => line.Points.Where(p => double.IsFinite(p.X) && double.IsFinite(p.Y)).ToArray())];
        Axis x = Axis.Of([.. shown.SelectMany(p => p).Select(p => p.X)], xRange, whole: xRange is null),
            y = Axis.Of([.. shown.SelectMany(p => p).Select(p => p.Y)], yRange, whole: false);
        double top = _height + Top, bottom = top + Math.Max(Plot, lines.Count * RowHeight);
        double X(double value) => Left + (Right - Left) * x.Part(value);
        double Y(double value) => bottom - (bottom - top) * y.Part(value);

        Text(yLabel, 20, top - 14, Right - 20, "start");
        foreach (double tick in x.Ticks())
        {
            Line("grid", X(tick), top, X(tick), bottom);
            Text(Label(tick), X(tick), bottom + 18, 60, "middle");
        }
        foreach (double tick in y.Ticks())
        {
            Line("grid", Left, Y(tick), Right, Y(tick));
            Text(Label(tick), Left - 8, Y(tick) + 4, Left - 16, "end");
        }
        Line("axis", Left, bottom, Right, bottom);
        Line("axis", Left, top, Left, bottom);
        Text(xLabel, (Left + Right) / 2, bottom + 38, Right - Left, "middle");
        for (int i = 0; i < lines.Count; i++)
        {
            (string colour, double row) = ($"c{i % 6}", top + 10 + i * RowHeight);
            _root.Add(
                new XElement(s_svg + "polyline", new XAttribute("class", $"line {colour}"),
                    new XAttribute("points", string.Join(' ', shown[i].Select(p => $"{Number(X(p.X))},{Number(Y(p.Y))}")))));
            if (shown[i].Length <= MarkedPoints)
                foreach ((double px, double py) in shown[i]) Point(colour, X(px), Y(py), 3);
            if (lines[i].Mark is { } mark) Point(colour, X(mark.X), Y(mark.Y), 7);
            Line($"line {colour}", Right + 20, row - 4, Right + 44, row - 4);
            Text(lines[i].Name, Right + 52, row, Width - Right - 62, "start");
        }
        _height = bottom + Bottom;
    }

    /// <summary>The picture as a file's content.</summary>
    public byte[] ToBytes()
    {
        _root.SetAttributeValue("viewBox", $"0 0 {Number(Width)} {Number(_height)}");
        _root.SetAttributeValue("width", Number(Width));
        _root.SetAttributeValue("height", Number(_height));
        return Encoding.UTF8.GetBytes($"{_root}\n");
    }

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static string Label(double value) => value.ToString("G6", CultureInfo.InvariantCulture);

    private void Line(string style, double x1, double y1, double x2, double y2) =>
        _root.Add(new XElement(s_svg + "line", new XAttribute("class", style),
        new XAttribute("x1", Number(x1)), new XAttribute("y1", Number(y1)), new XAttribute("x2", Number(x2)),
            new XAttribute("y2", Number(y2))));

    private void Point(string colour, double x, double y, double radius) =>
        _root.Add(new XElement(s_svg + "circle", new XAttribute("class", $"point {colour}"),
        new XAttribute("cx", Number(x)), new XAttribute("cy", Number(y)), new XAttribute("r", Number(radius))));

    private void Text(string text, double x, double y, double room, string anchor, string style = "label") =>
        _root.Add(new XElement(s_svg + "text", new XAttribute("class", style),
        new XAttribute("x", Number(x)), new XAttribute("y", Number(y)), new XAttribute("text-anchor", anchor),
            Shortened(text, room / (style == "title" ? 16 : TextSize))));

    /// <summary>The end of a text that fits whatever sans-serif font the reader has: names of one series of models differ at their
    /// end.</summary>
    /// <param name="text">The text.</param>
    /// <param name="room">Room in units of the font's size.</param>
    private static string Shortened(string text, double room)
    {
        Rune[] runes = [.. text.EnumerateRunes().Select(r => Rune.IsControl(r) ? Rune.ReplacementChar : r)];
        int first = runes.Length;
        for (double used = 1; first > 0 && (used += Em(runes[first - 1])) <= Math.Max(room, 2); first--) { }
        return first == 0 || runes.Sum(Em) <= room ? string.Concat(runes) : "…" + string.Concat(runes[first..]);
    }

    // No wider in Arial, Verdana, DejaVu Sans, Noto Sans.
    private static double Em(Rune rune) => rune.Value > 0x2000 || "WMm%@w".Contains((char)rune.Value) ? 1 : Rune.IsUpper(rune) ? 0.8 : 0.65;

    private readonly record struct Axis(double Low, double High, double Step)
    {
        public static Axis Of(double[] values, (double Low, double High)? range, bool whole)
        {
            (double low, double high) = range ?? (values.Length == 0 ? (0, 1) : (values.Min(), values.Max()));
            if (low == high) (low, high) = whole ? (low - 1, high + 1)
                : (low - Math.Max(0.5, Math.Abs(low) / 2), high + Math.Max(0.5, Math.Abs(high) / 2));
            double decade = Math.Pow(10, Math.Floor(Math.Log10((high - low) / Steps))),
                step = decade * s_steps.First(s => decade * s * Steps >= (high - low) * 0.999999);
            if (whole) step = Math.Max(1, step);
            // An axis of whole numbers ends where the lines do, another one at a tick.
            return whole || range is not null ? new Axis(low, high, step)
                : new Axis(Math.Floor(low / step) * step, Math.Ceiling(high / step) * step, step);
        }

        public double Part(double value) => (value - Low) / (High - Low);

        public IEnumerable<double> Ticks()
        {
            // The sum makes a negative nought a plain one.
            for (double i = Math.Ceiling(Low / Step - 1e-6) + 0.0; i * Step <= High + Step * 1e-6; i++) yield return i * Step;
        }
    }
}
