using System.IO.Enumeration;
using System.Text.Json;

namespace PancreasSeg.Network.Foreign;

/// <summary>What the channels of an nnU-Net model mean: its dataset.json.</summary>
internal sealed record NnUNetLabels
{
    private const int MaxLabel = byte.MaxValue;
    private const string Ignored = "ignore";

    private static readonly string[] s_entries = ["channel_names", "modality", "labels", "regions_class_order"];

    /// <summary>The classes in the order of the file, the background among them; with regions without it.</summary>
    public required IReadOnlyList<NnUNetClass> Classes { get; init; }

    /// <summary>Channels of the network's output.</summary>
    public required int Channels { get; init; }

    /// <summary>True when channels overlap: each is a region by itself, later ones overwrite earlier ones.</summary>
    public required bool HasRegions { get; init; }

    /// <summary>Number that each channel's voxels get in the label map.</summary>
    public required byte[] LabelOfChannel { get; init; }

    /// <summary>Names of the classes that are told apart where others count as background; null for all.</summary>
    public IReadOnlyList<string>? Kept { get; private init; }

    /// <summary>The class of a name, whatever its case; null for none.</summary>
    public NnUNetClass? Find(string name) => Classes.FirstOrDefault(c => string.Equals(c.Name, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The classes, the background aside, whose names match, in the order of the file.</summary>
    /// <param name="names">Names; * and ? are wildcards, case does not matter.</param>
    /// <param name="model">Name of the model, for messages.</param>
    /// <exception cref="CoreException"><see cref="Fault.SettingInvalid"/> for a name that matches none; says which there are.</exception>
    public IReadOnlyList<NnUNetClass> Matching(IReadOnlyList<string> names, string model)
    {
        NnUNetClass[] known = [.. Classes.Where(c => c.Label != 0)];
        foreach (string name in names)
            if (!known.Any(c => Matches(name, c)))
                throw new CoreException(Fault.SettingInvalid, $"The model '{model}' knows no class '{name}'.", name,
                    $"It knows {string.Join(", ", known.Select(c => c.Name))}.");
        return [.. known.Where(c => names.Any(name => Matches(name, c)))];

        static bool Matches(string name, NnUNetClass one) => FileSystemName.MatchesSimpleExpression(name, one.Name);
    }

    /// <summary>The same channels, but those of other classes mean background: a voxel is of a kept class where it was so before.</summary>
    /// <param name="names">The classes to keep beside the background; case does not matter.</param>
    public NnUNetLabels Only(IReadOnlyList<string> names)
    {
        NnUNetClass[] kept = [.. Classes.Where(c => c.Label == 0 || names.Contains(c.Name, StringComparer.OrdinalIgnoreCase))];
        if (kept.Length == Classes.Count) return this;
        return this with
        {
            Classes = kept,
            LabelOfChannel = [.. LabelOfChannel.Select(label => kept.Any(c => c.Label == label) ? label : (byte)0)],
            Kept = [.. kept.Where(c => c.Label != 0).Select(c => c.Name)],
        };
    }

    /// <summary>Reads a dataset.json.</summary>
    /// <param name="json">Its content.</param>
    /// <param name="path">Its path, for messages.</param>
    /// <exception cref="CoreException"><see cref="Fault.ModelNotSupported"/> for more than one image channel;
    /// <see cref="Fault.ModelPlanMismatch"/> for labels that nnU-Net could not have been trained on.</exception>
    public static NnUNetLabels Parse(ReadOnlyMemory<byte> json, string path)
    {
        using JsonDocument document = NnUNetPlans.Read(json, path);
        var dataset = new PlanEntry(path, "", document.RootElement);
        PlanEntry images = dataset.Optional("channel_names") ?? dataset["modality"];
        string[] names = [.. images.Members().Select(channel => channel.Value.Text())];
        if (names.Length != 1)
            throw images.NotSupported($"it takes {names.Length} images of a patient at once ({string.Join(", ", names)}), and a CT is one");

        PlanEntry entries = dataset["labels"];
        (string Name, int[] Values)[] labels = [.. entries.Members().Select(label => (label.Name, Values(label.Value)))];
        (string Name, int[] Values)[] used = [.. labels.Where(label => label.Name != Ignored)];
        int[] distinct = [.. used.SelectMany(label => label.Values).Distinct().Order()];
        if (distinct.Length < 2) throw entries.Invalid("names no class beside the background");
        for (int i = 0; i < distinct.Length; i++)
            if (distinct[i] != i) throw entries.Invalid($"leaves out the number {i}: labels must be consecutive from 0");
        bool hasRegions = used.Any(label => label.Values.Length > 1);
        return hasRegions ? WithRegions(dataset, used) : Plain(used, distinct.Length);
    }

    /// <summary>The entries of a dataset.json that <see cref="Parse"/> looks at; none of those that list training cases.</summary>
    /// <inheritdoc cref="Parse"/>
    public static JsonElement Entries(ReadOnlyMemory<byte> json, string path)
    {
        using JsonDocument document = NnUNetPlans.Read(json, path);
        return JsonSerializer.SerializeToElement(new PlanEntry(path, "", document.RootElement).Kept(s_entries));
    }

    private static NnUNetLabels Plain((string Name, int[] Values)[] labels, int channels) => new()
    {
        Classes = [.. labels.Select(label => new NnUNetClass(label.Name, label.Values[0], label.Values[0]))],
        Channels = channels,
        HasRegions = false,
        LabelOfChannel = [.. Enumerable.Range(0, channels).Select(i => (byte)i)],
    };

    private static NnUNetLabels WithRegions(PlanEntry dataset, (string Name, int[] Values)[] labels)
    {
        (string Name, int[] Values)[] regions = [.. labels.Where(label => label.Values.Any(value => value != 0))];
        PlanEntry order = dataset["regions_class_order"];
        int[] numbers = [.. order.Items().Select(item => item.Whole())];
        if (numbers.Length != regions.Length || numbers.Any(n => n is < 1 or > MaxLabel))
            throw order.Invalid($"is not {regions.Length} numbers from 1 to {MaxLabel}, one for each region");
        return new NnUNetLabels
        {
            Classes = [.. regions.Select((region, i) => new NnUNetClass(region.Name, numbers[i], i))],
            Channels = regions.Length,
            HasRegions = true,
            LabelOfChannel = [.. numbers.Select(n => (byte)n)],
        };
    }

    private static int[] Values(PlanEntry label)
    {
        int[] values = label.IsList ? [.. label.Items().Select(item => item.Whole()).Distinct()] : [label.Whole()];
        return values.Length > 0 && values.All(n => n is >= 0 and <= MaxLabel) ? values
            : throw label.Invalid($"is not a number from 0 to {MaxLabel} or a list of such");
    }
}
