using PancreasSeg.Numerics;
using static PancreasSeg.Simulation.TissueClass;

namespace PancreasSeg.Simulation;

/// <summary>
/// Examinations for training: far wider than practice ("domain randomisation", Tobin et al. 2017), so that a real scan is one
/// more variation. Native scans and fatty glands are frequent because they are hard.
/// </summary>
internal static class AppearanceRange
{
    private static readonly TissueClass[] s_soft =
    [
        Pancreas, Liver, Spleen, LeftKidneyCortex, LeftKidneyMedulla, RightKidneyCortex, RightKidneyMedulla, StomachWall, DuodenumWall,
            BowelWall,
        Muscle, TissueClass.Aorta, TissueClass.InferiorVenaCava, RenalVein, PortalVein, SmallVessel, LymphNode, Adrenal, TissueClass.Heart,
    ];

    /// <summary>Draws an examination.</summary>
    /// <param name="visceralFat">Fat round the patient's organs, 0 to 1.</param>
    /// <param name="random">Its randomness.</param>
    public static Appearance Sample(float visceralFat, SeededRandom random)
    {
        var phase = (ContrastPhase)random.Choose(0.45f, 0.12f, 0.35f, 0.08f);
        Appearance look = Appearance.Sample(phase, visceralFat, random);
        float[] hu = look.Hu, texture = look.Texture;
        float R(float low, float high) => random.Uniform(low, high);
        bool native = phase == ContrastPhase.Native;

        Set(Pancreas,
            phase switch
            {
                ContrastPhase.Native => R(12, 58),
                ContrastPhase.Arterial => R(60, 135),
                ContrastPhase.PortalVenous =>
                R(50, 130),
                _ => R(40, 92)
            });
        GlandTexture? even = GlandTexture.DrawEven(phase, visceralFat, random);
        // The HU at which even glands are commonest.
        if (even is not null && phase == ContrastPhase.PortalVenous && random.Chance(0.7f)) Set(Pancreas, R(84, 124));
        if (even is not null && native && random.Chance(0.7f)) Set(Pancreas, R(32, 52));
        Set(Liver,
            phase switch
            {
                ContrastPhase.Native => R(22, 76),
                ContrastPhase.Arterial => R(42, 98),
                ContrastPhase.PortalVenous =>
                R(66, 148),
                _ => R(56, 112)
            });
        Set(Spleen,
            phase switch
            {
                ContrastPhase.Native => R(34, 62),
                ContrastPhase.Arterial => R(85, 200),
                ContrastPhase.PortalVenous =>
                R(86, 150),
                _ => R(62, 106)
            });
        float cortex = phase switch
        {
            ContrastPhase.Native => R(20, 44),
            ContrastPhase.Arterial =>
            R(110, 240),
            ContrastPhase.PortalVenous => R(115, 230),
            _ => R(95, 220)
        };
        Set(LeftKidneyCortex, cortex);
        Set(RightKidneyCortex, cortex + random.Normal(4));
        Set(LeftKidneyMedulla, cortex * (native ? R(0.85f, 1.05f) : R(0.5f, 1.08f)));
        Set(RightKidneyMedulla, hu[(int)LeftKidneyMedulla] + random.Normal(4));
        float wall = native ? R(18, 60) : R(32, 112);
        foreach (TissueClass tissue in (ReadOnlySpan<TissueClass>)[StomachWall, DuodenumWall, BowelWall])
            Set(tissue, wall + random.Normal(8));
        Set(Muscle, (native ? R(28, 70) : R(40, 82)) + random.Normal(2));
        Blood(look, phase, random);
        if (random.Chance(0.12f)) Set(VisceralFat, R(-85, 10));
        if (random.Chance(0.25f)) Set(StomachGas, hu[(int)StomachLumen]);

        texture[(int)Pancreas] = R(2, 15);
        texture[(int)Muscle] = R(2, 18);
        texture[(int)SmallVessel] = 12;
        bool plain = random.Chance(0.5f);
        foreach (TissueClass tissue in (ReadOnlySpan<TissueClass>)[VisceralFat, SubcutaneousFat]) texture[(int)tissue] = R(2, 14);
        foreach (
            TissueClass tissue in (ReadOnlySpan<TissueClass>)[LeftKidneyCortex, RightKidneyCortex, BowelWall, StomachWall,
                DuodenumWall]) texture[(int)tissue] = plain ? R(1.5f, 7) : R(3, 18);

        if (random.Chance(0.35f))
        {
            float spread = R(8, 28);
            foreach (TissueClass tissue in s_soft) hu[(int)tissue] += random.Normal(spread);
        }
        // Tube voltage and calibration.
        float gain = R(0.94f, 1.06f), offset = R(-10, 10);
        for (int tissue = 1; tissue < hu.Length; tissue++) hu[tissue] = hu[tissue] * gain + offset;

        look.PancreasFat = random.Chance(0.5f) ? R(0.01f, 0.1f) : R(0.06f, 0.5f);
        if (even is not null) look.Take(even.Value);
        look.LobuleMm = R(1.8f, 5);
        look.MuscleFat = random.Chance(0.5f) ? R(0.02f, 0.4f) : 0.01f;
        look.Stranding = random.Chance(0.6f) ? R(10, 120) : 0;
        // Sharp kernels; smooth ones and motion leave more.
        look.BlurMm = random.Chance(0.8f) ? R(0.3f, 1.2f) : R(1.2f, 2.2f);
        look.HasCircle = false;
        look.ParenchymaOnly = true;
        return look;

        void Set(TissueClass tissue, float value) => hu[(int)tissue] = value;
    }

    /// <summary>Vessels: in enhanced veins the portal system is brighter than the gland it borders on, as a rule.</summary>
    private static void Blood(Appearance look, ContrastPhase phase, SeededRandom random)
    {
        float[] hu = look.Hu;
        float R(float low, float high) => random.Uniform(low, high);
        float aorta = phase switch
        {
            ContrastPhase.Native => R(24, 54),
            ContrastPhase.Arterial => R(170, 420),
            ContrastPhase.PortalVenous =>
            R(125, 225),
            _ => R(72, 132)
        };
        float portal = phase switch
        {
            ContrastPhase.Native => aorta + random.Normal(2),
            ContrastPhase.Arterial => R(50, 180),
            ContrastPhase.PortalVenous when random.Chance(0.85f) => MathF.Max(hu[(int)Pancreas] + 45, R(150, 230)),
            _ => hu[(int)Pancreas] + R(20, 85),
        };
        if (phase is ContrastPhase.PortalVenous or ContrastPhase.Delayed && random.Chance(0.1f)) portal = hu[(int)Pancreas] + R(-15, 20);
        float caval = phase switch
        {
            ContrastPhase.Native => aorta + random.Normal(2),
            ContrastPhase.Arterial => R(45, 200),
            _ =>
            aorta + random.Normal(15)
        };
        hu[(int)TissueClass.Aorta] = hu[(int)VisceralArtery] = aorta;
        hu[(int)PortalVein] = portal;
        hu[(int)TissueClass.InferiorVenaCava] = caval;
        hu[(int)RenalVein] = caval * (phase == ContrastPhase.Native ? 1 : R(0.95f, 1.25f));
        hu[(int)TissueClass.Heart] = phase == ContrastPhase.Native ? aorta : R(0.7f, 1) * aorta;
        hu[(int)SmallVessel] = phase == ContrastPhase.Native ? aorta * R(0.6f, 1) : portal * R(0.6f, 1);
        hu[(int)HepaticVessel] = phase == ContrastPhase.Native ? MathF.Min(aorta, hu[(int)TissueClass.Liver] - R(-2, 14))
            : hu[(int)TissueClass.Liver] + R(-5, 50);
    }
}
