namespace PancreasSeg.Network.Foreign;

/// <summary>The weights of one fold.</summary>
/// <param name="Name"><c>0</c> to <c>4</c>, say, or <c>all</c>.</param>
/// <param name="Weights">Its weights, in the order in which the network uses them.</param>
/// <param name="Sha256">SHA-256 of its checkpoint, lower-case hex.</param>
internal sealed record NnUNetFold(string Name, ModelWeights Weights, string Sha256);
