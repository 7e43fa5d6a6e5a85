namespace PancreasSeg.Network.Foreign;

/// <summary>Where the numbers of a tensor lie in a checkpoint.</summary>
/// <param name="Key">Name of the storage in the file.</param>
/// <param name="Type">Number format: <c>Float</c>, <c>Half</c>, <c>BFloat16</c>, <c>Double</c>, <c>Long</c>, <c>Int</c>, <c>Short</c>,
/// <c>Char</c>, <c>Byte</c> or <c>Bool</c>.</param>
/// <param name="Count">Number of elements that the file promises.</param>
internal sealed record StorageReference(string Key, string Type, long Count)
{
    /// <summary>Bytes of one element.</summary>
    public int Width => Type switch { "Double" or "Long" => 8, "Float" or "Int" => 4, "Half" or "BFloat16" or "Short" => 2, _ => 1 };
}
