using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace PancreasSeg.Build;

/// <summary>Summaries out of the documentation file that the compiler writes beside an assembly.</summary>
internal sealed partial class DocComments(string path)
{
    private readonly XElement[] _members = [.. XDocument.Load(path).Descendants("member")];

    /// <summary>Names, summaries and remarks of an enum's values or a class's fields, in the order of the source.</summary>
    public IEnumerable<(string Name, string Summary, string Remarks)> Fields(string type) =>
        from member in _members
        let name = (string?)member.Attribute("name") ?? ""
        where name.StartsWith($"F:{type}.", StringComparison.Ordinal)
        select (name[(type.Length + 3)..], Text(member.Element("summary")!), Text(member.Element("remarks")));

    private static string Text(XElement? comment) =>
        Blanks()
            .Replace(string.Concat((comment?.Nodes() ?? [])
                .Select(node => node is XElement see ? $"`{((string?)see.Attribute("cref"))?.Split('.')[^1]}`" : $"{node}")), " ").Trim();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
