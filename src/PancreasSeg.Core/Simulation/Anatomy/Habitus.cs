using PancreasSeg.Numerics;

namespace PancreasSeg.Simulation;

/// <summary>
/// A patient's build in the anatomic frame: LPS mm with x = 0 in the midline, y = 0 at the front of the vertebral bodies and
/// z = 0 at the neck of the pancreas.
/// </summary>
internal sealed record Habitus
{
    /// <summary>Fat round the organs, 0 (none) to 1 (obese).</summary>
    public required float VisceralFat { get; init; }

    /// <summary>Subcutaneous fat at its thickest, mm.</summary>
    public required float SubcutaneousMm { get; init; }

    /// <summary>Half width of the abdominal cavity at its widest, mm.</summary>
    public required float HalfWidth { get; init; }

    /// <summary>From the vertebrae forward to the inside of the abdominal wall, mm.</summary>
    public required float FrontDepth { get; init; }

    /// <summary>From the front of the vertebrae back to the inside of the posterior wall beside the spine, mm.</summary>
    public required float BackDepth { get; init; }

    /// <summary>Thickness of the muscular wall at the flank, mm.</summary>
    public required float WallMm { get; init; }

    /// <summary>Thickness of the muscles behind the ribs and beside those along the spine, mm.</summary>
    public float PosteriorWallMm => 0.42f * WallMm + 5;

    /// <summary>Size of bones and organs against the average.</summary>
    public required float Stature { get; init; }

    /// <summary>Height of the diaphragm's right dome above the pancreas, mm.</summary>
    public required float DomeHeight { get; init; }

    /// <summary>mm by which organs spread into free space; negative leaves fat between them.</summary>
    public float Growth => float.Lerp(8, -1.5f, MathF.Min(1, VisceralFat * 1.6f));

    /// <summary>Width against the average, for positions of lateral organs.</summary>
    public float Width => HalfWidth / 136;

    /// <summary>Depth against the average, for positions of anterior organs.</summary>
    public float Depth => FrontDepth / 100;

    /// <summary>A build drawn from the range from lean to obese; about three in ten are lean.</summary>
    public static Habitus Sample(SeededRandom random)
    {
        bool lean = random.Chance(0.3f);
        float visceral = lean ? random.Uniform(0, 0.15f) : random.Uniform(0.12f, 1);
        float subcutaneous = lean ? random.Uniform(2, 16) : MathF.Exp(random.Uniform(MathF.Log(7), MathF.Log(50)));
        float stature = random.Uniform(0.9f, 1.1f);
        return new Habitus
        {
            VisceralFat = visceral,
            SubcutaneousMm = subcutaneous,
            Stature = stature,
            HalfWidth = stature * (124 + 32 * visceral + random.Normal(5)),
            FrontDepth = stature * MathF.Max(66, 76 + 62 * visceral + random.Normal(5)),
            BackDepth = stature * random.Uniform(58, 70),
            WallMm = random.Uniform(11, 24) * (lean ? 0.8f : 1),
            DomeHeight = stature * random.Uniform(95, 135),
        };
    }
}
