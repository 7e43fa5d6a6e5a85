namespace PancreasSeg;

/// <summary>Neighbouring voxels of one stored value in whose place a volume has air.</summary>
/// <param name="Start">Array offset of the first.</param>
/// <param name="Length">How many.</param>
/// <param name="Hu">What their file holds.</param>
internal readonly record struct StoredRun(int Start, int Length, float Hu);
