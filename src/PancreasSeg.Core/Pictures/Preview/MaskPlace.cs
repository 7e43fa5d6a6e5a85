namespace PancreasSeg.Pictures;

/// <summary>Where a mask lies, and what a picture needs of it.</summary>
/// <param name="Middle">LPS mm of the voxel nearest the centroid: a curved mask has its centroid outside, where planes would miss
/// it.</param>
/// <param name="Box">Box round the centres of its voxels.</param>
/// <param name="Levels">Heights in mm at which voxels lie, from the head to the feet, each once.</param>
/// <param name="Cover">How much of each place is covered, round the mask only: 1 in its voxels.</param>
internal sealed record MaskPlace(Vector3D Middle, WorldBox Box, IReadOnlyList<double> Levels, ProbabilityVolume Cover)
{
    private const int LevelDigits = 2;

    /// <summary>The place of a mask; null when it is empty.</summary>
    public static MaskPlace? Of(LabelVolume? mask)
    {
        if (mask is null || IndexBox.OfNonZero(mask.Grid, mask.Labels) is not { IsEmpty: false } box) return null;
        VolumeGrid crop = box.Grow(2).Intersect(IndexBox.Whole(mask.Grid)).Cut(mask.Grid);
        LabelVolume near = mask.To(crop);
        var cover = new float[crop.VoxelCount];
        var points = new List<Vector3D>();
        for (int i = 0; i < cover.Length; i++)
        {
            if (near.Labels.Span[i] == 0) continue;
            cover[i] = 1;
            (int column, int row, int slice) = crop.VoxelOf(i);
            points.Add(crop.Affine.Apply(new(column, row, slice)));
        }
        Vector3D centroid = points.Aggregate(default(Vector3D), (sum, p) => sum + p) / points.Count;
        return new MaskPlace(points.MinBy(p => (p - centroid).Length),
            points.Select(p => new WorldBox(p, p)).Aggregate((a, b) => a.Union(b)),
            [.. points.Select(p => Math.Round(p.Z, LevelDigits)).Distinct().OrderDescending()], new ProbabilityVolume(crop, cover));
    }
}
