using ScottPlot;
using SkiaSharp;

namespace PancreasSeg.Training;

/// <summary>The curves of a training as a picture: loss above, overlap below.</summary>
internal static class LearningCurves
{
    private const int Width = 1200, Height = 900;

    /// <summary>Draws the curves.</summary>
    /// <param name="path">Full path of the PNG.</param>
    /// <param name="epochs">At least one epoch.</param>
    /// <param name="problem">Why nothing can be drawn on this machine; else null.</param>
    /// <param name="hasFonts">Whether there are fonts; null looks for them.</param>
    /// <returns>False when nothing can be drawn.</returns>
    /// <exception cref="CoreException"><see cref="Fault.FileWriteFailed"/>.</exception>
    public static bool TryDraw(string path, IReadOnlyList<TrainingEpoch> epochs, out string? problem, bool? hasFonts = null) => TryDraw(path, hasFonts, () =>
    {
        var charts = new Multiplot();
        charts.AddPlots(2);
        Plot loss = charts.GetPlot(0), overlap = charts.GetPlot(1);
        loss.Title($"{epochs[0].Model}: loss and overlap by epoch");
        loss.YLabel("loss");
        Line(loss, "training", epochs.Select(e => ((double)e.Epoch, (double?)e.Loss)));
        loss.ShowLegend(Alignment.UpperRight);
        Line(overlap, "Dice, training", epochs.Select(e => ((double)e.Epoch, (double?)e.Dice)));
        Line(overlap, "Dice, validation", epochs.Select(e => ((double)e.Epoch, e.ValidationDice)));
        Line(overlap, "worst case, validation", epochs.Select(e => ((double)e.Epoch, e.ValidationDiceWorst)));
        Line(overlap, "recall, validation", epochs.Select(e => ((double)e.Epoch, e.ValidationRecall)));
        Line(overlap, "precision, validation", epochs.Select(e => ((double)e.Epoch, e.ValidationPrecision)));
        overlap.XLabel("epoch");
        overlap.YLabel("overlap");
        overlap.Axes.SetLimitsY(0, 1);
        overlap.ShowLegend(Alignment.LowerRight);
        return charts.Render(Width, Height);
    }, out problem);

    /// <summary>Draws recall against precision of several models over their thresholds, the models' own threshold marked.</summary>
    /// <inheritdoc cref="TryDraw(string, IReadOnlyList{TrainingEpoch}, out string?, bool?)"/>
    public static bool TryDrawModels(string path, IReadOnlyList<Network.PancreasModel> models, out string? problem, bool? hasFonts = null) => TryDraw(path, hasFonts, () =>
    {
        var chart = new Plot();
        chart.Title("Recall and precision on the validation cases");
        foreach (Network.PancreasModel model in models)
        {
            Color? colour = Line(chart, model.Name, model.Curve.Select(p => (p.Recall, (double?)p.Precision)));
            Network.OperatingPoint own = model.Curve.MinBy(p => Math.Abs(p.Threshold - model.Threshold))!;
            chart.Add.Marker(own.Recall, own.Precision, size: 12, color: colour);
            var text = chart.Add.Text(FormattableString.Invariant($"{model.Name} at {own.Threshold:0.00}"), own.Recall, own.Precision);
            // Below the falling curve; above the axis.
            (text.LabelAlignment, text.OffsetX) = (own.Precision > 0.1 ? Alignment.UpperRight : Alignment.LowerRight, -8);
        }
        chart.XLabel("recall");
        chart.YLabel("precision");
        chart.Axes.SetLimits(0, 1.05, 0, 1.05);
        chart.ShowLegend(Alignment.LowerLeft);
        return chart.GetImage(Height, Height);
    }, out problem);

    private static bool TryDraw(string path, bool? hasFonts, Func<Image> draw, out string? problem)
    {
        try
        {
            if (!(hasFonts ?? HasFonts()))
            {
                problem = $"'{Path.GetFileName(path)}' was not drawn: this machine has no fonts, and a chart without text says nothing. Install one, for example the package fonts-dejavu-core.";
                return false;
            }
            byte[] png = draw().GetImageBytes(ImageFormat.Png);
            AtomicFile.Write(path, overwrite: true, stream => stream.Write(png));
            problem = null;
            return true;
        }
        catch (Exception e) when (e is TypeInitializationException or DllNotFoundException)
        {
            problem = $"'{Path.GetFileName(path)}' was not drawn: the native library for pictures cannot be loaded ({(e.InnerException ?? e).Message}).";
            return false;
        }
    }

    /// <summary>Without a font Skia draws no letter and reports success.</summary>
    private static bool HasFonts() => SKFontManager.Default.FontFamilyCount > 0;

    private static Color? Line(Plot chart, string name, IEnumerable<(double X, double? Y)> points)
    {
        (double X, double Y)[] known = [.. points.Where(p => p.Y is not null).Select(p => (p.X, p.Y!.Value))];
        if (known.Length == 0) return null;
        var line = chart.Add.Scatter(known.Select(p => p.X).ToArray(), known.Select(p => p.Y).ToArray());
        line.LegendText = name;
        line.LineWidth = 2;
        line.MarkerSize = known.Length > 50 ? 0 : 5;
        return line.Color;
    }
}
