namespace PancreasSeg.Simulation;

/// <summary>A synthetic CT with its truth on the same grid.</summary>
/// <param name="Image">HU as 16-bit integers.</param>
/// <param name="Label">A <see cref="PhantomLabel"/> per voxel; 1 is the pancreas.</param>
public sealed record PhantomCase(CtVolume Image, LabelVolume Label)
{
    /// <summary>HU as 16-bit integers.</summary>
    public CtVolume Image { get; } = Image;

    /// <summary>A <see cref="PhantomLabel"/> per voxel; 1 is the pancreas.</summary>
    public LabelVolume Label { get; } = Label;

    /// <summary>Name, dimensions and voxel size.</summary>
    public override string ToString() => Image.ToString();
}
