using System.Globalization;
using System.Xml.Linq;
using PancreasSeg.Pictures;

namespace PancreasSeg.Core.Tests.Pictures;

public class SvgChartTests
{
    [Fact]
    public void Values_can_be_read_off_the_axes()
    {
        (double X, double Y)[] points = [(1, 0.93), (2, 0.4), (4, 0.07), (7, 0.55)];
        XElement[] shapes = Shapes(Draw(points, null, null));
        XElement[] marks = Named(shapes, "circle");
        Assert.Equal(points.Length, marks.Length);
        (Func<double, double> x, Func<double, double> y) = Scales(shapes);
        foreach ((XElement mark, (double X, double Y) point) in marks.Zip(points))
        {
            Assert.Equal(point.X, x(Number(mark, "cx")), 2);
            Assert.Equal(point.Y, y(Number(mark, "cy")), 2);
        }
        string[] line = Named(shapes, "polyline").Single().Attribute("points")!.Value.Split(' ');
        Assert.Equal(marks.Select(m => $"{m.Attribute("cx")!.Value},{m.Attribute("cy")!.Value}"), line);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.2, 0.2)]
    [InlineData(0.1, 0.93)]
    [InlineData(-3, 12)]
    [InlineData(1e-7, 3e-7)]
    [InlineData(0, 7.3e11)]
    [InlineData(double.NaN, double.PositiveInfinity)]
    public void An_axis_has_a_few_even_ticks_round_its_values(double low, double high)
    {
        XElement[] shapes = Shapes(Draw([(1, low), (2, high)], null, null));
        double[] ticks = Ticks(shapes, "end", "y").Select(t => t.Value).ToArray();
        Assert.InRange(ticks.Length, 3, 9);
        double[] steps = [.. ticks.Zip(ticks[1..], (a, b) => b - a)];
        Assert.All(steps, step => Assert.Equal(1, step / steps[0], 3));
        Assert.Contains(Math.Round(steps[0] / Math.Pow(10, Math.Floor(Math.Log10(steps[0]) + 1e-9)), 6), new double[] { 1, 2, 5 });
        if (!double.IsFinite(low)) return;
        Assert.True(ticks[0] <= low && high <= ticks[^1]);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 2)]
    [InlineData(1, 1000)]
    [InlineData(17, 23)]
    public void Epochs_are_counted_in_whole_numbers(int first, int last)
    {
        XElement[] shapes = Shapes(Draw([(first, 1), (last, 2)], null, null));
        double[] ticks = Ticks(shapes, "middle", "x").Select(t => t.Value).ToArray();
        Assert.InRange(ticks.Length, 2, 8);
        Assert.All(ticks, tick => Assert.Equal(Math.Round(tick), tick));
    }

    [Fact]
    public void A_given_range_holds_and_what_is_not_finite_is_left_out()
    {
        XElement[] shapes = Shapes(Draw([(0.5, 0.5), (double.NaN, 0.1), (0.2, double.NegativeInfinity)], (0, 1), (0, 1)));
        Assert.Equal([0, 0.2, 0.4, 0.6, 0.8, 1], Ticks(shapes, "end", "y").Select(t => t.Value));
        Assert.Single(Named(shapes, "circle"));
        Assert.DoesNotContain(Named(shapes, "text"), text => text.Value == "-0");
        Assert.DoesNotContain("NaN", string.Concat(shapes.SelectMany(s => s.Attributes()).Select(a => a.Value)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData('W')]
    [InlineData('字')]
    public void No_text_runs_out_of_the_picture_and_its_end_is_what_stays(char widest)
    {
        string name = new string(widest, 200);
        var chart = new SvgChart($"{name}: title");
        chart.Add(name, name, [.. Enumerable.Range(1, 40).Select(i => new ChartLine($"{name}-{i}", [(1, 1), (2, 5e12)]))], null, null);
        XElement root = XElement.Parse(System.Text.Encoding.UTF8.GetString(chart.ToBytes()));
        double[] box = [.. root.Attribute("viewBox")!.Value.Split(' ').Select(v => double.Parse(v, CultureInfo.InvariantCulture))];
        XElement[] texts = Named([.. root.Elements()], "text");
        Assert.Contains(texts, t => t.Value.EndsWith(": title", StringComparison.Ordinal));
        Assert.Contains(texts, t => t.Value.EndsWith($"{widest}-40", StringComparison.Ordinal));
        foreach (XElement text in texts)
        {
            // The wide letter fills the square of its size; a digit, two thirds of it at most.
            double size = text.Attribute("class")!.Value == "title" ? 16 : 13,
                width = size * text.Value.Sum(c => c == widest || c == '…' ? 1 : 0.65);
            double left = Number(text, "x") - width * text.Attribute("text-anchor")!.Value switch { "start" => 0, "middle" => 0.5, _ => 1 };
            Assert.True(left >= 0 && left + width <= box[2], $"'{text.Value}' reaches from {left} to {left + width}");
            Assert.InRange(Number(text, "y"), size, box[3] - 4);
        }
    }

    [Fact]
    public void Any_name_is_text_and_the_picture_asks_for_nothing_else()
    {
        var chart = new SvgChart("<b>&\u0001\ud800");
        chart.Add("x", "y", [new ChartLine("</svg><script>", [(1, 1)])], null, null);
        string svg = System.Text.Encoding.UTF8.GetString(chart.ToBytes());
        XElement[] shapes = Shapes(chart);
        Assert.Contains(Named(shapes, "text"), t => t.Value == "<b>&\ufffd\ufffd");
        Assert.Equal(["circle", "line", "polyline", "style", "text"], shapes.Select(s => s.Name.LocalName).Distinct().Order());
        Assert.Contains("font: 13px sans-serif", svg, StringComparison.Ordinal);
        Assert.Contains("prefers-color-scheme: dark", svg, StringComparison.Ordinal);
        Assert.DoesNotContain("url(", svg, StringComparison.Ordinal);
        Assert.DoesNotContain("href", svg, StringComparison.Ordinal);
    }

    private static SvgChart Draw((double X, double Y)[] points, (double, double)? xRange, (double, double)? yRange)
    {
        var chart = new SvgChart("title");
        chart.Add("x", "y", [new ChartLine("line", points)], xRange, yRange);
        return chart;
    }

    private static XElement[] Shapes(SvgChart chart) =>
        [.. XElement.Parse(System.Text.Encoding.UTF8.GetString(chart.ToBytes())).Elements()];

    private static XElement[] Named(XElement[] shapes, string name) => [.. shapes.Where(s => s.Name.LocalName == name)];

    private static double Number(XElement shape, string attribute) =>
        double.Parse(shape.Attribute(attribute)!.Value, CultureInfo.InvariantCulture);

    private static IEnumerable<(double Position, double Value)> Ticks(XElement[] shapes, string anchor, string axis) =>
        from text in Named(shapes, "text")
        where text.Attribute("text-anchor")!.Value == anchor && double.TryParse(text.Value, CultureInfo.InvariantCulture, out _)
        select (Number(text, axis), double.Parse(text.Value, CultureInfo.InvariantCulture));

    // What a reader does: two ticks give the scale. Labels of the vertical axis stand four below their tick.
    private static (Func<double, double> X, Func<double, double> Y) Scales(XElement[] shapes)
    {
        static Func<double, double> Scale((double Position, double Value)[] ticks, double offset) =>
            position => ticks[0].Value
                + (position + offset - ticks[0].Position) * (ticks[^1].Value - ticks[0].Value) / (ticks[^1].Position - ticks[0].Position);
        return (Scale([.. Ticks(shapes, "middle", "x")], 0), Scale([.. Ticks(shapes, "end", "y")], 4));
    }
}
