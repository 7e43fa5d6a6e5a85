namespace PancreasSeg.Network.Foreign;

/// <summary>A tuple of a pickle.</summary>
internal sealed record PickleTuple(object?[] Items);
