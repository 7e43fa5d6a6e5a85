using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Inference;
using PancreasSeg.Network;
using PancreasSeg.Segmentation;
using PancreasSeg.Simulation;

namespace PancreasSeg.Core.Tests.Segmentation;

/// <summary>The starter model's first stage on a simulated patient whose voxels are turned without the header.</summary>
[Collection(TorchTests.Name)]
public class PancreasLocatorTests
{
    private static readonly CtVolume s_patient = CtPhantom.Create(
        new PhantomOptions { Seed = 900, Size = (80, 66, 48), Spacing = new(5, 5, 5), Phase = ContrastPhase.Native }).Image;

    [Theory]
    [InlineData(0, false, false, null)]
    [InlineData(0, false, true, "the liver lies below kidneys and bowel")]
    [InlineData(16, false, false, null)]
    [InlineData(16, false, true, "the liver lies below kidneys and bowel")]       // the upper two thirds, where no lung tells
    [InlineData(0, true, false, "front and back exchanged")]
    [InlineData(16, true, false, "front and back exchanged")]
    public void How_the_patient_lies_is_told_by_what_is_seen(int from, bool backInFront, bool headDown, string? expected)
    {
        VolumeGrid grid = VolumeGrid.Axial(80, 66, 48 - from, new(5, 5, 5));
        var hu = new short[grid.VoxelCount];
        for (int i = 0; i < hu.Length; i++)
        {
            (int x, int y, int z) = grid.VoxelOf(i);
            hu[i] = (short)s_patient.GetHu(x, backInFront ? 65 - y : y, headDown ? 47 - z : from + z);
        }
        PancreasModel model = ModelFile.Read(SampleData.InRepository("models", "pancreas-starter.safetensors")).Locator!;
        using var locator = new PancreasLocator(model, SegmentationEngines.Create(model, SegmentationEngineKind.Torch));
        var ct = new CtVolume(grid, hu, new("turned"));
        IReadOnlyList<string> doubts = locator.Find(ct, locator.Settle(grid, 0), null, default).Doubts;
        if (expected is null) Assert.Empty(doubts);
        else Assert.EndsWith(expected, Assert.Single(doubts), StringComparison.Ordinal);
    }
}
