using PancreasSeg.Numerics;

namespace PancreasSeg.Simulation;

/// <summary>How even a gland is inside its contour.</summary>
/// <param name="Fat">Fraction that is fat between lobules. Fat begins one deviation below its threshold: of 0.02 an eighth of the gland's
/// voxels know, only 0 leaves it even.</param>
/// <param name="Texture">Standard deviation of the parenchyma's own texture, HU.</param>
internal readonly record struct GlandTexture(float Fat, float Texture)
{
    /// <summary>
    /// Draws an even gland, or none for a gland with fat between its lobules. Portal-venous glands of patients scatter by 9 to 14 HU at
    /// 3 mm and hold hardly a voxel below 0 HU; the leaner the patient the likelier, and less often seen without contrast medium.
    /// </summary>
    /// <param name="phase">The examination's phase.</param>
    /// <param name="visceralFat">Fat round the patient's organs, 0 to 1.</param>
    /// <param name="random">Its randomness.</param>
    public static GlandTexture? DrawEven(ContrastPhase phase, float visceralFat, SeededRandom random)
    {
        float lean = 1 - MathF.Min(1, 1.25f * visceralFat);
        float chance = phase == ContrastPhase.Native ? float.Lerp(0.12f, 0.75f, lean) : float.Lerp(0.45f, 0.88f, lean);
        if (!random.Chance(chance)) return null;
        return new GlandTexture(random.Chance(0.65f) ? 0 : random.Uniform(0.0005f, 0.006f), random.Uniform(1.5f, 8));
    }
}
