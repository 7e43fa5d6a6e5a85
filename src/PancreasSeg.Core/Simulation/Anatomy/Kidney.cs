using System.Numerics;
using PancreasSeg.Numerics;
using static PancreasSeg.Simulation.TissueClass;

namespace PancreasSeg.Simulation;

/// <summary>Kidneys: a bean with cortex, medullary pyramids and a sinus that opens to the middle and the front.</summary>
internal static class Kidney
{
    /// <summary>Draws a kidney.</summary>
    /// <param name="centre">Its centre.</param>
    /// <param name="side">1 left, -1 right.</param>
    /// <param name="h">The build.</param>
    /// <param name="random">Its randomness.</param>
    public static Organ Draw(Vector3 centre, int side, Habitus h, SeededRandom random)
    {
        float s = h.Stature * random.Uniform(0.88f, 1.1f);
        // Lower pole lateral and forward, hilum turned to the front.
        var tilt = new Vector3(random.Uniform(-14, -4), side * random.Uniform(6, 18), side * random.Uniform(15, 40));
        var shape = new Blob(centre, new Vector3(29, 26, 57) * s, 9, tilt);
        Vector3 sinus = centre + new Vector3(-side * 17, -9, 0) * s;
        shape.Cut(sinus + new Vector3(-side * 13, -7, 0) * s, new Vector3(15, 12, 17) * s);
        shape.Roughen(random, 2, 1.2f, 0.2f);
        return new Organ(shape, 0, Tissue(sinus, s, side, random)) { Halo = 1 + 14 * h.VisceralFat };
    }

    /// <summary>Cortex, medulla and sinus by depth.</summary>
    public static TissueAt Tissue(Vector3 sinus, float size, int side, SeededRandom random)
    {
        float cortex = random.Uniform(5, 8) * size, sinusDepth = random.Uniform(13, 16) * size, wide = random.Uniform(9, 14) * size,
            tall = random.Uniform(20, 30) * size;
        (TissueClass Cortex, TissueClass Medulla, TissueClass Sinus) tissue = side > 0
            ? (LeftKidneyCortex, LeftKidneyMedulla, LeftKidneySinus)
            : (RightKidneyCortex, RightKidneyMedulla, RightKidneySinus);
        return (row, i, depth) =>
        {
            Vector3 p = new Vector3(row.WarpedX[i], row.WarpedY[i], row.WarpedZ[i]) - sinus;
            float centre = MathF.Sqrt(p.X * p.X / (wide * wide) + p.Y * p.Y / (wide * wide) + p.Z * p.Z / (tall * tall))
                + 0.25f * row.Noise[7][i];
            if (centre < 1 || depth > sinusDepth) return tissue.Sinus;
            return depth < cortex + 3 * row.Noise[6][i] ? tissue.Cortex : tissue.Medulla;
        };
    }
}
