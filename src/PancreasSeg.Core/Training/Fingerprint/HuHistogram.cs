namespace PancreasSeg.Training;

/// <summary>Counts voxels by their HU, to 1 HU; what lies beyond -1024 and 3071 counts as these.</summary>
internal sealed class HuHistogram
{
    private const int Lowest = -1024, Highest = 3071;

    private readonly long[] _counts = new long[Highest - Lowest + 1];
    private double _sum, _squares;
    private long _count;

    /// <summary>Mean; null without a voxel.</summary>
    public double? Mean => _count == 0 ? null : _sum / _count;

    /// <summary>Standard deviation; null without a voxel.</summary>
    public double? Deviation => _count == 0 ? null : Math.Sqrt(Math.Max(0, _squares / _count - _sum / _count * (_sum / _count)));

    public void Add(float hu)
    {
        _counts[Math.Clamp((int)MathF.Round(hu), Lowest, Highest) - Lowest]++;
        (_sum, _squares, _count) = (_sum + hu, _squares + (double)hu * hu, _count + 1);
    }

    public void Add(HuHistogram other)
    {
        for (int i = 0; i < _counts.Length; i++) _counts[i] += other._counts[i];
        (_sum, _squares, _count) = (_sum + other._sum, _squares + other._squares, _count + other._count);
    }

    /// <summary>The smallest HU below or at which the given percentage of the voxels lie; null without a voxel.</summary>
    public double? Percentile(double percent)
    {
        if (_count == 0) return null;
        double wanted = percent / 100 * _count;
        long seen = 0;
        for (int i = 0; i < _counts.Length; i++)
            if ((seen += _counts[i]) >= wanted) return Lowest + i;
        return Highest;
    }
}
