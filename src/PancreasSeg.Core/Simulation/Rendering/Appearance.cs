using PancreasSeg.Numerics;
using static PancreasSeg.Simulation.TissueClass;

namespace PancreasSeg.Simulation;

/// <summary>
/// How one examination looks: HU and texture of every class, fat in the pancreas and muscles, stranding of the fat, sharpness.
/// Means and spreads follow published ranges per contrast phase and what real examinations show.
/// </summary>
internal sealed class Appearance
{
    private Appearance(ContrastPhase phase) => Phase = phase;

    public ContrastPhase Phase { get; }

    /// <summary>HU by class.</summary>
    public float[] Hu { get; } = new float[TissueLabels.ClassCount];

    /// <summary>Standard deviation of the tissue's own texture by class, HU.</summary>
    public float[] Texture { get; } = new float[TissueLabels.ClassCount];

    /// <summary>Fraction of the pancreas that is fat between lobules, 0 to 0.6.</summary>
    public float PancreasFat { get; set; }

    /// <summary>Pitch of the fatty lobulation, mm.</summary>
    public float LobuleMm { get; set; }

    /// <summary>True when gland voxels that hold more fat than parenchyma count as fat, as readers of CTs outline them.</summary>
    public bool ParenchymaOnly { get; set; }

    /// <summary>Fraction of muscle that is fat.</summary>
    public float MuscleFat { get; set; }

    /// <summary>HU of strands in the visceral fat at their densest, above the fat; zero for clean fat.</summary>
    public float Stranding { get; set; }

    /// <summary>Standard deviation of the reconstruction kernel in the slice plane, mm.</summary>
    public float BlurMm { get; set; }

    /// <summary>True when pixels outside the circular field of view are padding.</summary>
    public bool HasCircle { get; set; }

    /// <summary>Draws an examination.</summary>
    /// <param name="phase">Its phase.</param>
    /// <param name="visceralFat">Fat round the patient's organs, 0 to 1.</param>
    /// <param name="random">Its randomness.</param>
    public static Appearance Sample(ContrastPhase phase, float visceralFat, SeededRandom random)
    {
        var look = new Appearance(phase);
        float R(float low, float high) => random.Uniform(low, high);
        bool enhanced = phase != ContrastPhase.Native;
        float blood = phase switch
        {
            ContrastPhase.Native => R(32, 50),
            ContrastPhase.Arterial => R(220, 400),
            ContrastPhase.PortalVenous => R(125, 185),
            _ => R(85, 125),
        };
        float portal = phase switch
        {
            ContrastPhase.Native => blood,
            ContrastPhase.Arterial => R(80, 180),
            ContrastPhase.PortalVenous => blood * R(0.95f, 1.15f),
            _ => blood * R(0.93f, 1.03f),
        };
        float caval = phase switch
        {
            ContrastPhase.Native => blood,
            ContrastPhase.Arterial => R(50, 110),
            _ => blood * R(0.8f, 1.02f),
        };
        float steatosis = random.Chance(0.3f) ? R(0, 35) : 0;
        look.Set(
            Liver, phase switch
            {
                ContrastPhase.Native => R(50, 66),
                ContrastPhase.Arterial => R(60, 85),
                ContrastPhase.PortalVenous =>
                R(92, 128),
                _ => R(78, 102)
            } - steatosis, R(1, 4));
        look.Set(
            Spleen, phase switch
            {
                ContrastPhase.Native => R(40, 54),
                ContrastPhase.Arterial => R(90, 150),
                ContrastPhase.PortalVenous =>
                R(102, 140),
                _ => R(75, 100)
            }, phase == ContrastPhase.Arterial ? R(5, 25) : R(1, 3));
        look.Set(
            Pancreas, phase switch
            {
                ContrastPhase.Native => R(34, 48),
                ContrastPhase.Arterial => R(80, 130),
                ContrastPhase.PortalVenous =>
                R(82, 118),
                _ => R(58, 85)
            }, R(3, 9));
        look.Set(PancreaticDuct, R(5, 20), 0);
        float cortex = phase switch
        {
            ContrastPhase.Native => R(26, 38),
            ContrastPhase.Arterial =>
            R(140, 220),
            ContrastPhase.PortalVenous => R(150, 215),
            _ => R(120, 170)
        };
        float medulla = phase switch
        {
            ContrastPhase.Native => cortex - R(0, 4),
            ContrastPhase.Arterial =>
            R(50, 100),
            ContrastPhase.PortalVenous => cortex * R(0.7f, 1),
            _ => cortex * R(0.95f, 1.1f)
        };
        float sinus = phase == ContrastPhase.Delayed && random.Chance(0.7f) ? R(200, 600) : R(-80, 5);
        foreach (
            (TissueClass c, TissueClass m, TissueClass f) in new[] { (LeftKidneyCortex, LeftKidneyMedulla, LeftKidneySinus),
                (RightKidneyCortex, RightKidneyMedulla, RightKidneySinus) })
        {
            look.Set(c, cortex, R(2, 6));
            look.Set(m, medulla, R(2, 8));
            look.Set(f, sinus, 25);
        }
        float muscle = R(48, 62) + (enhanced ? R(2, 14) : 0), wall = enhanced ? R(55, 105) : R(28, 46);
        look.Set(Muscle, muscle, R(3, 12));
        look.Set(Heart, phase == ContrastPhase.Native ? blood : 0.85f * blood, 8);
        look.Set(Aorta, blood, 2);
        look.Set(VisceralArtery, blood * 0.97f, 2);
        look.Set(InferiorVenaCava, caval, phase == ContrastPhase.PortalVenous ? R(2, 14) : 3);
        look.Set(RenalVein, phase is ContrastPhase.Native or ContrastPhase.Delayed ? caval : caval * R(1, 1.2f), 3);
        look.Set(PortalVein, portal, 3);
        look.Set(HepaticVessel, phase == ContrastPhase.Native ? MathF.Min(blood, look.Hu[(int)Liver] + steatosis - R(6, 16))
            : phase == ContrastPhase.Arterial ? look.Hu[(int)Liver] + R(-5, 30) : portal * R(0.95f, 1), 2);
        look.Set(SmallVessel, enhanced ? 0.5f * (blood + portal) : blood, 5);
        look.Set(LymphNode, enhanced ? R(60, 100) : R(25, 45), 5);
        look.Set(Lesion, random.Chance(0.5f) ? R(0, 20) : look.Hu[(int)Liver] + R(-50, 20), 2);
        look.Set(RenalCyst, R(-2, 18), 1);
        look.Set(Adrenal, enhanced ? R(55, 95) : R(10, 35), 3);
        look.Set(Gallbladder, random.Chance(0.1f) ? R(20, 60) : R(0, 18), 1);
        look.Set(BileDuct, R(2, 18), 1);
        look.Set(Oesophagus, wall * 0.9f, 4);
        look.Set(StomachWall, wall + R(-8, 12), R(3, 9));
        look.Set(DuodenumWall, wall + R(-8, 12), R(3, 9));
        look.Set(BowelWall, wall + R(-10, 20), R(4, 14));
        bool oral = random.Chance(0.35f);
        float Content(float contrastShare) =>
            oral && random.Chance(contrastShare) ? R(90, 380) : random.Chance(0.75f) ? R(0, 30) : R(30, 70);
        look.Set(StomachLumen, Content(0.7f), random.Chance(0.35f) ? R(10, 40) : R(2, 8));
        look.Set(DuodenumLumen, Content(0.6f), R(2, 10));
        look.Set(BowelLumen, Content(0.2f), R(2, 10));
        look.Set(BowelContrast, oral ? R(120, 420) : R(5, 45), oral ? 15 : 5);
        look.Set(Stool, R(-80, 50), R(30, 90));
        float gas = -R(880, 1000);
        foreach (TissueClass tissue in new[] { StomachGas, DuodenumGas, BowelGas }) look.Set(tissue, gas, 10);
        float fat = R(-118, -92);
        look.Set(SubcutaneousFat, fat, R(2, 8));
        look.Set(VisceralFat, random.Chance(0.12f) ? R(-85, -30) : fat + R(-3, 12), R(3, 9));
        look.Set(Skin, R(-20, 40), 15);
        look.Set(BoneCortical, R(400, 900), 120);
        look.Set(BoneTrabecular, R(90, 240), R(15, 40));
        look.Set(Disc, R(65, 105), 8);
        look.Set(Cartilage, R(80, 140), 25);
        look.Set(SpinalCanal, R(15, 38), 4);
        look.Set(Calcification, R(300, 900), 100);
        look.Set(Lung, R(-880, -790), R(15, 60));
        look.Set(Table, R(-300, 150), 0);
        look.Set(Air, -1000, 0);
        look.PancreasFat = random.Chance(0.65f) ? R(0.01f, 0.1f) : R(0.08f, 0.6f);
        look.LobuleMm = R(2, 4.2f);
        look.MuscleFat = random.Chance(0.4f) ? R(0.02f, 0.25f) : 0.01f;
        look.Stranding = random.Chance(0.5f) ? R(10, 80) : 0;
        look.BlurMm = R(0.45f, 1.15f);
        look.HasCircle = random.Chance(0.3f);
        if (GlandTexture.DrawEven(phase, visceralFat, random.Fork("gland")) is { } even) look.Take(even);
        return look;
    }

    /// <summary>Gives the gland another texture.</summary>
    public void Take(GlandTexture gland) => (PancreasFat, Texture[(int)Pancreas]) = (gland.Fat, gland.Texture);

    private void Set(TissueClass tissue, float hu, float texture) => (Hu[(int)tissue], Texture[(int)tissue]) = (hu, texture);
}
