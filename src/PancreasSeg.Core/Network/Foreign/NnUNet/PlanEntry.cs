using System.Text.Json;

namespace PancreasSeg.Network.Foreign;

/// <summary>An entry of one of nnU-Net's JSON files, with its name for messages.</summary>
/// <param name="file">Name of the file.</param>
/// <param name="name">Where the entry stands in it.</param>
/// <param name="value">The entry.</param>
internal readonly struct PlanEntry(string file, string name, JsonElement value)
{
    /// <summary>Name and entry of each member of an object.</summary>
    public IEnumerable<(string Name, PlanEntry Value)> Members()
    {
        if (value.ValueKind != JsonValueKind.Object) throw Invalid("is not an object");
        var self = this;
        return value.EnumerateObject().Select(p => (p.Name, self.Child(p.Name, p.Value)));
    }

    /// <summary>A member that must be there.</summary>
    public PlanEntry this[string member] => Optional(member) ?? throw Child(member, default).Invalid("is missing");

    /// <summary>A member, or null where it is absent or null.</summary>
    public PlanEntry? Optional(string member) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(member, out JsonElement found)
            && found.ValueKind != JsonValueKind.Null ? Child(member, found) : null;

    /// <summary>Those of some members that are there.</summary>
    public Dictionary<string, object> Kept(IEnumerable<string> members)
    {
        var kept = new Dictionary<string, object>();
        foreach (string member in members)
            if (Optional(member) is { } found) kept[member] = found.Element;
        return kept;
    }

    /// <summary>The entry's text.</summary>
    public string Text() => value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Invalid("is not a text");

    /// <summary>The entry's truth value.</summary>
    public bool Truth() => value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
        : throw Invalid("is neither true nor false");

    /// <summary>The entry's number.</summary>
    public double Number() => value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && double.IsFinite(number)
        ? number : throw Invalid("is not a number");

    /// <summary>The entry's whole number; Python writes some with a point.</summary>
    public int Whole() => Number() is >= int.MinValue and <= int.MaxValue and var number && number == Math.Floor(number) ? (int)number
        : throw Invalid("is not a whole number");

    /// <summary>The entry itself.</summary>
    public JsonElement Element => value;

    /// <summary>True for a list.</summary>
    public bool IsList => value.ValueKind == JsonValueKind.Array;

    /// <summary>The entries of a list.</summary>
    public PlanEntry[] Items()
    {
        if (!IsList) throw Invalid("is not a list");
        var self = this;
        return [.. value.EnumerateArray().Select((item, i) => self.Child($"{i}", item))];
    }

    /// <summary>Three positive whole numbers, at most <paramref name="most"/>.</summary>
    public int[] Triple(int most)
    {
        int[] numbers = [.. Items().Select(item => item.Whole())];
        return numbers.Length == 3 && numbers.All(n => n >= 1 && n <= most) ? numbers
            : throw Invalid($"is not three whole numbers from 1 to {most}");
    }

    /// <summary>An error that names the entry.</summary>
    public CoreException Invalid(string why) =>
        new(Fault.ModelPlanMismatch, $"'{file}' cannot be used: its entry '{name}' {why}.", file,
            "Copy the model's folder again from its source.");

    /// <summary>An error about something that this version does not do, with the entry's name.</summary>
    public CoreException NotSupported(string what) =>
        new(Fault.ModelNotSupported, $"The model cannot be run: {what} (entry '{name}' of '{file}').", file,
            "Use nnU-Net itself, or another model.");

    private PlanEntry Child(string member, JsonElement child) => new(file, name.Length == 0 ? member : $"{name}.{member}", child);
}
