using System.Collections;
using System.Management.Automation;

namespace PancreasSeg.Tests;

public class HelpTests(ModuleRunspace module) : IClassFixture<ModuleRunspace>
{
    private static readonly HashSet<string> s_common = [.. Cmdlet.CommonParameters, .. Cmdlet.OptionalCommonParameters];

    private IEnumerable<CmdletInfo> Cmdlets() => module.Invoke("Get-Command -Module PancreasSeg -CommandType Cmdlet").Values.Cast<CmdletInfo>();

    private PSObject HelpOf(string name) => module.Invoke("Get-Help -Name $args[0] -Full", name).ThrowIfFailed().Output.Single();

    private static IEnumerable<PSObject> Items(object? value) => value switch
    {
        null => [],
        PSObject { BaseObject: IEnumerable list and not string } => Items(list),
        PSObject one => [one],
        IEnumerable list => list.Cast<object>().Select(PSObject.AsPSObject),
        _ => [PSObject.AsPSObject(value)],
    };

    private static object? Get(object? item, string name) => item is null ? null : PSObject.AsPSObject(item).Properties[name]?.Value;

    private static string Text(object? item) => string.Join('\n', Items(item).Select(p => Get(p, "Text") as string ?? p.ToString()));

    [Fact]
    public void Every_cmdlet_has_a_page_with_two_examples_or_more() => Assert.All(Cmdlets(), cmdlet =>
    {
        PSObject help = HelpOf(cmdlet.Name);
        Assert.Equal("MamlCommandHelpInfo", help.TypeNames[0].Split('#')[0]);
        Assert.NotEmpty(Text(Get(help, "description")));
        Assert.True(Items(Get(Get(help, "examples"), "example")).Count() >= 2, cmdlet.Name);
        Assert.NotEmpty(Items(Get(Get(help, "returnValues"), "returnValue")));
    });

    [Fact]
    public void Help_names_every_parameter_with_its_type_and_no_other() => Assert.All(Cmdlets(), cmdlet =>
    {
        IEnumerable<PSObject> described = Items(Get(Get(HelpOf(cmdlet.Name), "parameters"), "parameter"));
        Assert.Equal(
            cmdlet.Parameters.Values.Where(p => !s_common.Contains(p.Name)).Select(p => $"{p.Name} {Name(p.ParameterType)} {Aliases(p)}").Order(),
            described.Where(p => !s_common.Contains($"{Get(p, "name")}"))
                .Select(p => $"{Get(p, "name")} {Get(Get(p, "type"), "name")} {Get(p, "aliases")}").Order());
        Assert.All(described, p => Assert.NotEmpty(Text(Get(p, "description"))));
    });

    [Fact]
    public void Help_shows_the_parameter_sets_there_are() => Assert.All(Cmdlets(), cmdlet =>
        Assert.Equal(
            cmdlet.ParameterSets.Select(set => Shape(set.Parameters.Where(p => !s_common.Contains(p.Name)).Select(p => (p.Name, p.IsMandatory)))).Order(),
            Items(Get(Get(HelpOf(cmdlet.Name), "syntax"), "syntaxItem"))
                .Select(item => Shape(Items(Get(item, "parameter"))
                    .Select(p => ($"{Get(p, "name")}", $"{Get(p, "required")}" == "true"))
                    .Where(p => !s_common.Contains(p.Item1))))
                .Order()));

    [Theory]
    [InlineData("about_PancreasSeg")]
    public void About_topics_are_found(string topic) =>
        Assert.Contains("SHORT DESCRIPTION", module.Invoke("Get-Help -Name $args[0]", topic).Only<string>(), StringComparison.Ordinal);

    private static string Shape(IEnumerable<(string Name, bool Required)> parameters) =>
        string.Join(' ', parameters.OrderBy(p => p.Name).Select(p => p.Required ? $"-{p.Name}" : $"[-{p.Name}]"));

    // As PowerShell writes types: short for the well-known ones, without the namespace for the others.
    private static string Name(Type type) => type switch
    {
        { IsArray: true } => Name(type.GetElementType()!) + "[]",
        _ when Nullable.GetUnderlyingType(type) is Type inner => Name(inner),
        _ when type == typeof(SwitchParameter) => "SwitchParameter",
        _ when type == typeof(string) => "string",
        _ when type == typeof(int) => "int",
        _ when type == typeof(long) => "long",
        _ when type == typeof(double) => "double",
        _ when type == typeof(float) => "float",
        _ when type == typeof(bool) => "bool",
        _ => type.Name,
    };

    private static string Aliases(ParameterMetadata parameter) => parameter.Aliases.Count > 0 ? string.Join(", ", parameter.Aliases) : "none";
}
