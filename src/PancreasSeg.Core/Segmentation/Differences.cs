namespace PancreasSeg.Segmentation;

/// <summary>How far the values of two arrays lie apart, pair by pair, over many arrays.</summary>
internal sealed class Differences
{
    /// <summary>Pairs compared.</summary>
    public long Count { get; private set; }

    /// <summary>The largest absolute difference; infinite where one is not a number.</summary>
    public double Largest { get; private set; }

    /// <summary>Sum of the absolute differences.</summary>
    public double Sum { get; private set; }

    /// <summary>Takes two arrays of equal length.</summary>
    public void Add(ReadOnlySpan<float> first, ReadOnlySpan<float> second)
    {
        for (int i = 0; i < first.Length; i++)
        {
            double difference = Math.Abs((double)first[i] - second[i]);
            Sum += difference;
            // Not a number is as far apart as can be.
            if (!(difference <= Largest)) Largest = double.IsNaN(difference) ? double.PositiveInfinity : difference;
        }
        Count += first.Length;
    }
}
