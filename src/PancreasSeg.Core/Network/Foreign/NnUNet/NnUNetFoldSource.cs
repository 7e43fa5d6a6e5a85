namespace PancreasSeg.Network.Foreign;

/// <summary>Where the weights of a fold come from.</summary>
/// <param name="Name"><c>0</c> to <c>4</c>, say, or <c>all</c>.</param>
/// <param name="Sha256">SHA-256 of its checkpoint, lower-case hex.</param>
internal sealed record NnUNetFoldSource(string Name, string Sha256);
