using System.Globalization;
using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace PancreasSeg.Network.Foreign;

/// <summary>
/// A configuration of a MONAI bundle, YAML or JSON, as data: texts, lists and mappings. References (<c>@name</c>, <c>@list#0</c>) are
/// followed; Python expressions (<c>$...</c>) are text that is never evaluated, and an error where a value is needed.
/// </summary>
internal sealed class BundleConfig
{
    private const int MostBytes = 4 << 20, Deepest = 64, MostReferences = 16;

    private readonly Dictionary<string, object> _root;
    private readonly string _path;

    /// <summary>Reads a configuration.</summary>
    /// <param name="bytes">Content of the file.</param>
    /// <param name="path">Its path, for messages.</param>
    /// <exception cref="CoreException"><see cref="Fault.ModelFormatUnknown"/>.</exception>
    public BundleConfig(byte[] bytes, string path)
    {
        _path = path;
        if (bytes.Length > MostBytes) throw Damaged("it is larger than any configuration");
        try
        {
            using var text = new StreamReader(new MemoryStream(bytes), Encoding.UTF8);
            var parser = new Parser(text);
            parser.Consume<StreamStart>();
            parser.Consume<DocumentStart>();
            _root = Node(parser, 0) as Dictionary<string, object> ?? throw Damaged("it is no mapping of names");
        }
        catch (YamlException e)
        {
            throw Damaged(FormattableString.Invariant($"line {e.Start.Line}: {e.Message}"), e);
        }
        // The parser has no word of its own for all that damage does to a text.
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or FormatException or IndexOutOfRangeException
            or OverflowException)
        {
            throw Damaged("it is damaged", e);
        }
    }

    /// <summary>The value at a place, its references followed; null when there is none.</summary>
    /// <param name="within">A mapping; null for the whole.</param>
    /// <param name="names">Names from the outside in.</param>
    /// <exception cref="CoreException"><see cref="Fault.ModelNotSupported"/> for a Python expression on the way.</exception>
    public object? Find(object? within, params ReadOnlySpan<string> names)
    {
        object? node = within ?? _root;
        foreach (string name in names)
            node = node is Dictionary<string, object> map && map.TryGetValue(name, out object? value) ? Followed(value, name) : null;
        return node;
    }

    /// <summary>A list at a place; none when there is nothing.</summary>
    public IReadOnlyList<object> List(object? within, params ReadOnlySpan<string> names) => Find(within, names) switch
    {
        null => [],
        List<object> list => [.. list.Select(item => Followed(item, "list"))],
        var single => [single],
    };

    /// <summary>A text at a place; null when there is none.</summary>
    public string? Text(object? within, params ReadOnlySpan<string> names) => Find(within, names) as string;

    /// <summary>A number at a place; null when there is none.</summary>
    /// <exception cref="CoreException"><see cref="Fault.ModelNotSupported"/> for what is no number.</exception>
    public double? Number(object? within, params ReadOnlySpan<string> names) =>
        Find(within, names) is { } value ? NumberOf(value, names[^1]) : null;

    /// <summary>Numbers at a place, one for all axes repeated; null when there are none.</summary>
    /// <exception cref="CoreException"><see cref="Fault.ModelNotSupported"/> for what are no three numbers.</exception>
    public double[]? Three(object? within, string name)
    {
        if (Find(within, name) is null) return null;
        double[] numbers = [.. List(within, name).Select(value => NumberOf(value, name))];
        return numbers.Length switch
        {
            1 => [numbers[0], numbers[0], numbers[0]],
            3 => numbers,
            _ => throw NotSupported($"'{name}' is not three numbers"),
        };
    }

    /// <summary>A switch at a place; null when there is none.</summary>
    public bool? Flag(object? within, string name) => Text(within, name)?.ToUpperInvariant() switch
    {
        null => null,
        "TRUE" => true,
        "FALSE" => false,
        _ => throw NotSupported($"'{name}' is neither true nor false"),
    };

    /// <summary>The error for a configuration that asks for something this version does not do.</summary>
    public CoreException NotSupported(string why) => new(Fault.ModelNotSupported, $"'{_path}' cannot be followed: {why}.", _path,
        "Write a plan for the bundle's models/model.ts yourself and give both: -Model models/model.ts -Plan plan.json.");

    private double NumberOf(object value, string name) =>
        value is string text && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            && double.IsFinite(number) ? number : throw NotSupported($"'{name}' is not a number");

    private object Followed(object value, string name)
    {
        for (int i = 0; value is string text && text.StartsWith('@'); i++)
        {
            object? node = _root;
            foreach (string part in text[1..].Split(["#", "::"], StringSplitOptions.None))
                node = node switch
                {
                    Dictionary<string, object> map => map.GetValueOrDefault(part),
                    List<object> list when int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int at)
                        && at < list.Count => list[at],
                    _ => null,
                };
            value = node is not null && i < MostReferences ? node : throw NotSupported($"'{name}' refers to '{FileNames.Safe(text)}'");
        }
        return value is string expression && expression.StartsWith('$')
            ? throw NotSupported($"'{name}' is a Python expression, and none is evaluated") : value;
    }

    private object Node(Parser parser, int depth)
    {
        if (depth > Deepest) throw Damaged("it is nested too deep");
        if (parser.TryConsume<Scalar>(out var scalar)) return scalar.Value;
        if (parser.TryConsume<SequenceStart>(out _))
        {
            var list = new List<object>();
            while (!parser.TryConsume<SequenceEnd>(out _)) list.Add(Node(parser, depth + 1));
            return list;
        }
        if (!parser.TryConsume<MappingStart>(out _)) throw Damaged("it holds an alias, which no configuration needs");
        var map = new Dictionary<string, object>(StringComparer.Ordinal);
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            string key = parser.TryConsume<Scalar>(out var name) ? name.Value : throw Damaged("a name in it is no text");
            if (!map.TryAdd(key, Node(parser, depth + 1))) throw Damaged($"it names '{FileNames.Safe(key)}' twice");
        }
        return map;
    }

    private CoreException Damaged(string why, Exception? inner = null) =>
        new(Fault.ModelFormatUnknown, $"'{_path}' is no configuration of a bundle: {why}.", _path,
            "Copy the bundle again from its source.", inner);
}
