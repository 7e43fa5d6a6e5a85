using System.Runtime.CompilerServices;
using System.Xml.Linq;
using PancreasSeg.Build;
using PancreasSeg.Training;

namespace PancreasSeg.Core.Tests.Build;

public class SettingListTests
{
    private static SettingList Keys { get; } =
        new(typeof(TrainingOptions).Assembly, XDocument.Load(Path.ChangeExtension(typeof(TrainingOptions).Assembly.Location, ".xml")));

    public static TheoryData<string> Pages() => [.. Directory.GetFiles(Docs(), "*.md").Select(f => Path.GetFileName(f)!)];

    private static string Docs([CallerFilePath] string thisFile = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", "..", "docs"));

    /// <summary>When this fails: dotnet build src/PancreasSeg -c Release -t:UpdateDocs.</summary>
    [Theory]
    [MemberData(nameof(Pages))]
    public void Pages_hold_the_keys_that_the_records_have(string page)
    {
        string text = File.ReadAllText(Path.Combine(Docs(), page)).ReplaceLineEndings("\n");
        Assert.Equal(Keys.Fill(text), text);
    }

    [Fact]
    public void A_key_stands_with_what_it_takes_its_default_and_its_meaning()
    {
        const string page = "before\n<!-- keys of PancreasSeg.Training.StopRule -->old<!-- end of keys -->\n"
            + "<!-- keys of PancreasSeg.Network.NetworkSpec: Norm --><!-- end of keys -->after";
        string text = Keys.Fill(page);
        const string first = "before\n<!-- keys of PancreasSeg.Training.StopRule -->\n\n- Patience (int): Validations without a better one";
        Assert.StartsWith(first, text, StringComparison.Ordinal);
        Assert.Contains("\n- MinDelta (double, 0 by default): A validation is better when", text, StringComparison.Ordinal);
        Assert.Contains("\n- Norm (None | Instance, None by default): Normalisation", text, StringComparison.Ordinal);
        Assert.DoesNotContain("old", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Filters", text, StringComparison.Ordinal);
        Assert.EndsWith("<!-- end of keys -->after", text, StringComparison.Ordinal);
        Assert.Equal(text, Keys.Fill(text));
    }

    [Theory]
    [InlineData("<!-- keys of PancreasSeg.Training.Nothing --><!-- end of keys -->")]
    [InlineData("<!-- keys of PancreasSeg.Training.StopRule: Nothing --><!-- end of keys -->")]
    public void What_there_is_not_is_refused(string page) => Assert.Throws<InvalidDataException>(() => Keys.Fill(page));
}
