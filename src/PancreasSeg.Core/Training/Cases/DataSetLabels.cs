using System.Globalization;
using System.Text.Json;

namespace PancreasSeg.Training;

/// <summary>
/// The names that a dataset.json gives to labels: <c>{"1": "pancreas"}</c> in the Medical Segmentation Decathlon and nnU-Net v1,
/// <c>{"pancreas": 1}</c> in nnU-Net v2, where a region may have several (<c>[1, 2]</c>).
/// </summary>
internal static class DataSetLabels
{
    private const string Pancreas = "pancreas";

    /// <summary>The label of the pancreas, the only one of that name; null where labels have no names.</summary>
    /// <exception cref="CoreException"><see cref="Fault.TrainingDataInvalid"/> where the names do not tell.</exception>
    /// <exception cref="InvalidOperationException">The element is not as described.</exception>
    public static byte? PancreasIn(JsonElement root, string file)
    {
        (string Name, int[] Values)[] all = All(root);
        if (all.Length == 0) return null;
        (string Name, int[] Values)[] like = [.. all.Where(label => label.Name.Contains(Pancreas, StringComparison.OrdinalIgnoreCase))];
        (string Name, int[] Values)[] exact = [.. like.Where(label => label.Name.Equals(Pancreas, StringComparison.OrdinalIgnoreCase))];
        if ((exact.Length > 0 ? exact : like) is [(_, [> 0 and < 256] and [var only])]) return (byte)only;
        throw new CoreException(Fault.TrainingDataInvalid,
            $"'{file}' does not name one label as the pancreas: {string.Join(", ", all.Select(l => $"{string.Join('+', l.Values)} {l.Name}"))}.",
            file, "Say which it is by -LabelValue.");
    }

    /// <summary>The other labels that have a name of their own, the background aside.</summary>
    /// <exception cref="InvalidOperationException">The element is not as described.</exception>
    public static IReadOnlyList<AuxiliaryClass> Others(JsonElement root, byte pancreas) =>
    [
        .. All(root).Where(label => label.Values is [> 0 and < 256] && label.Values[0] != pancreas)
            .Select(label => Class(label.Name, (byte)label.Values[0])),
    ];

    /// <summary>An organ of the simulation keeps its name and weight, so that a model that knows it goes on with it.</summary>
    private static AuxiliaryClass Class(string name, byte label) =>
        SimulatedCases.AuxiliaryClasses.FirstOrDefault(c => c.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } known
            ? known with { Labels = [label] } : new AuxiliaryClass(name, [label]);

    private static (string Name, int[] Values)[] All(JsonElement root) =>
        root.TryGetProperty("labels", out JsonElement labels) && labels.ValueKind == JsonValueKind.Object
            ? [.. labels.EnumerateObject().Select(Entry)] : [];

    private static (string Name, int[] Values) Entry(JsonProperty label) =>
        label.Value.ValueKind == JsonValueKind.String && TryParse(label.Name, out int number) ? (label.Value.GetString()!, [number])
            : label.Value.ValueKind == JsonValueKind.Array ? (label.Name, [.. label.Value.EnumerateArray().Select(Number)])
            : (label.Name, [Number(label.Value)]);

    private static int Number(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) ? number
            : value.ValueKind == JsonValueKind.String && TryParse(value.GetString(), out number) ? number
            : throw new InvalidOperationException("a label is no whole number");

    private static bool TryParse(string? text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
