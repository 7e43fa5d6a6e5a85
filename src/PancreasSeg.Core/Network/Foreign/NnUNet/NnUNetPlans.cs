using System.Text.Json;

namespace PancreasSeg.Network.Foreign;

/// <summary>What this module uses of nnU-Net's plans.json, of version 2 from its first to its newest form.</summary>
internal sealed record NnUNetPlans
{
    private const string Configurations = "configurations", Parent = "inherits_from";

    private static readonly JsonDocumentOptions s_json = new() { MaxDepth = 32 };

    private static readonly string[] s_entries = ["dataset_name", "plans_name", "image_reader_writer", "transpose_forward",
        "transpose_backward", "label_manager", "foreground_intensity_properties_per_channel", "foreground_intensity_properties_by_modality"];

    /// <summary>Name of the data set the model was trained on.</summary>
    public required string DataSet { get; init; }

    /// <summary>Name of the plans.</summary>
    public required string Name { get; init; }

    /// <summary>How training images were read.</summary>
    public required NnUNetReader Reader { get; init; }

    /// <summary>Axis a of the network is axis <c>Forward[a]</c> of an image as slices, rows, columns.</summary>
    public required int[] Forward { get; init; }

    /// <summary>The way back.</summary>
    public required int[] Backward { get; init; }

    /// <summary>The configuration that was asked for.</summary>
    public required NnUNetConfiguration Configuration { get; init; }

    /// <summary>Reads the plan of one configuration.</summary>
    /// <param name="json">Content of plans.json.</param>
    /// <param name="path">Its path, for messages.</param>
    /// <param name="configuration">Name of the configuration.</param>
    /// <exception cref="CoreException"><see cref="Fault.ModelNotSupported"/> for a plan that this version cannot carry out;
    /// <see cref="Fault.ModelPlanMismatch"/> for one that is damaged.</exception>
    public static NnUNetPlans Parse(ReadOnlyMemory<byte> json, string path, string configuration)
    {
        using JsonDocument document = Read(json, path);
        var plans = new PlanEntry(path, "", document.RootElement);
        if (plans.Optional("label_manager") is { } labels && labels.Text() != "LabelManager")
            throw labels.NotSupported($"its label manager '{labels.Text()}' is not one that this version knows");
        PlanEntry reader = plans["image_reader_writer"];
        NnUNetReader order = reader.Text() switch
        {
            "SimpleITKIO" or "NibabelIO" => NnUNetReader.Stored,
            "SimpleITKIOWithReorient" or "NibabelIOWithReorient" => NnUNetReader.Canonical,
            var other => throw reader.NotSupported($"its reader '{other}' is not one for CT that this version knows"),
        };
        (int[] forward, int[] backward) = (Order(plans["transpose_forward"]), Order(plans["transpose_backward"]));
        if (Enumerable.Range(0, 3).Any(a => forward[backward[a]] != a))
            throw plans["transpose_backward"].Invalid("does not undo 'transpose_forward'");
        PlanEntry merged = Merge(plans[Configurations], configuration, path);
        return new NnUNetPlans
        {
            DataSet = plans.Optional("dataset_name")?.Text() ?? "",
            Name = plans.Optional("plans_name")?.Text() ?? "",
            Reader = order,
            Forward = forward,
            Backward = backward,
            Configuration = NnUNetConfiguration.Parse(configuration, plans, merged),
        };
    }

    /// <summary>The entries of a plans.json that <see cref="Parse"/> looks at, with one configuration and what it inherits.</summary>
    /// <inheritdoc cref="Parse"/>
    public static JsonElement Entries(ReadOnlyMemory<byte> json, string path, string configuration)
    {
        using JsonDocument document = Read(json, path);
        var plans = new PlanEntry(path, "", document.RootElement);
        Dictionary<string, object> entries = plans.Kept(s_entries);
        entries[Configurations] = new Dictionary<string, JsonElement>
        {
            [configuration] = Merge(plans[Configurations], configuration, path).Element,
        };
        return JsonSerializer.SerializeToElement(entries);
    }

    /// <summary>Parses one of nnU-Net's JSON files.</summary>
    /// <exception cref="CoreException"><see cref="Fault.ModelPlanMismatch"/>.</exception>
    internal static JsonDocument Read(ReadOnlyMemory<byte> json, string path)
    {
        JsonDocument? document = null;
        try
        {
            document = JsonDocument.Parse(json, s_json);
            ReadTexts(document.RootElement);
            return document;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            document?.Dispose();
            throw new CoreException(Fault.ModelPlanMismatch, $"'{path}' is not JSON: {e.Message}", path,
                "Copy the model's folder again from its source.", e);
        }
    }

    // Whether a text is Unicode is seen only when it is asked for.
    private static void ReadTexts(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String: _ = element.GetString(); break;
            case JsonValueKind.Array: foreach (JsonElement item in element.EnumerateArray()) ReadTexts(item); break;
            case JsonValueKind.Object:
                foreach (JsonProperty member in element.EnumerateObject())
                {
                    _ = member.Name;
                    ReadTexts(member.Value);
                }
                break;
        }
    }

    private static int[] Order(PlanEntry entry)
    {
        int[] order = [.. entry.Items().Select(item => item.Whole())];
        return order.Order().SequenceEqual([0, 1, 2]) ? order : throw entry.Invalid("is not an order of the axes 0, 1 and 2");
    }

    /// <summary>A configuration with what it inherits: its own entries stand.</summary>
    private static PlanEntry Merge(PlanEntry configurations, string name, string path)
    {
        var merged = new Dictionary<string, JsonElement>();
        var seen = new HashSet<string>();
        for (string? next = name; next is not null;)
        {
            if (!seen.Add(next)) throw configurations[name].Invalid("inherits from itself");
            PlanEntry own = configurations[next];
            foreach ((string entry, PlanEntry value) in own.Members().Where(member => member.Name != Parent))
                merged.TryAdd(entry, value.Element);
            next = own.Optional(Parent)?.Text();
        }
        return new PlanEntry(path, $"configurations.{name}", JsonSerializer.SerializeToElement(merged));
    }
}
