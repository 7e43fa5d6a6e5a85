namespace PancreasSeg;

/// <summary>
/// The weights with which the voxels along one axis of a source make the voxels along one axis of a target. The filter is a
/// triangle centred on the target voxel's centre: as wide as one source voxel to each side where the axis grows (linear
/// interpolation), widened to one target voxel where it shrinks (antialiasing). Voxels beyond the border get no weight and the
/// rest is normalised, which within half a voxel of the border repeats the border's value. At the point alone nothing is widened and
/// the border's value goes on.
/// </summary>
internal sealed class AxisTaps
{
    /// <summary>Numbers that <see cref="Apply"/> reads, and gives no weight, beyond the source's voxels.</summary>
    public const int Slack = 7;

    /// <summary>Centres this close to a voxel's are taken as equal, so that no rounding error mixes neighbours.</summary>
    private const double Snap = 1e-5;

    /// <summary>Weights for each target voxel: <see cref="Count"/> and, but for pairs, zeros up to a multiple of eight.</summary>
    private readonly int _stride;

    private readonly int[] _first;
    private readonly float[] _weights;

    /// <summary>Computes the weights.</summary>
    /// <param name="targetSize">Voxels along the target's axis.</param>
    /// <param name="sourceSize">Voxels along the source's axis.</param>
    /// <param name="scale">Source voxels per target voxel; negative where the axes run in opposite directions.</param>
    /// <param name="offset">Source index of the target's voxel 0.</param>
    /// <param name="isPoint">True to interpolate at the point alone.</param>
    public AxisTaps(int targetSize, int sourceSize, double scale, double offset, bool isPoint = false)
    {
        double width = isPoint ? 1 : Math.Max(1, Math.Abs(scale));
        Size = targetSize;
        Count = (int)Math.Min(sourceSize, Math.Ceiling(2 * width));
        _first = new int[targetSize];
        _stride = Count == 2 ? Count : (Count + Slack) / 8 * 8;
        _weights = new float[targetSize * _stride];
        Start = targetSize;
        int low = sourceSize, high = 0;
        for (int i = 0; i < targetSize; i++)
        {
            double centre = scale * i + offset;
            if (isPoint) centre = Math.Clamp(centre, 0, sourceSize - 1);
            if (Math.Abs(centre - Math.Round(centre)) < Snap) centre = Math.Round(centre);
            if (centre < -0.5 - Snap || centre > sourceSize - 0.5 + Snap) continue;
            Start = Math.Min(Start, i);
            End = i + 1;
            _first[i] = (int)Math.Clamp(Math.Floor(centre - width) + 1, 0, sourceSize - Count);
            Normalise(_weights.AsSpan(i * _stride, Count), _first[i], centre, width);
            low = Math.Min(low, _first[i]);
            high = Math.Max(high, _first[i] + Count);
        }
        Start = Math.Min(Start, End);
        Low = Math.Min(low, high);
        Length = high - Low;
        for (int i = Start; i < End; i++) _first[i] -= Low;
    }

    /// <summary>Voxels along the target's axis.</summary>
    public int Size { get; }

    /// <summary>Source voxels that make one target voxel; some may have weight 0.</summary>
    public int Count { get; }

    /// <summary>First target voxel inside the source.</summary>
    public int Start { get; }

    /// <summary>One past the last target voxel inside the source.</summary>
    public int End { get; }

    /// <summary>First source voxel that is used.</summary>
    public int Low { get; }

    /// <summary>Number of source voxels from <see cref="Low"/> to the last one used.</summary>
    public int Length { get; }

    /// <summary>First source voxel, counted from <see cref="Low"/>, of a target voxel inside the source.</summary>
    public int First(int target) => _first[target];

    /// <summary><see cref="Count"/> weights of a target voxel; their sum is 1.</summary>
    public ReadOnlySpan<float> Weights(int target) => _weights.AsSpan(target * _stride, Count);

    /// <summary>Makes a run of target voxels from a run of source voxels that starts at <see cref="Low"/> and is followed by
    /// <see cref="Slack"/> finite numbers.</summary>
    public void Apply(ReadOnlySpan<float> source, Span<float> target, float outside)
    {
        target[..Start].Fill(outside);
        target[End..].Fill(outside);
        ReadOnlySpan<int> first = _first.AsSpan(Start, End - Start);
        ReadOnlySpan<float> weights = _weights.AsSpan(_stride * Start);
        if (Count == 2) RowKernels.Interpolate(source, first, weights, target[Start..End]);
        else RowKernels.Filter(source, first, weights, _stride, target[Start..End]);
    }

    private static void Normalise(Span<float> weights, int first, double centre, double width)
    {
        Span<double> exact = stackalloc double[weights.Length];
        double sum = 0;
        for (int t = 0; t < weights.Length; t++) sum += exact[t] = Math.Max(0, 1 - Math.Abs(first + t - centre) / width);
        for (int t = 0; t < weights.Length; t++) weights[t] = (float)(exact[t] / sum);
    }
}
