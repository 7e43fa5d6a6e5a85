namespace PancreasSeg.Segmentation;

/// <summary>What a locator took for the pancreas: all above its threshold but stray voxels.</summary>
/// <param name="Centre">LPS mm, weighted by probability.</param>
/// <param name="Confidence">As in <see cref="PancreasLocation"/>.</param>
/// <param name="VolumeMl">Millilitres.</param>
internal sealed record LocatorFinding(Vector3D Centre, double? Confidence, double VolumeMl);
