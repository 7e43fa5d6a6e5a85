using PancreasSeg.Evaluation;
using PancreasSeg.Postprocess;

namespace PancreasSeg.Core.Tests.Evaluation;

/// <summary>Predictions of quality by rules that a test knows.</summary>
internal static class QualityModels
{
    /// <summary>Expects less the further a volume is from the given one, in log odds.</summary>
    public static QualityModel ByVolume(double millilitres) => new(
        [.. QualitySigns.Names.Select(sign => sign.Name == "VolumeUnusual" ? new QualityTerm(sign.Name, Math.Log(millilitres), 0, 1, 4)
            : new QualityTerm(sign.Name, sign.HasCentre ? 0 : null, 0, 1, 0))],
        2, [0], -0.5, 40, 0.85, 0.03, 0.8, 0.9);
}
