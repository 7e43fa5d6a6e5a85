using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PancreasSeg.Batch;

/// <summary>One part of the studies of a folder, so that several machines share them: each study belongs to just one part, whatever
/// else lies beside it.</summary>
/// <param name="Index">Which part, from 0.</param>
/// <param name="Count">How many parts there are.</param>
public sealed record BatchShard(int Index, int Count)
{
    private const int MostShards = 10_000;

    /// <summary>Reads <c>3/40</c>: the part with the index 3, counted from 0, of 40.</summary>
    /// <exception cref="FormatException">It is no such text.</exception>
    public static BatchShard Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Split('/') is [var index, var count]
            && int.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out int part)
            && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int parts)
            && parts is >= 1 and <= MostShards && part < parts)
            return new BatchShard(part, parts);
        throw new FormatException($"'{text}' is no shard. Write 0/40 to 39/40 for 40 shards.");
    }

    /// <summary>True for a study of this part: the first eight bytes of the SHA-256 of its name, big-endian, modulo the number of
    /// parts.</summary>
    /// <param name="name">Name of the entry in the folder of studies, as on disk.</param>
    public bool Holds(string name) =>
        BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(name))) % (ulong)Count == (ulong)Index;

    /// <summary>E.g. <c>3-of-40</c>.</summary>
    public override string ToString() => FormattableString.Invariant($"{Index}-of-{Count}");

    /// <summary>Reads <see cref="ToString"/>; null for another text.</summary>
    internal static BatchShard? OfFolder(string name)
    {
        try
        {
            return Parse(name.Replace("-of-", "/", StringComparison.Ordinal));
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
