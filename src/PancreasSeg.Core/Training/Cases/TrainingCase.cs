namespace PancreasSeg.Training;

/// <summary>One CT with its reference labels on the same grid.</summary>
/// <param name="Image">The CT in HU.</param>
/// <param name="Label">The labels.</param>
/// <param name="Name">Name of the case in messages and results.</param>
public sealed record TrainingCase(CtVolume Image, LabelVolume Label, string Name)
{
    /// <summary>The case with its labels on the CT's voxels.</summary>
    /// <exception cref="CoreException"><see cref="Fault.GridMismatch"/> where they do not lie on the same voxels.</exception>
    internal TrainingCase OnOneGrid(CancellationToken cancellation)
    {
        (VolumeGrid ct, VolumeGrid stored) = (Image.Grid, Label.Grid);
        LabelVolume labels = Label.OnVoxelsOf(ct, cancellation) ?? throw new CoreException(Fault.GridMismatch,
            $"the CT ({ct}, {ct.Orientation}) and its labels ({stored}, {stored.Orientation}) do not lie on the same voxels (first voxel at {ct.Origin} and {stored.Origin} mm)");
        return this with { Label = labels };
    }
}
