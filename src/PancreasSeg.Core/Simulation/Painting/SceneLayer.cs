namespace PancreasSeg.Simulation;

/// <summary>Something that paints rows of a scene; layers are painted in order.</summary>
internal abstract class SceneLayer
{
    public abstract void Paint(Scanline row);
}

/// <summary>Chooses the tissue of a voxel of an organ.</summary>
/// <param name="row">The row.</param>
/// <param name="column">Column in the row.</param>
/// <param name="depth">mm below the organ's surface.</param>
internal delegate TissueClass TissueAt(Scanline row, int column, float depth);
