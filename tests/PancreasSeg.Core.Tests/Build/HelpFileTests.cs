using System.Xml.Linq;
using PancreasSeg.Build;

namespace PancreasSeg.Core.Tests.Build;

public class HelpFileTests
{
    private const string Page = """
        ---
        external help file: anything
        ---
        # Get-Thing

        ## SYNOPSIS
        Gets a `thing`.

        ## SYNTAX

        ### Path (default)
        ```
        Get-Thing [-Path] <string[]> [[-Size] <int>] [-Unit <Unit>] -Kind <Kind>
            [-Force] [<CommonParameters>]
        ```

        ### All
        ```
        Get-Thing -All [<CommonParameters>]
        ```

        ## DESCRIPTION
        First line
        goes on.

        Second, see [the page](https://example.org/x).

        - one
        - two

        ## EXAMPLES

        ### Example 1: the usual
        Before.

        ```powershell
        ## not a heading
        Get-Thing a | Get-Thing -Force
        ```

        After.

        ## PARAMETERS

        ### -Path
        Where it lies. `*` is allowed.

        ```yaml
        Type: string[]
        Required: true
        Position: 0
        Accept pipeline input: ByValue, ByPropertyName
        Accept wildcards: true
        Aliases: PSPath, LP
        ```

        ### -Size
        How big.

        ```yaml
        Type: int
        Position: 1
        Default: 3
        ```

        ### -Unit
        Of the size.

        ```yaml
        Type: Unit
        ```

        ### -Kind
        Which.

        ```yaml
        Type: Kind
        Required: true
        ```

        ### -Force
        Even so.

        ```yaml
        Type: SwitchParameter
        ```

        ### -All
        Every one.

        ```yaml
        Type: SwitchParameter
        Required: true
        ```

        ### CommonParameters
        The usual.

        ## INPUTS

        ### System.String

        ## OUTPUTS

        ### PancreasSeg.Thing
        One for each.

        ## NOTES
        None.

        ## RELATED LINKS
        [Set-Thing](Set-Thing.md)
        [Site](https://example.org)
        """;

    private static readonly XElement s_help = HelpFile.Command(HelpPage.Parse("Get-Thing", Page));

    private static IEnumerable<XElement> All(XElement root, string name) => root.Descendants().Where(e => e.Name.LocalName == name);

    private static string Value(XElement root, string name) => All(root, name).First().Value;

    [Fact]
    public void Name_verb_and_texts_arrive_without_markdown()
    {
        Assert.Equal(("Get-Thing", "Get", "Thing"), (Value(s_help, "name"), Value(s_help, "verb"), Value(s_help, "noun")));
        XElement[] descriptions = [.. All(s_help, "description")];
        Assert.Equal("Gets a thing.", descriptions[0].Value);
        Assert.Equal(["First line goes on.", "Second, see the page (https://example.org/x).", "- one\n- two"],
            All(descriptions[1], "para").Select(p => p.Value));
    }

    [Fact]
    public void Each_code_block_of_the_syntax_is_a_parameter_set()
    {
        XElement[] sets = [.. All(s_help, "syntaxItem")];
        Assert.Equal(2, sets.Length);
        Assert.Equal(
            [("Path", "true", "0"), ("Size", "false", "1"), ("Unit", "false", "named"), ("Kind", "true", "named"),
                ("Force", "false", "named")],
            All(sets[0], "parameter").Select(p => (Value(p, "name"), p.Attribute("required")!.Value, p.Attribute("position")!.Value)));
        Assert.Equal([("All", "true")], All(sets[1], "parameter").Select(p => (Value(p, "name"), p.Attribute("required")!.Value)));
    }

    [Fact]
    public void Parameters_carry_what_their_yaml_block_says()
    {
        XElement[] parameters = [.. All(s_help, "parameters").Single().Elements()];
        Assert.Equal(["Path", "Size", "Unit", "Kind", "Force", "All"], parameters.Select(p => Value(p, "name")));
        XElement path = parameters[0];
        Assert.Equal("True (ByValue, ByPropertyName)", path.Attribute("pipelineInput")!.Value);
        Assert.Equal(("true", "PSPath, LP", "true"),
            (path.Attribute("globbing")!.Value, path.Attribute("aliases")!.Value, path.Attribute("variableLength")!.Value));
        Assert.Equal("Where it lies. * is allowed.", Value(path, "description"));
        Assert.Equal(["None", "3", "None", "None", "False", "False"], parameters.Select(p => Value(p, "defaultValue")));
    }

    [Fact]
    public void Examples_keep_their_code_as_it_is()
    {
        XElement example = All(s_help, "example").Single();
        Assert.Contains("Example 1: the usual", Value(example, "title"), StringComparison.Ordinal);
        Assert.Equal(("Before.", "## not a heading\nGet-Thing a | Get-Thing -Force", "After."),
            (Value(example, "introduction"), Value(example, "code"), Value(example, "remarks")));
    }

    [Fact]
    public void Types_and_links_arrive()
    {
        Assert.Equal("System.String", Value(All(s_help, "inputTypes").Single(), "name"));
        XElement output = All(s_help, "returnValue").Single();
        Assert.Equal(("PancreasSeg.Thing", "One for each."), (Value(output, "name"), Value(output, "description")));
        Assert.Equal([("Set-Thing", ""), ("Site", "https://example.org")],
            All(s_help, "navigationLink").Select(l => (Value(l, "linkText"), Value(l, "uri"))));
    }

    [Theory]
    [InlineData("# Get-Thing", "# Get-Other", "Get-Other")]
    [InlineData("## SYNOPSIS", "## SUMMARY", "SUMMARY")]
    [InlineData("## NOTES", "## INPUTS", "twice")]
    [InlineData("### -Unit", "### -Units", "-Unit")]
    [InlineData("Default: 3", "Defalt: 3", "Defalt")]
    public void A_page_that_breaks_the_form_is_refused_by_name(string text, string instead, string complaint)
    {
        var e = Assert.Throws<InvalidDataException>(() =>
            HelpFile.Command(HelpPage.Parse("Get-Thing", Page.Replace(text, instead, StringComparison.Ordinal))));
        Assert.StartsWith("Get-Thing:", e.Message, StringComparison.Ordinal);
        Assert.Contains(complaint, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_pages_named_like_a_cmdlet_are_taken()
    {
        string folder = Directory.CreateTempSubdirectory("help").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "Get-Thing.md"), Page);
            File.WriteAllText(Path.Combine(folder, "model-card.md"), "# Something else");
            string output = Path.Combine(folder, "en-US", "help.xml");
            HelpFile.Build(folder, output);
            Assert.Single(XDocument.Load(output).Root!.Elements());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
