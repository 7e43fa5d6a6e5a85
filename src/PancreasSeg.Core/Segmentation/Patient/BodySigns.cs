namespace PancreasSeg.Segmentation;

/// <summary>
/// What tells front from back, left from right and head from feet without a network, and a patient from an object. Lengths along an
/// axis are in units of the body's own spread along it.
/// </summary>
internal sealed record BodySigns
{
    /// <summary>HU of bone (averaged over 6 mm), of fat, of what an organ is made of, and of lung.</summary>
    private static readonly HuRange s_bone = new(180, 2000), s_fat = new(-160, -40), s_organ = new(10, 220), s_lung = new(-970, -500);

    /// <summary>Part of the body that is bone.</summary>
    public required double Bone { get; init; }

    /// <summary>Part of the body, its surface left out, that is fat.</summary>
    public required double Fat { get; init; }

    /// <summary>Width of the body against its depth.</summary>
    public required double Width { get; init; }

    /// <summary>Part of the slices in which the best column of bone near a midline has bone: 1 for a spine.</summary>
    public required double Spine { get; init; }

    /// <summary>Logarithm of what lies in front of that column against what lies behind it.</summary>
    public required double Front { get; init; }

    /// <summary>Logarithm of what lies to the left of that column against what lies to the right of it.</summary>
    public required double Side { get; init; }

    /// <summary>mL of what lies deep in one organ: 24 mm from fat, gas and bone.</summary>
    public required double DeepMl { get; init; }

    /// <summary>How much more of it lies to the right than to the left, -1 to 1.</summary>
    public required double DeepRight { get; init; }

    /// <summary>Mm by which its centre lies above the body's.</summary>
    public required double DeepUp { get; init; }

    /// <summary>mL of lung, and how high its centre lies.</summary>
    public required (double Ml, double Up) Lungs { get; init; }

    /// <summary>mL of gas that is no lung, and how far forward its centre lies.</summary>
    public required (double Ml, double Front) Gas { get; init; }

    /// <summary>Part of the first and the last plane along columns, rows and slices that is body, the smaller of each two.</summary>
    public required Vector3D CutFaces { get; init; }

    /// <summary>Measures a body.</summary>
    public static BodySigns Of(BodyMap map)
    {
        VolumeGrid grid = map.Grid;
        (Vector3D centre, Vector3D spread, _) = Moments(grid, i => map.Inside[i]);
        double ml = grid.VoxelVolume / 1000;
        int body = map.Body.Count(inside => inside), core = map.Core.Count(inside => inside);
        int bone = map.Hu.Where((hu, i) => map.Body[i] && s_bone.Contains(hu)).Count();
        int fat = map.Hu.Where((hu, i) => map.Core[i] && s_fat.Contains(hu)).Count();
        (double spine, double front, double side) = Column(map, centre, spread);
        bool[] hasLung = LungSlices(map), deep = Deep(map, hasLung);
        (Vector3D organ, _, int deepCount) = Moments(grid, i => deep[i]);
        int right = deep.Where((inside, i) => inside && i % grid.Columns < centre.X).Count();
        bool IsGas(int i, bool lung) => map.Inside[i] && !map.Body[i] && hasLung[i / grid.SliceLength] == lung;
        (Vector3D lung, _, int lungCount) = Moments(grid, i => IsGas(i, lung: true));
        (Vector3D gas, _, int gasCount) = Moments(grid, i => IsGas(i, lung: false));
        return new BodySigns
        {
            Bone = Part(bone, body),
            Fat = Part(fat, core),
            Width = spread.X / spread.Y,
            Spine = spine,
            Front = front,
            Side = side,
            DeepMl = deepCount * ml,
            DeepRight = Part(2 * right - deepCount, deepCount),
            DeepUp = deepCount == 0 ? 0 : (organ.Z - centre.Z) * grid.Spacing.Z,
            Lungs = (lungCount * ml, lungCount == 0 ? 0 : (lung.Z - centre.Z) / spread.Z),
            Gas = (gasCount * ml, gasCount == 0 ? 0 : (centre.Y - gas.Y) / spread.Y),
            CutFaces = new(CutFace(map, 0), CutFace(map, 1), CutFace(map, 2)),
        };
    }

    private static double Part(int count, int of) => of == 0 ? 0 : (double)count / of;

    private static (Vector3D Centre, Vector3D Spread, int Count) Moments(VolumeGrid grid, Func<int, bool> isIn)
    {
        var (sum, squares, count) = (default(Vector3D), default(Vector3D), 0);
        for (int i = 0; i < grid.VoxelCount; i++)
        {
            if (!isIn(i)) continue;
            (int x, int y, int z) = grid.VoxelOf(i);
            (sum, squares, count) = (sum + new Vector3D(x, y, z), squares + new Vector3D(x * x, y * y, z * z), count + 1);
        }
        if (count == 0) return (default, new(1, 1, 1), 0);
        Vector3D mean = sum / count, square = squares / count;
        double Spread(int axis) => Math.Sqrt(Math.Max(square[axis] - mean[axis] * mean[axis], 1.0 / 12));
        return (mean, new(Spread(0), Spread(1), Spread(2)), count);
    }

    /// <summary>
    /// The column of 30 x 30 mm that has bone in most slices, among those within reach of the body's middle: the spine is bone at every
    /// height; ribs, hips and bowel with contrast medium are not.
    /// </summary>
    private static (double Share, double Front, double Side) Column(BodyMap map, Vector3D centre, Vector3D spread)
    {
        const int Reach = 2, EnoughBone = 5;
        const double Far = 1.3, Near = 0.6, Alike = 0.9;
        VolumeGrid grid = map.Grid;
        (int columns, int rows, int slices) = (grid.Columns, grid.Rows, grid.Slices);
        var share = new double[grid.SliceLength];
        for (int y = Reach; y < rows - Reach; y++)
        {
            for (int x = Reach; x < columns - Reach; x++)
            {
                double dx = Math.Abs(x - centre.X) / spread.X, dy = Math.Abs(y - centre.Y) / spread.Y;
                if (Math.Max(dx, dy) > Far || Math.Min(dx, dy) > Near) continue;
                for (int z = 0; z < slices; z++)
                {
                    int bone = 0;
                    for (int j = -Reach; j <= Reach; j++)
                        for (int i = -Reach; i <= Reach; i++)
                            if (grid.IndexOf(x + i, y + j, z) is int at && map.Body[at] && s_bone.Contains(map.Hu[at])) bone++;
                    share[y * columns + x] += Math.Min(1, (double)bone / EnoughBone) / slices;
                }
            }
        }
        double best = share.Max();
        if (best == 0) return default;
        int[] alike = [.. Enumerable.Range(0, share.Length).Where(i => share[i] >= Alike * best)];
        int column = (int)Math.Round(alike.Average(i => i % columns)), row = (int)Math.Round(alike.Average(i => i / columns));
        int front = 0, back = 0, left = 0, right = 0;
        for (int z = 0; z < slices; z++)
        {
            for (int y = 0; y < rows; y++)
                if (map.Inside[grid.IndexOf(column, y, z)]) _ = y < row ? front++ : back++;
            for (int x = 0; x < columns; x++)
                if (map.Inside[grid.IndexOf(x, row, z)]) _ = x < column ? right++ : left++;
        }
        return (best, Ratio(front, back, slices), Ratio(left, right, slices));
    }

    /// <summary>Logarithm of the ratio of two lengths, each 18 mm longer, so that next to nothing counts for little.</summary>
    private static double Ratio(int a, int b, int slices) => Math.Log(((double)a / slices + 3) / ((double)b / slices + 3));

    /// <summary>The slices of which an eighth or more is lung: no bowel holds as much gas.</summary>
    private static bool[] LungSlices(BodyMap map)
    {
        int plane = map.Grid.SliceLength;
        return [.. Enumerable.Range(0, map.Grid.Slices).Select(z =>
        {
            int inside = 0, lung = 0;
            for (int i = z * plane; i < (z + 1) * plane; i++)
            {
                if (!map.Inside[i]) continue;
                inside++;
                if (!map.Body[i] && s_lung.Contains(map.Hu[i])) lung++;
            }
            return inside > 0 && 8 * lung >= inside;
        })];
    }

    /// <summary>Where all within 24 mm (along axes) has the HU of an organ; slices with lung, where the heart lies, left out.</summary>
    private static bool[] Deep(BodyMap map, bool[] hasLung)
    {
        const int Depth = 4;
        VolumeGrid grid = map.Grid;
        int plane = grid.SliceLength;
        bool[] deep = [.. map.Hu.Select((hu, i) => map.Body[i] && s_organ.Contains(hu))];
        for (int step = 0; step < Depth; step++)
        {
            bool[] before = deep;
            deep = [.. before.Select((inside, i) =>
            {
                (int x, int y, int z) = grid.VoxelOf(i);
                return inside && (x == 0 || before[i - 1]) && (x == grid.Columns - 1 || before[i + 1])
                    && (y == 0 || before[i - grid.Columns]) && (y == grid.Rows - 1 || before[i + grid.Columns])
                    && (z == 0 || before[i - plane]) && (z == grid.Slices - 1 || before[i + plane]);
            })];
        }
        for (int z = 0; z < grid.Slices; z++)
            if (hasLung[z]) deep.AsSpan(z * plane, plane).Clear();
        return deep;
    }

    private static double CutFace(BodyMap map, int axis)
    {
        VolumeGrid grid = map.Grid;
        int first = 0, last = 0;
        for (int i = 0; i < grid.VoxelCount; i++)
        {
            if (!map.Inside[i]) continue;
            (int x, int y, int z) = grid.VoxelOf(i);
            int at = axis == 0 ? x : axis == 1 ? y : z;
            if (at == 0) first++;
            if (at == grid.Size(axis) - 1) last++;
        }
        return (double)Math.Min(first, last) * grid.Size(axis) / grid.VoxelCount;
    }
}
