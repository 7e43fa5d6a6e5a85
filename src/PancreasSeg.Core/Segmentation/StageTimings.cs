namespace PancreasSeg.Segmentation;

/// <summary>Wall time per stage of one case.</summary>
/// <param name="Read">Files to volume, or the wait for it where it was read during the case before; zero when a volume was given.</param>
/// <param name="Preprocess">Volume to network input.</param>
/// <param name="Network">Network input to probabilities.</param>
/// <param name="Postprocess">Probabilities to mask on the scanner's grid, with statistics.</param>
public sealed record StageTimings(TimeSpan Read, TimeSpan Preprocess, TimeSpan Network, TimeSpan Postprocess)
{
    /// <summary>All stages together.</summary>
    public TimeSpan Total => Read + Preprocess + Network + Postprocess;

    /// <summary>Seconds per stage.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"read {Read.TotalSeconds:0.00}, preprocess {Preprocess.TotalSeconds:0.00}, network {Network.TotalSeconds:0.00}, postprocess {Postprocess.TotalSeconds:0.00} s");
}
