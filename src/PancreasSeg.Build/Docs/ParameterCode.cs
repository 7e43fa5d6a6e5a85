using System.Collections.ObjectModel;
using System.Reflection;

namespace PancreasSeg.Build;

/// <summary>One [Parameter] attribute: how a parameter is bound in one set, or in all.</summary>
internal sealed record ParameterUse(string? Set, bool IsMandatory, int? Position, bool ByValue, bool ByPropertyName);

/// <summary>A parameter as the class of its cmdlet declares it.</summary>
/// <param name="Name">Without the dash.</param>
/// <param name="Type">As PowerShell writes it.</param>
/// <param name="OtherNames">Its aliases.</param>
/// <param name="HasWildcards">Whether [SupportsWildcards] stands there.</param>
/// <param name="Uses">Its [Parameter] attributes.</param>
internal sealed record ParameterCode(
    string Name, string Type, IReadOnlyList<string> OtherNames, bool HasWildcards, IReadOnlyList<ParameterUse> Uses)
{
    /// <summary>A property that is a parameter; null for any other.</summary>
    public static ParameterCode? Read(PropertyInfo property)
    {
        ParameterUse[] uses = [.. property.GetCustomAttributesData().Where(a => a.AttributeType.Name == "ParameterAttribute").Select(Use)];
        return uses.Length == 0 ? null
            : new ParameterCode(property.Name, NameOf(property.PropertyType), Aliases(property),
                Attribute(property, "SupportsWildcardsAttribute") is not null, uses);
    }

    /// <summary>How it is bound in a set; null where it is not in it.</summary>
    public ParameterUse? UseIn(string? set) => Uses.FirstOrDefault(u => u.Set is null || u.Set == set);

    /// <summary>What stands in a command line of help; what may be left out stands in brackets.</summary>
    public string Syntax(ParameterUse use)
    {
        string name = use.Position is null ? $"-{Name}" : $"[-{Name}]", text = Type == "SwitchParameter" ? name : $"{name} <{Type}>";
        return use.IsMandatory ? text : $"[{text}]";
    }

    /// <summary>The lines of a page that differ from what a page need not say.</summary>
    public IEnumerable<string> Facts()
    {
        string[] pipeline = [.. Uses.Any(u => u.ByValue) ? ["ByValue"] : Array.Empty<string>(),
            .. Uses.Any(u => u.ByPropertyName) ? ["ByPropertyName"] : Array.Empty<string>()];
        yield return $"Type: {Type}";
        if (Uses.All(u => u.IsMandatory)) yield return "Required: true";
        if (Uses.FirstOrDefault(u => u.Position is not null) is { } placed) yield return $"Position: {placed.Position}";
        if (pipeline.Length > 0) yield return $"Accept pipeline input: {string.Join(", ", pipeline)}";
        if (HasWildcards) yield return "Accept wildcards: true";
        if (OtherNames.Count > 0) yield return $"Aliases: {string.Join(", ", OtherNames)}";
    }

    /// <summary>The attribute of that name, if it is there.</summary>
    public static CustomAttributeData? Attribute(MemberInfo member, string name) =>
        member.GetCustomAttributesData().FirstOrDefault(a => a.AttributeType.Name == name);

    /// <summary>A named argument of an attribute.</summary>
    public static object? Named(CustomAttributeData attribute, string name) =>
        attribute.NamedArguments.FirstOrDefault(a => a.MemberName == name).TypedValue.Value;

    /// <summary>Names in [Alias].</summary>
    public static IReadOnlyList<string> Aliases(MemberInfo member) =>
        Attribute(member, "AliasAttribute")?.ConstructorArguments[0].Value is ReadOnlyCollection<CustomAttributeTypedArgument> names
            ? [.. names.Select(n => (string)n.Value!)]
            : [];

    private static ParameterUse Use(CustomAttributeData attribute) => new(
        Named(attribute, "ParameterSetName") as string, Named(attribute, "Mandatory") is true, Named(attribute, "Position") as int?,
        Named(attribute, "ValueFromPipeline") is true, Named(attribute, "ValueFromPipelineByPropertyName") is true);

    private static string NameOf(Type type) => type switch
    {
        { IsArray: true } => NameOf(type.GetElementType()!) + "[]",
        { Name: "Nullable`1" } => NameOf(type.GenericTypeArguments[0]),
        { FullName: "System.String" } => "string",
        { FullName: "System.Int32" } => "int",
        { FullName: "System.Int64" } => "long",
        { FullName: "System.Double" } => "double",
        { FullName: "System.Single" } => "float",
        { FullName: "System.Boolean" } => "bool",
        _ => type.Name,
    };
}
