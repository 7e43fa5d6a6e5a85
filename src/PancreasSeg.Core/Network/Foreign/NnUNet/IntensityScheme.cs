namespace PancreasSeg.Network.Foreign;

/// <summary>How the values of a CT become those that an nnU-Net network sees.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="Lower">Lower HU are clipped to this; for <see cref="IntensityKind.Ct"/> alone, as all that follow but the last.</param>
/// <param name="Upper">Higher HU are clipped to this.</param>
/// <param name="Mean">HU that become 0.</param>
/// <param name="StandardDeviation">HU above the mean that become 1.</param>
/// <param name="OnlyNonzero">Only voxels inside the body (not 0, or enclosed by such) are looked at and changed; for
/// <see cref="IntensityKind.ZScore"/>.</param>
internal sealed record IntensityScheme(IntensityKind Kind, float Lower, float Upper, float Mean, float StandardDeviation, bool OnlyNonzero)
{
    /// <summary>Reads the scheme of the one channel.</summary>
    /// <exception cref="CoreException"><see cref="Fault.ModelNotSupported"/>, <see cref="Fault.ModelPlanMismatch"/>.</exception>
    public static IntensityScheme Parse(PlanEntry plans, PlanEntry configuration)
    {
        PlanEntry name = configuration["normalization_schemes"].Items() is [var only] ? only
            : throw configuration["normalization_schemes"].NotSupported("it takes more than one image at a time");
        bool onlyNonzero = configuration.Optional("use_mask_for_norm")?.Items() is [var mask] && mask.Truth();
        IntensityKind kind = name.Text() switch
        {
            "CTNormalization" => IntensityKind.Ct,
            "ZScoreNormalization" => IntensityKind.ZScore,
            "RescaleTo01Normalization" => IntensityKind.UnitRange,
            "NoNormalization" => IntensityKind.None,
            var other => throw name.NotSupported($"its normalisation '{other}' is not one for CT that this version knows"),
        };
        if (kind != IntensityKind.Ct) return new IntensityScheme(kind, 0, 0, 0, 1, kind == IntensityKind.ZScore && onlyNonzero);
        PlanEntry statistics = (plans.Optional("foreground_intensity_properties_per_channel")
            ?? plans["foreground_intensity_properties_by_modality"])["0"];
        float Number(string entry) => (float)statistics[entry].Number();
        return new IntensityScheme(kind, Number("percentile_00_5"), Number("percentile_99_5"), Number("mean"),
            (float)Math.Max(statistics["std"].Number(), 1e-8), false);
    }
}
