using PancreasSeg.Network;
using PancreasSeg.Preprocess;

namespace PancreasSeg.Segmentation;

/// <summary>
/// The contrast phase of a CT by the median HU of the vessels that the network found: unenhanced blood has 30 to 60 HU; in the late
/// arterial phase the aorta is far brighter than the portal vein; about 70 s after injection the portal vein has caught up; minutes
/// later aorta and vena cava are alike and washed out.
/// </summary>
/// <param name="Phase">The phase.</param>
/// <param name="AortaHu">Median HU of the aorta, at most the upper end of the plan's window.</param>
internal sealed record ContrastPhaseEstimate(ContrastPhase Phase, double AortaHu)
{
    /// <summary>Voxels below which a vessel was not found.</summary>
    private const int FewestVoxels = 60;

    private const double NativeBelow = 75, ArterialFrom = 180, ArterialLead = 40, DelayedBelow = 130, DelayedSpread = 20;

    /// <summary>Estimates the phase; null when the aorta was not found.</summary>
    /// <param name="input">What the network saw, D x H x W values.</param>
    /// <param name="plan">How it was made of HU; the window's upper end limits what can be told.</param>
    /// <param name="classes">Channel of each voxel.</param>
    /// <param name="names">What the channels are.</param>
    public static ContrastPhaseEstimate? Of(
        ReadOnlySpan<float> input, PreprocessPlan plan, ReadOnlySpan<byte> classes, IReadOnlyList<string> names)
    {
        if (plan.Normalization != Normalization.Window || Median(VesselClasses.Aorta, input, classes) is not { } aorta) return null;
        double? portal = Median(VesselClasses.PortalVein, input, classes), cava = Median(VesselClasses.VenaCava, input, classes);
        ContrastPhase phase = aorta < NativeBelow ? ContrastPhase.Native
            : aorta >= ArterialFrom && (portal is null || portal < aorta - ArterialLead) ? ContrastPhase.Arterial
            : aorta < DelayedBelow && cava is not null && Math.Abs(aorta - cava.Value) < DelayedSpread ? ContrastPhase.Delayed
            : ContrastPhase.PortalVenous;
        return new(phase, aorta);

        double? Median(string name, ReadOnlySpan<float> all, ReadOnlySpan<byte> classes)
        {
            int channel = names.ToList().IndexOf(name);
            if (channel < 0) return null;
            var values = new List<float>();
            for (int i = 0; i < classes.Length; i++)
                if (classes[i] == channel) values.Add(all[i]);
            if (values.Count < FewestVoxels) return null;
            values.Sort();
            return plan.WindowLow + (values[values.Count / 2] + 1) / 2 * (plan.WindowHigh - plan.WindowLow);
        }
    }
}
