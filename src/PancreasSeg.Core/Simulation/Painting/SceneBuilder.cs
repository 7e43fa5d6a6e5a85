using System.Numerics;
using PancreasSeg.Numerics;
using static PancreasSeg.Simulation.TissueClass;

namespace PancreasSeg.Simulation;

/// <summary>Paints a patient row by row: trunk, spine and vessels first, then the organs settle between them, then bowel.</summary>
internal static class SceneBuilder
{
    /// <summary>Paints a patient; the result does not depend on the number of threads.</summary>
    /// <param name="patient">Who.</param>
    /// <param name="spacing">Voxel size in mm; 1.5-2 shows bowel walls and vessels.</param>
    /// <param name="below">mm shown below the neck of the pancreas.</param>
    /// <param name="above">mm shown above the neck of the pancreas.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static Scene Build(Patient patient, float spacing, float below, float above, CancellationToken cancellation = default)
    {
        (Habitus h, SeededRandom random) = (patient.Habitus, patient.Random);
        SceneLayer[] layers = [.. Layers(patient), Table(patient)];
        float side = h.HalfWidth + h.WallMm + h.SubcutaneousMm + 30, front = h.FrontDepth * 1.25f + h.WallMm + h.SubcutaneousMm + 16,
            back = patient.Body.BackOfSkin + 26;
        Vector3 frame = patient.Frame;
        VolumeGrid grid =
            VolumeGrid.Axial((int)(2 * side / spacing) + 1, (int)((front + back) / spacing) + 1, (int)((below + above) / spacing) + 1,
            new(spacing, spacing, spacing), new(frame.X - side, frame.Y - front, frame.Z - below));
        var classes = new byte[grid.VoxelCount];
        Parallel.For(0, grid.Slices, new ParallelOptions { CancellationToken = cancellation }, () =>
            new Scanline(grid.Columns, patient.Warp), (k, _, row) =>
        {
            for (int j = 0; j < grid.Rows; j++)
            {
                row.MoveTo(-side, spacing, -front + j * spacing, -below + k * spacing);
                foreach (SceneLayer layer in layers) layer.Paint(row);
                row.Classes.CopyTo(classes.AsSpan(grid.IndexOf(0, j, k)));
            }
            return row;
        }, _ => { });
        return new Scene(grid, classes, Centre(grid, classes, Pancreas), frame + new Vector3(0, 0.5f * (back - front), 0), h.VisceralFat);
    }

    private static List<SceneLayer> Layers(Patient patient)
    {
        (Habitus h, OrganSet organs, SeededRandom random) = (patient.Habitus, patient.Organs, patient.Random);
        var vessels = Vasculature.Draw(h, organs.Landmarks, random.Fork("vessels"));
        return
        [
            patient.Body,
            new SpineLayer(h, random.Fork("spine")),
            new ShapeLayer(HeartShape(h, random.Fork("heart")), new TissueSet(Lung, VisceralFat), Heart),
            .. vessels.Outside,
            .. organs.PancreasCore is { } core
                ? [new ShapeLayer(core, new TissueSet(VisceralFat, Muscle, PortalVein, VisceralArtery, InferiorVenaCava, RenalVein,
                    BileDuct), Pancreas)] : Array.Empty<SceneLayer>(),
            .. organs.Groups.Select((group, i) => new OrganGroup(group, i == 0 && patient.OrgansAreGiven ? TissueSet.All : TissueSet.Fat)),
            Bowel.Draw(h, organs.Landmarks, random.Fork("bowel")),
            .. Mesentery.Draw(h, organs.Landmarks, vessels.Mesentery, random.Fork("mesentery")),
            .. vessels.InLiver,
            .. Pathology.Draw(h, organs.Landmarks, random.Fork("findings")),
        ];
    }

    private static Shape HeartShape(Habitus h, SeededRandom random) =>
        new Blob(new(random.Uniform(10, 30), -0.62f * h.FrontDepth, h.DomeHeight + random.Uniform(22, 34)),
            new Vector3(58, 40, 42) * h.Stature, 10, new(0, random.Uniform(-20, -5), 20))
            .Roughen(random, 3, 1, 0);

    private static TableLayer Table(Patient patient)
    {
        SeededRandom random = patient.Random.Fork("table");
        return new TableLayer(
            random.Chance(0.85f) ? patient.Body.BackOfSkin + random.Uniform(0, 4) : float.PositiveInfinity, random.Uniform(0, 0.0012f));
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
