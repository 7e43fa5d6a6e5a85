using PancreasSeg.Preprocess;

namespace PancreasSeg.Training;

/// <summary>A case as the network sees it.</summary>
/// <param name="Name">Name of the case.</param>
/// <param name="Input">Values in [-1, 1] and their grid.</param>
/// <param name="Mask">1 in the pancreas, else 0, on the same grid.</param>
internal sealed record PreparedCase(string Name, NetworkInput Input, ReadOnlyMemory<byte> Mask)
{
    public int Depth => Input.Grid.Slices;

    public int Height => Input.Grid.Rows;

    public int Width => Input.Grid.Columns;
}
