namespace PancreasSeg.Postprocess;
internal static class SourceGrid
{
    public static LabelVolume Mask(ProbabilityVolume p, VolumeGrid grid, double threshold, VolumeSource source, CancellationToken cancellation)
    {
        ProbabilityVolume q = p.To(grid, cancellation);
        return new LabelVolume(grid, [.. q.Values.ToArray().Select(v => v > threshold ? (byte)1 : (byte)0)], source);
    }
}
internal static class Components { public static LabelVolume KeepLargest(LabelVolume mask, CancellationToken cancellation) => mask; }
