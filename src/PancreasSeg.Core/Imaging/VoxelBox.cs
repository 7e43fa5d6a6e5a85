namespace PancreasSeg;

/// <summary>A box of voxels, both ends included.</summary>
/// <param name="FirstColumn">Lowest column index.</param>
/// <param name="FirstRow">Lowest row index.</param>
/// <param name="FirstSlice">Lowest slice index.</param>
/// <param name="LastColumn">Highest column index.</param>
/// <param name="LastRow">Highest row index.</param>
/// <param name="LastSlice">Highest slice index.</param>
public sealed record VoxelBox(int FirstColumn, int FirstRow, int FirstSlice, int LastColumn, int LastRow, int LastSlice)
{
    /// <summary>Ranges per axis, e.g. <c>[201..310, 180..260, 40..71]</c>.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"[{FirstColumn}..{LastColumn}, {FirstRow}..{LastRow}, {FirstSlice}..{LastSlice}]");
}
