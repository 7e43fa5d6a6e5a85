using System.Numerics;

namespace PancreasSeg.Simulation;

/// <summary>Ellipsoids melted together, and others taken away from them, with rounded seams.</summary>
internal sealed class Blob : Shape
{
    private readonly List<Part> _parts = [];
    private readonly float _seam;

    /// <summary>Creates the solid from one ellipsoid.</summary>
    /// <param name="centre">Its centre, mm.</param>
    /// <param name="radii">Its half axes, mm.</param>
    /// <param name="seam">Rounding radius of all seams, mm.</param>
    /// <param name="tilt">Rotations in degrees about x, y, z.</param>
    public Blob(Vector3 centre, Vector3 radii, float seam = 10, Vector3 tilt = default)
    {
        _seam = seam;
        Low = new Vector3(float.MaxValue);
        High = new Vector3(float.MinValue);
        Add(centre, radii, tilt);
    }

    /// <summary>Melts another ellipsoid in.</summary>
    public Blob Add(Vector3 centre, Vector3 radii, Vector3 tilt = default)
    {
        var part = new Part(centre, radii, tilt, false);
        Vector3 extent = part.Extent + new Vector3(_seam / 4);
        Low = Vector3.Min(Low, centre - extent);
        High = Vector3.Max(High, centre + extent);
        _parts.Add(part);
        return this;
    }

    /// <summary>Takes an ellipsoid away from what is there so far.</summary>
    public Blob Cut(Vector3 centre, Vector3 radii, Vector3 tilt = default)
    {
        _parts.Add(new Part(centre, radii, tilt, true));
        return this;
    }

    public override float At(Vector3 point)
    {
        float d = _parts[0].Distance(point);
        for (int i = 1; i < _parts.Count; i++)
        {
            float other = _parts[i].Distance(point);
            d = _parts[i].IsCut ? -SmoothMin(-d, other) : SmoothMin(d, other);
        }
        return d;
    }

    protected override void Fill(Scanline row, TissueSet over, int from, int to, float reach)
    {
        for (int i = from; i < to; i++)
            if (over.Contains(row.Classes[i])) row.Distance[i] = At(new Vector3(row.WarpedX[i], row.WarpedY[i], row.WarpedZ[i]));
    }

    private float SmoothMin(float a, float b)
    {
        float h = MathF.Max(_seam - MathF.Abs(a - b), 0) / _seam;
        return MathF.Min(a, b) - h * h * _seam * 0.25f;
    }

    private readonly struct Part
    {
        private readonly Vector3 _centre, _rowX, _rowY, _rowZ, _inverse;

        public Part(Vector3 centre, Vector3 radii, Vector3 tilt, bool cut)
        {
            Vector3 angle = tilt * (MathF.PI / 180);
            Matrix4x4 m = Matrix4x4.CreateRotationX(angle.X) * Matrix4x4.CreateRotationY(angle.Y) * Matrix4x4.CreateRotationZ(angle.Z);
            // The ellipsoid's own axes in the patient's frame, each divided by its half axis.
            _rowX = Vector3.TransformNormal(Vector3.UnitX, m) / radii.X;
            _rowY = Vector3.TransformNormal(Vector3.UnitY, m) / radii.Y;
            _rowZ = Vector3.TransformNormal(Vector3.UnitZ, m) / radii.Z;
            (_centre, _inverse, IsCut) = (centre, Vector3.One / radii, cut);
            Vector3 x = _rowX * radii.X * radii.X, y = _rowY * radii.Y * radii.Y, z = _rowZ * radii.Z * radii.Z;
            Extent = Vector3.SquareRoot(x * x + y * y + z * z);
        }

        public bool IsCut { get; }

        /// <summary>Half sizes of the box round the ellipsoid.</summary>
        public Vector3 Extent { get; }

        /// <summary>First-order distance to the ellipsoid: k (k - 1) / |grad| with k = |p / r|.</summary>
        public float Distance(Vector3 point)
        {
            Vector3 p = point - _centre;
            var q = new Vector3(Vector3.Dot(p, _rowX), Vector3.Dot(p, _rowY), Vector3.Dot(p, _rowZ));
            float k = q.Length();
            return k * (k - 1) / MathF.Max(1e-4f, (q * _inverse).Length());
        }
    }
}
