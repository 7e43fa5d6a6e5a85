using System.Security.Cryptography;
using System.Text;

namespace PancreasSeg.Network;

/// <summary>What a model file says of the members of an ensemble.</summary>
/// <param name="Version">Of this entry.</param>
/// <param name="Combine">How the members' answers become one.</param>
/// <param name="Members">The members in the order in which they are asked.</param>
internal sealed record EnsembleHeader(int Version, string Combine, IReadOnlyList<MemberHeader> Members)
{
    public const int CurrentVersion = 1, MostMembers = 9;

    /// <summary>The mean of the members' probabilities.</summary>
    public const string MeanProbability = "mean-probability";

    /// <summary>SHA-256 over those of the members, in lower-case hex.</summary>
    public string Sha256() =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Concat(Members.Select(m => m.Sha256)))));

    /// <exception cref="InvalidDataException">Another version wrote it, or it makes no sense.</exception>
    public void Check()
    {
        if (Version != CurrentVersion || Combine != MeanProbability)
            throw new InvalidDataException("its members are combined in a way that this version does not know");
        if (Members.Count is < 2 or > MostMembers) throw new InvalidDataException($"it does not have 2 to {MostMembers} members");
        if (Members.Any(m => m is null || m.Validation.Any(score => score is null) || m.Lineage?.Any(a => a is null) == true))
            throw new InvalidDataException("an entry of its members is null");
        if (Members.Any(m => m.Threshold is { } threshold && !(threshold is > 0 and < 1)))
            throw new InvalidDataException("the threshold of a member is not between 0 and 1");
    }
}
