namespace PancreasSeg.Pictures;

/// <summary>A box along the patient's axes.</summary>
/// <param name="Low">LPS mm of its corner to the right, front and feet.</param>
/// <param name="High">LPS mm of its corner to the left, back and head.</param>
internal readonly record struct WorldBox(Vector3D Low, Vector3D High)
{
    public Vector3D Size => High - Low;

    public Vector3D Centre => (Low + High) / 2;

    /// <summary>The box that holds every voxel of a grid, to its outer faces.</summary>
    public static WorldBox Of(VolumeGrid grid)
    {
        double Half(int axis) => Enumerable.Range(0, 3).Sum(a => Math.Abs(grid.Affine.Step(a)[axis]) * grid.Size(a)) / 2;
        var half = new Vector3D(Half(0), Half(1), Half(2));
        return new WorldBox(grid.Centre - half, grid.Centre + half);
    }

    public WorldBox Grow(double mm) => new(Low - new Vector3D(mm, mm, mm), High + new Vector3D(mm, mm, mm));

    public WorldBox Union(WorldBox other) => Each(other, Math.Min, Math.Max);

    public WorldBox Intersect(WorldBox other) => Each(other, Math.Max, Math.Min);

    private WorldBox Each(WorldBox other, Func<double, double, double> low, Func<double, double, double> high) => new(
        new(low(Low.X, other.Low.X), low(Low.Y, other.Low.Y), low(Low.Z, other.Low.Z)),
        new(high(High.X, other.High.X), high(High.Y, other.High.Y), high(High.Z, other.High.Z)));
}
