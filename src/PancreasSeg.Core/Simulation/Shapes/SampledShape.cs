using System.Numerics;

namespace PancreasSeg.Simulation;

/// <summary>A solid given as signed distances on a lattice, interpolated linearly.</summary>
internal sealed class SampledShape : Shape
{
    private readonly Vector3 _origin;
    private readonly float _pitch;
    private readonly int _nx, _ny, _nz;
    private readonly float[] _distance;
    private readonly float _mirror;

    /// <summary>Creates the solid.</summary>
    /// <param name="field">Distances, x-fastest.</param>
    /// <param name="mirrorAbout">Shows the solid mirrored about this x; NaN shows it as it is.</param>
    /// <param name="shift">Moves it, after mirroring.</param>
    public SampledShape(DistanceField field, float mirrorAbout = float.NaN, Vector3 shift = default)
    {
        (_distance, _pitch, _mirror) = (field.Distance, field.Pitch, mirrorAbout);
        (_nx, _ny, _nz) = field.Size;
        _origin = field.Origin;
        Vector3 low = _origin, high = _origin + _pitch * new Vector3(_nx - 1, _ny - 1, _nz - 1);
        if (!float.IsNaN(mirrorAbout)) (low.X, high.X) = (2 * mirrorAbout - high.X, 2 * mirrorAbout - low.X);
        (Low, High, Shift) = (low + shift, high + shift, shift);
    }

    private Vector3 Shift { get; }

    public override float At(Vector3 point)
    {
        Vector3 p = point - Shift;
        if (!float.IsNaN(_mirror)) p.X = 2 * _mirror - p.X;
        Vector3 u = (p - _origin) / _pitch;
        Vector3 inside = Vector3.Clamp(u, Vector3.Zero, new Vector3(_nx - 1.001f, _ny - 1.001f, _nz - 1.001f));
        int x = (int)inside.X, y = (int)inside.Y, z = (int)inside.Z;
        Vector3 f = inside - new Vector3(x, y, z);
        int i = x + _nx * (y + _ny * z), row = _nx, plane = _nx * _ny;
        float near =
            float.Lerp(float.Lerp(_distance[i], _distance[i + 1], f.X), float.Lerp(_distance[i + row], _distance[i + row + 1], f.X), f.Y);
        i += plane;
        float far =
            float.Lerp(float.Lerp(_distance[i], _distance[i + 1], f.X), float.Lerp(_distance[i + row], _distance[i + row + 1], f.X), f.Y);
        return float.Lerp(near, far, f.Z) + _pitch * (u - inside).Length();
    }

    protected override void Fill(Scanline row, TissueSet over, int from, int to, float reach)
    {
        for (int i = from; i < to; i++)
            if (over.Contains(row.Classes[i])) row.Distance[i] = At(new Vector3(row.WarpedX[i], row.WarpedY[i], row.WarpedZ[i]));
    }
}
