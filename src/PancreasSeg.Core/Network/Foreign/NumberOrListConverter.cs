using System.Text.Json;
using System.Text.Json.Serialization;

namespace PancreasSeg.Network;

/// <summary>Whole numbers that JSON gives as a list, or one by itself.</summary>
internal sealed class NumberOrListConverter : JsonConverter<IReadOnlyList<int>>
{
    /// <inheritdoc/>
    public override IReadOnlyList<int> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Number ? [reader.GetInt32()] : JsonSerializer.Deserialize<int[]>(ref reader, options) ?? [];

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, IReadOnlyList<int> value, JsonSerializerOptions options)
    {
        if (value is [var number]) writer.WriteNumberValue(number);
        else JsonSerializer.Serialize(writer, value, options);
    }
}
