using System.Diagnostics;

namespace PancreasSeg.Segmentation;

/// <summary>Time of one stage after another.</summary>
internal static class Stopwatches
{
    /// <summary>Time since <paramref name="start"/>, which becomes now.</summary>
    public static TimeSpan Lap(ref long start)
    {
        long now = Stopwatch.GetTimestamp();
        TimeSpan lap = Stopwatch.GetElapsedTime(start, now);
        start = now;
        return lap;
    }
}
