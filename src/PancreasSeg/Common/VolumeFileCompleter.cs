namespace PancreasSeg.Common;

/// <summary>Completes folders and files that hold a CT or a mask.</summary>
public sealed class VolumeFileCompleter() : FileCompleter(".nii", ".nii.gz", ".dcm", ".zip");
