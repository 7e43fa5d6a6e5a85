using System.Numerics;
using static PancreasSeg.Simulation.TissueClass;

namespace PancreasSeg.Simulation;

/// <summary>Builds scenes: draws a patient, then paints all its layers row by row.</summary>
internal static class SceneBuilder
{
    /// <summary>A wholly simulated patient.</summary>
    /// <param name="seed">Names the patient.</param>
    /// <param name="spacing">Voxel size in mm; 1.5-2 shows bowel walls and vessels.</param>
    /// <param name="below">mm shown below the neck of the pancreas.</param>
    /// <param name="above">mm shown above the neck of the pancreas.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static Scene Build(ulong seed, float spacing, float below, float above, CancellationToken cancellation = default)
    {
        var random = new SeededRandom(seed);
        Habitus habitus = Habitus.Sample(random.Fork("habitus"));
        OrganSet organs = OrganSet.Draw(habitus, random);
        var warp = new PatientWarp(random.Fork("warp"), straight: false);
        return Paint(habitus, organs, warp, false, random, spacing, below, above, cancellation);
    }

    private static Scene Paint(Habitus h, OrganSet organs, PatientWarp warp, bool organsWin, SeededRandom random, float spacing, float below, float above, CancellationToken cancellation)
    {
        var body = new BodyLayer(h, random.Fork("body"));
        (IReadOnlyList<SceneLayer> vessels, IReadOnlyList<SceneLayer> inLiver, Vector3 mesentery) = Vasculature.Draw(h, organs.Landmarks, random.Fork("vessels"));
        TissueSet free = organsWin ? new TissueSet(Enum.GetValues<TissueClass>()) : TissueSet.Fat;
        List<SceneLayer> layers =
        [
            body,
            new SpineLayer(h, random.Fork("spine")),
            new Overlay(Heart(h, random.Fork("heart")), new TissueSet(Lung, VisceralFat), TissueClass.Heart),
            .. vessels,
            new OrganGroup(organs.Organs, free),
            new OrganGroup(organs.Fillers, TissueSet.Fat),
            BowelPlan.Draw(h, organs.Landmarks, random.Fork("bowel")),
            .. MesenteryPlan.Draw(h, organs.Landmarks, mesentery, random.Fork("mesentery")),
            .. inLiver,
        ];
        float side = h.HalfWidth + h.WallMm + h.SubcutaneousMm + 30, front = h.FrontDepth * 1.25f + h.WallMm + h.SubcutaneousMm + 16, back = body.BackOfSkin + 22;
        VolumeGrid grid = VolumeGrid.Axial((int)(2 * side / spacing) + 1, (int)((front + back) / spacing) + 1, (int)((below + above) / spacing) + 1,
            new(spacing, spacing, spacing), new(-side, -front, -below));
        var classes = new byte[grid.VoxelCount];
        float tableTop = random.Chance(0.85f) ? body.BackOfSkin + random.Uniform(0, 4) : float.PositiveInfinity, tableCurve = random.Uniform(0, 0.0012f);
        Parallel.For(0, grid.Slices, new ParallelOptions { CancellationToken = cancellation }, () => new SceneRow(grid.Columns, warp), (k, _, row) =>
        {
            for (int j = 0; j < grid.Rows; j++)
            {
                row.MoveTo(-side, spacing, -front + j * spacing, -below + k * spacing);
                foreach (SceneLayer layer in layers) layer.Paint(row);
                PaintTable(row, tableTop, tableCurve);
                row.Classes.CopyTo(classes.AsSpan(grid.IndexOf(0, j, k)));
            }
            return row;
        }, _ => { });
        return new Scene(grid, classes, Centre(grid, classes, Pancreas), new Vector3(0, 0.5f * (back - front), 0));
    }

    private static Shape Heart(Habitus h, SeededRandom random) =>
        new Blob(new(random.Uniform(10, 30), -0.62f * h.FrontDepth, h.DomeHeight + random.Uniform(22, 34)), new Vector3(58, 40, 42) * h.Stature, 10, new(0, random.Uniform(-20, -5), 20))
            .Roughen(random, 3, 1, 0);

    private static void PaintTable(SceneRow row, float top, float curve)
    {
        for (int i = 0; i < row.Count; i++)
        {
            float below = row.Y - top + curve * row.X[i] * row.X[i];
            if (below is > 0 and < 3.5f && row.Classes[i] == (byte)Air) row.Classes[i] = (byte)Table;
        }
    }

    private static Vector3 Centre(VolumeGrid grid, byte[] classes, TissueClass tissue)
    {
        double x = 0, y = 0, z = 0, n = 0;
        for (int k = 0; k < grid.Slices; k++)
            for (int j = 0; j < grid.Rows; j++)
                for (int i = 0; i < grid.Columns; i++)
                    if (classes[grid.IndexOf(i, j, k)] == (byte)tissue) (x, y, z, n) = (x + i, y + j, z + k, n + 1);
        Vector3D p = n == 0 ? default : grid.Affine.Apply(new(x / n, y / n, z / n));
        return new Vector3((float)p.X, (float)p.Y, (float)p.Z);
    }
}
