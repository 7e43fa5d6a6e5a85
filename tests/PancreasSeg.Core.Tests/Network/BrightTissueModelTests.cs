using PancreasSeg.Network;

namespace PancreasSeg.Core.Tests.Network;

public class BrightTissueModelTests
{
    /// <summary>The fixture that the module's and the Pester tests use; set PANCREASSEG_WRITE_FIXTURES=1 to write it anew.</summary>
    [Fact]
    public void The_fixture_is_what_this_code_makes()
    {
        string fixture = SampleData.InRepository("tests", "Fixtures", "bright-tissue.safetensors");
        using var folder = new TemporaryFolder();
        string made = folder.File("made.safetensors");
        ModelFile.Write(BrightTissueModel.Create(BrightTissueModel.FixtureHu, BrightTissueModel.FixturePlan), made);
        if (Environment.GetEnvironmentVariable("PANCREASSEG_WRITE_FIXTURES") == "1") File.Copy(made, fixture, overwrite: true);
        Assert.Equal(File.ReadAllBytes(made), File.ReadAllBytes(fixture));
    }
}
