using System.Globalization;

namespace PancreasSeg.Benchmarks;

/// <summary>How much of another job's time, in the same run of the benchmarks, a job may take.</summary>
/// <param name="Job">Our job.</param>
/// <param name="Against">The other job, ours or a peer's.</param>
/// <param name="Ratio">The most it may be.</param>
internal sealed record Target(string Job, string Against, double Ratio)
{
    public static IReadOnlyList<Target> All { get; } =
    [
        new("forward bfloat16", "forward plain float32", 0.33),
        new("forward bfloat16", "PyTorch forward", 0.33),
        new("nnU-Net patch bfloat16", "nnU-Net patch plain float32", 0.33),
        new("DICOM folder to mask .nii.gz", "forward bfloat16", 1.3),
        new("DICOM folder to mask .nii.gz", "Python chain, DICOM to mask .nii.gz", 0.3),
        new("DICOM folder to .nii", "dcm2niix to .nii", 1.0),
        new("DICOM folder to .nii.gz", "dcm2niix -z y to .nii.gz", 0.35),
        new("512x512x130 to the network's grid", "SciPy zoom to the network's grid", 0.3),
        new("probabilities to mask 512x512x130", "SciPy zoom back", 0.15),
        new("Dice, HD95, ASSD, NSD", "SciPy HD95, ASSD", 0.5),
        new("training step", "training step plain float32", 0.45),
        new("training step", "PyTorch training step", 0.45),
    ];

    /// <summary>A row of the table of ratios; null where one of the two was not measured.</summary>
    public string? Row(IReadOnlyDictionary<string, Measurement> measured) =>
        measured.TryGetValue(Job, out Measurement? own) && measured.TryGetValue(Against, out Measurement? other)
            ? string.Create(CultureInfo.InvariantCulture,
                $"| {Job} | {Against} | {own.Median / other.Median:F2} | {own.Seconds.Min() / other.Seconds.Min():F2} | {Ratio:F2} |")
            : null;
}
