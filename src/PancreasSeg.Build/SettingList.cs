using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace PancreasSeg.Build;

/// <summary>
/// Writes the keys of options records into help pages: what stands between <c>&lt;!-- keys of NAMESPACE.RECORD --&gt;</c>, behind
/// which some keys may be named, and <c>&lt;!-- end of keys --&gt;</c>. Names, types and defaults are the record's, the meaning is that
/// of its documentation comments.
/// </summary>
internal sealed partial class SettingList
{
    private readonly Assembly _assembly;
    private readonly Dictionary<string, XElement> _summaries;

    /// <summary>Knows the records of an assembly.</summary>
    /// <param name="assembly">The assembly.</param>
    /// <param name="documentation">The XML that the compiler wrote of its comments.</param>
    public SettingList(Assembly assembly, XDocument documentation)
    {
        _assembly = assembly;
        _summaries = documentation.Descendants("member").Where(m => m.Element("summary") is not null)
            .ToDictionary(m => m.Attribute("name")!.Value, m => m.Element("summary")!);
    }

    /// <summary>Brings every page of a folder up to date.</summary>
    /// <exception cref="InvalidDataException">A page names a record or a key that there is not.</exception>
    public static void Update(string assembly, string folder)
    {
        var list = new SettingList(Assembly.LoadFrom(Path.GetFullPath(assembly)), XDocument.Load(Path.ChangeExtension(assembly, ".xml")));
        foreach (string page in Directory.EnumerateFiles(folder, "*.md"))
        {
            string old = File.ReadAllText(page), text = list.Fill(old);
            if (text != old) File.WriteAllText(page, text);
        }
    }

    /// <summary>The page with the keys as they are.</summary>
    /// <exception cref="InvalidDataException">It names a record or a key that there is not.</exception>
    public string Fill(string page) => Marked().Replace(page, match =>
    {
        string name = match.Groups["type"].Value;
        Type type = _assembly.GetType(name) ?? throw new InvalidDataException($"There is no record '{name}'.");
        string[] names = match.Groups["keys"].Value.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries);
        PropertyInfo[] keys =
        [
            .. type.GetProperties().Where(p => p.SetMethod is { IsPublic: true } && (names.Length == 0 || names.Contains(p.Name)))
                .OrderBy(p => p.MetadataToken),
        ];
        if (names.Except(keys.Select(k => k.Name)).FirstOrDefault() is { } unknown)
            throw new InvalidDataException($"{type.Name} has no key '{unknown}'.");
        object defaults = Activator.CreateInstance(type)!;
        return $"{match.Groups["begin"].Value}\n\n{string.Join('\n', keys.Select(k => Line(k, defaults)))}\n\n{match.Groups["end"].Value}";
    });

    private string Line(PropertyInfo key, object defaults)
    {
        string meaning = _summaries.TryGetValue($"P:{key.DeclaringType!.FullName}.{key.Name}", out XElement? summary) ? Plain(summary)
            : throw new InvalidDataException($"{key.DeclaringType.FullName}.{key.Name} has no documentation comment.");
        string @default = key.GetValue(defaults) is { } value ? $", {Text(value)} by default" : "";
        return $"- {key.Name} ({TypeName(Nullable.GetUnderlyingType(key.PropertyType) ?? key.PropertyType)}{@default}): {meaning}";
    }

    private static string TypeName(Type type) =>
        type.IsEnum ? string.Join(" | ", Enum.GetNames(type))
        : type == typeof(bool) ? "bool"
        : type == typeof(int) ? "int"
        : type == typeof(double) ? "double"
        : type == typeof(string) ? "string"
        : type.IsGenericType ? $"{TypeName(type.GetGenericArguments()[0])}[]"
        : throw new InvalidDataException($"A key of the type {type} cannot be described.");

    private static string Text(object value) => value switch
    {
        string text => text,
        bool flag => flag ? "$true" : "$false",
        double number => number.ToString(Math.Round(number, 3) == 0 ? "0.######" : "0.###", CultureInfo.InvariantCulture),
        IEnumerable list => string.Join(", ", list.Cast<object>().Select(Text)),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static string Plain(XElement summary) => Spaces().Replace(string.Concat(summary.Nodes().Select(node => node switch
    {
        XElement see when see.Attribute("cref") is { } target => target.Value[(target.Value.LastIndexOf('.') + 1)..],
        XElement other => other.Value,
        _ => ((XText)node).Value,
    })), " ").Trim();

    [GeneratedRegex(@"(?<begin><!-- keys of (?<type>[\w.]+)(: (?<keys>[\w, ]+))? -->).*?(?<end><!-- end of keys -->)",
        RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Marked();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
