namespace PancreasSeg.Pictures;

/// <summary>A line of a chart.</summary>
/// <param name="Name">Its name in the legend.</param>
/// <param name="Points">Its points, joined in this order.</param>
/// <param name="Mark">A point that is shown larger; null for none.</param>
internal sealed record ChartLine(string Name, IEnumerable<(double X, double Y)> Points, (double X, double Y)? Mark = null);
