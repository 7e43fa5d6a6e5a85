namespace PancreasSeg.Network.Foreign;

/// <summary>A name that a pickle asks for: of a type of storage, or of one of the few functions whose results are data. Only a
/// name.</summary>
/// <param name="Name">Module and name, parted by a blank.</param>
internal sealed record PickleGlobal(string Name);
