namespace PancreasSeg.Simulation;

/// <summary>
/// One row of scene voxels (all columns of one row of one slice) while it is painted: its points, the same points seen
/// through the patient's own deformation, and random fields for surfaces. One per thread.
/// </summary>
internal sealed class Scanline
{
    /// <summary>Random fields at three widths: indices 0-2 about 80 mm, 3-5 about 30 mm, 6-8 about 10 mm.</summary>
    public const int NoiseCount = 9;

    /// <summary>A distance beyond all organs, mm.</summary>
    public const float Far = 1000;

    private readonly PatientWarp _warp;
    private float _deviationX;

    public Scanline(int count, PatientWarp warp)
    {
        (Count, _warp) = (count, warp);
        X = new float[count];
        WarpedX = new float[count];
        WarpedY = new float[count];
        WarpedZ = new float[count];
        Classes = new byte[count];
        Distance = new float[count];
        Nearest = new float[count];
        Second = new float[count];
        Owner = new short[count];
        Room = new float[count];
        Noise = [.. Enumerable.Range(0, NoiseCount).Select(_ => new float[count])];
    }

    public int Count { get; }
    public float Step { get; private set; }
    public float Y { get; private set; }
    public float Z { get; private set; }

    /// <summary>Undeformed x of every voxel; body wall and skin are drawn on these.</summary>
    public float[] X { get; }

    /// <summary>Deformed coordinates; organs are drawn on these.</summary>
    public float[] WarpedX { get; }
    public float[] WarpedY { get; }
    public float[] WarpedZ { get; }
    public float[][] Noise { get; }

    /// <summary>The result.</summary>
    public byte[] Classes { get; }

    /// <summary>Scratch of the shape in hand: signed distance in mm, negative inside.</summary>
    public float[] Distance { get; }

    /// <summary>Smallest and second smallest distance to a competing organ, and whose the smallest is.</summary>
    public float[] Nearest { get; }
    public float[] Second { get; }
    public short[] Owner { get; }

    /// <summary>mm to the nearest organ of the groups painted so far.</summary>
    public float[] Room { get; }

    public float LowY { get; private set; }
    public float HighY { get; private set; }
    public float LowZ { get; private set; }
    public float HighZ { get; private set; }

    /// <summary>Moves to the row of points (x0 + i step, y, z) and clears it to air.</summary>
    public void MoveTo(float x0, float step, float y, float z)
    {
        (Step, Y, Z) = (step, y, z);
        for (int i = 0; i < Count; i++) X[i] = x0 + i * step;
        _warp.Fill(this, x0);
        (LowY, HighY) = Range(WarpedY);
        (LowZ, HighZ) = Range(WarpedZ);
        _deviationX = 0;
        for (int i = 0; i < Count; i++) _deviationX = MathF.Max(_deviationX, MathF.Abs(WarpedX[i] - X[i]));
        Array.Clear(Classes);
        Array.Fill(Room, Far);
    }

    /// <summary>Columns whose deformed x may lie in [low, high].</summary>
    public (int From, int To) Columns(float low, float high)
    {
        int from = (int)MathF.Ceiling((low - _deviationX - X[0]) / Step);
        int to = (int)MathF.Floor((high + _deviationX - X[0]) / Step) + 1;
        return (Math.Clamp(from, 0, Count), Math.Clamp(to, 0, Count));
    }

    private static (float, float) Range(float[] values)
    {
        float low = values[0], high = values[0];
        foreach (float value in values)
        {
            low = MathF.Min(low, value);
            high = MathF.Max(high, value);
        }
        return (low, high);
    }
}
