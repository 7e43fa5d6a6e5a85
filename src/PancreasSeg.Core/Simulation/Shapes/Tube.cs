using System.Numerics;

namespace PancreasSeg.Simulation;

/// <summary>A node of a tube's centre line.</summary>
internal readonly record struct TubeNode(Vector3 Point, float Radius);

/// <summary>
/// A tube of varying radius along smooth lines (Catmull-Rom through the given nodes), with an elliptic cross-section when
/// stretched. Lines added later branch off.
/// </summary>
internal sealed class Tube : Shape
{
    private readonly Vector3 _squeeze;
    private readonly List<Segment> _segments = [];
    private readonly List<TubeNode> _nodes = [];

    /// <summary>Creates the tube.</summary>
    /// <param name="nodes">Centre line and radii (along axes that are not stretched).</param>
    /// <param name="stretch">Widens the cross-section by these factors along x, y, z.</param>
    public Tube(ReadOnlySpan<TubeNode> nodes, Vector3? stretch = null)
    {
        _squeeze = Vector3.One / (stretch ?? Vector3.One);
        Low = new Vector3(float.MaxValue);
        High = new Vector3(float.MinValue);
        Add(nodes);
    }

    /// <summary>The fine nodes, in order.</summary>
    public IReadOnlyList<TubeNode> Nodes => _nodes;

    /// <summary>Adds one more line.</summary>
    public Tube Add(ReadOnlySpan<TubeNode> nodes)
    {
        int first = _nodes.Count;
        for (int i = 0; i + 1 < nodes.Length; i++)
        {
            TubeNode a = nodes[Math.Max(i - 1, 0)], b = nodes[i], c = nodes[i + 1], d = nodes[Math.Min(i + 2, nodes.Length - 1)];
            float pitch = MathF.Max(2f, 0.6f * MathF.Min(b.Radius, c.Radius));
            int parts = Math.Clamp((int)((c.Point - b.Point).Length() / pitch), 1, 12);
            for (int k = 0; k < parts; k++)
            {
                float t = (float)k / parts;
                _nodes.Add(new(CatmullRom(a.Point, b.Point, c.Point, d.Point, t), float.Lerp(b.Radius, c.Radius, t * t * (3 - 2 * t))));
            }
        }
        _nodes.Add(nodes[^1]);
        for (int i = first; i < _nodes.Count; i++)
        {
            TubeNode node = _nodes[i];
            Low = Vector3.Min(Low, node.Point - new Vector3(node.Radius) / _squeeze);
            High = Vector3.Max(High, node.Point + new Vector3(node.Radius) / _squeeze);
            if (i > first) _segments.Add(new Segment(_nodes[i - 1], node, _squeeze));
        }
        return this;
    }

    public override float At(Vector3 point)
    {
        float nearest = float.MaxValue;
        foreach (Segment segment in _segments) nearest = MathF.Min(nearest, segment.Distance(point * _squeeze));
        return nearest;
    }

    protected override void Fill(Scanline row, TissueSet over, int from, int to, float reach)
    {
        row.Distance.AsSpan(from, to - from).Fill(reach);
        foreach (Segment segment in _segments)
        {
            if (row.HighY < segment.Low.Y - reach || row.LowY > segment.High.Y + reach ||
                row.HighZ < segment.Low.Z - reach || row.LowZ > segment.High.Z + reach) continue;
            (int start, int end) = row.Columns(segment.Low.X - reach, segment.High.X + reach);
            for (int i = Math.Max(start, from); i < Math.Min(end, to); i++)
            {
                if (!over.Contains(row.Classes[i])) continue;
                float d = segment.Distance(new Vector3(row.WarpedX[i], row.WarpedY[i], row.WarpedZ[i]) * _squeeze);
                if (d < row.Distance[i]) row.Distance[i] = d;
            }
        }
    }

    private static Vector3 CatmullRom(Vector3 a, Vector3 b, Vector3 c, Vector3 d, float t) =>
        0.5f * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * (t * t) + (3 * b - a - 3 * c + d) * (t * t * t));

    private readonly struct Segment
    {
        private readonly Vector3 _start, _axis;
        private readonly float _radius, _growth, _perLength;

        public Segment(TubeNode a, TubeNode b, Vector3 squeeze)
        {
            _start = a.Point * squeeze;
            _axis = b.Point * squeeze - _start;
            (_radius, _growth) = (a.Radius, b.Radius - a.Radius);
            _perLength = 1 / MathF.Max(1e-6f, _axis.LengthSquared());
            Vector3 r = new Vector3(MathF.Max(a.Radius, b.Radius)) / squeeze;
            Low = Vector3.Min(a.Point, b.Point) - r;
            High = Vector3.Max(a.Point, b.Point) + r;
        }

        public Vector3 Low { get; }
        public Vector3 High { get; }

        public float Distance(Vector3 p)
        {
            Vector3 v = p - _start;
            float t = Math.Clamp(Vector3.Dot(v, _axis) * _perLength, 0, 1);
            return (v - t * _axis).Length() - _radius - t * _growth;
        }
    }
}
