using PancreasSeg.Preprocess;

namespace PancreasSeg.Training;

/// <summary>A case as the network sees it.</summary>
/// <param name="Name">Name of the case.</param>
/// <param name="Input">Values in [-1, 1] and their grid.</param>
/// <param name="Classes">The network's class of each voxel of the grid's output.</param>
internal sealed record PreparedCase(string Name, NetworkInput Input, ReadOnlyMemory<byte> Classes)
{
    public int Depth => Input.Grid.Slices;

    public int Height => Input.Grid.Rows;

    public int Width => Input.Grid.Columns;
}
