namespace PancreasSeg.Evaluation;

/// <summary>How many voxels two masks have in common. Ratios without a denominator are null, never 0.</summary>
/// <param name="Both">Voxels in both masks (true positives).</param>
/// <param name="MaskOnly">Voxels only in the mask under test (false positives).</param>
/// <param name="ReferenceOnly">Voxels only in the reference (false negatives).</param>
internal readonly record struct OverlapMetrics(long Both, long MaskOnly, long ReferenceOnly)
{
    /// <summary>2 |A and B| / (|A| + |B|); 1 when both masks are empty, for then they agree.</summary>
    public double Dice => Both + MaskOnly + ReferenceOnly == 0 ? 1 : 2.0 * Both / (2 * Both + MaskOnly + ReferenceOnly);

    /// <summary>Part of the reference that was found; null when the reference is empty.</summary>
    public double? Recall => Both + ReferenceOnly == 0 ? null : (double)Both / (Both + ReferenceOnly);

    /// <summary>Part of the mask that is right; null when the mask is empty.</summary>
    public double? Precision => Both + MaskOnly == 0 ? null : (double)Both / (Both + MaskOnly);

    /// <summary>Counts voxels of two masks on one box.</summary>
    public static OverlapMetrics Of(BoxMask mask, BoxMask reference)
    {
        long both = 0;
        for (int i = 0; i < mask.Voxels.Length; i++) both += mask.Voxels[i] & reference.Voxels[i];
        return new OverlapMetrics(both, mask.Count - both, reference.Count - both);
    }
}
