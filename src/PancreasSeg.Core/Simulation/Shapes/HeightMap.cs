using System.Numerics;
using PancreasSeg.Numerics;

namespace PancreasSeg.Simulation;

/// <summary>A smooth height over the x-y plane on a 4 mm lattice.</summary>
internal sealed class HeightMap
{
    private const float Pitch = 4;
    private readonly float[] _height;
    private readonly int _columns, _rows;
    private readonly float _x0, _y0;

    private HeightMap(float[] height, int columns, int rows, float x0, float y0) =>
        (_height, _columns, _rows, _x0, _y0) = (height, columns, rows, x0, y0);

    /// <summary>The height that just covers the points, smoothed; <paramref name="rim"/> where there are none.</summary>
    public static HeightMap Over(IEnumerable<Vector3> points, float side, float front, float back, float rim)
    {
        int columns = (int)(2 * side / Pitch) + 1, rows = (int)((front + back) / Pitch) + 1;
        var height = new float[columns * rows];
        Array.Fill(height, rim);
        const int spread = 3;
        foreach (Vector3 p in points)
        {
            int i = (int)((p.X + side) / Pitch), j = (int)((p.Y + front) / Pitch);
            for (int y = Math.Max(0, j - spread); y <= Math.Min(rows - 1, j + spread); y++)
                for (int x = Math.Max(0, i - spread); x <= Math.Min(columns - 1, i + spread); x++)
                    height[x + columns * y] = MathF.Max(height[x + columns * y], p.Z);
        }
        float[] kernel = GaussianFilter.Kernel(2.5f);
        GaussianFilter.Smooth(height, new float[height.Length], columns, kernel, kernel);
        return new HeightMap(height, columns, rows, -side, -front);
    }

    public float At(float x, float y)
    {
        int i = Math.Clamp((int)((x - _x0) / Pitch), 0, _columns - 1), j = Math.Clamp((int)((y - _y0) / Pitch), 0, _rows - 1);
        return _height[i + _columns * j];
    }
}
