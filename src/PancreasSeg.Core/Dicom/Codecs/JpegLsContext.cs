using System.Numerics;

namespace PancreasSeg.Dicom.Codecs;

/// <summary>The running statistics of one JPEG-LS context (T.87 A.2.1, A.5.1, A.6).</summary>
/// <param name="initialSum">Initial A.</param>
internal struct JpegLsContext(int initialSum)
{
    /// <summary>A: sum of error magnitudes.</summary>
    public int Sum = initialSum;

    /// <summary>B: bias, or Nn, the count of negative errors, in run interruption contexts.</summary>
    public int Bias;

    /// <summary>C: prediction correction.</summary>
    public int Correction;

    /// <summary>N: occurrences.</summary>
    public int Count = 1;

    /// <summary>The smallest k with <c>N * 2^k >= sum</c> (Code segment A.10).</summary>
    public readonly int GolombParameter(int sum)
    {
        if (sum <= Count) return 0;
        int k = BitOperations.LeadingZeroCount((uint)Count) - BitOperations.LeadingZeroCount((uint)sum);
        return (long)Count << k < sum ? k + 1 : k;
    }

    /// <summary>Code segments A.12 and A.13: takes an error into the statistics of a regular context.</summary>
    public void Update(int error, int step, int reset)
    {
        int bias = Bias + error * step;
        int count = Count;
        Sum += Math.Abs(error);
        if (count == reset)
        {
            Sum >>= 1;
            bias >>= 1;
            count >>= 1;
        }
        count++;
        if (bias <= -count)
        {
            bias = Math.Max(bias + count, 1 - count);
            if (Correction > -128) Correction--;
        }
        else if (bias > 0)
        {
            bias = Math.Min(bias - count, 0);
            if (Correction < 127) Correction++;
        }
        (Bias, Count) = (bias, count);
    }

    /// <summary>Code segment A.23: takes an error into the statistics of a run interruption context.</summary>
    public void UpdateRunInterruption(int error, int mapped, int type, int reset)
    {
        if (error < 0) Bias++;
        Sum += (mapped + 1 - type) >> 1;
        if (Count == reset)
        {
            Sum >>= 1;
            Bias >>= 1;
            Count >>= 1;
        }
        Count++;
    }
}
