namespace PancreasSeg.Network;

/// <summary>A model whose weights another one's training began with.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Sha256">Its hash, as <see cref="PancreasModel.Sha256"/> tells it.</param>
/// <param name="TrainingData">What it was trained on.</param>
/// <param name="License">Terms under which it may be used.</param>
public sealed record ModelAncestor(string Name, string Sha256, string TrainingData, string License)
{
    /// <summary>Name, hash and data.</summary>
    public override string ToString() => $"{Name} ({Sha256[..Math.Min(12, Sha256.Length)]}): {TrainingData}";
}
