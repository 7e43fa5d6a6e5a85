using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Network;
using PancreasSeg.Preprocess;
using PancreasSeg.Segmentation;
using PancreasSeg.Simulation;

namespace PancreasSeg.Core.Tests.Segmentation;

[Collection(TorchTests.Name)]
public class EngineComparisonTests
{
    private static readonly VolumeGrid s_grid = VolumeGrid.Axial(40, 40, 24, new(4, 4, 4));
    private static readonly PreprocessPlan s_whole = new() { Spacing = [4, 4, 4] },
        s_box = new() { Spacing = [4, 4, 4], BoxSize = [64, 64, 64] };

    [Fact]
    public void A_trained_network_with_instance_norm_says_the_same_in_both_engines()
    {
        PancreasModel locator = ModelFile.Read(SampleData.InRepository("models", "pancreas-starter.safetensors")).Locator!;
        EngineComparison compared = EngineComparison.Run(locator, CtPhantom.Create(new PhantomOptions { Seed = 3 }).Image, threadCount: 2);
        Assert.Equal(NetworkNorm.Instance, locator.Network.Norm);
        Assert.InRange(compared.MaxDifference, 0, EngineComparison.Tolerance);
        Assert.True(compared.IsEqual);
        Assert.InRange(compared.Dice, 0.999, 1);
        Assert.True(compared.VolumeMl > 0);
        Assert.Equal(("TorchSharp", "OnnxRuntime", 1), (compared.Reference.Engine, compared.Other.Engine, compared.Runs));
    }

    [Fact]
    public void Every_input_of_both_stages_is_compared()
    {
        PancreasModel model = BrightTissueModel.Create(60, s_box).WithLocator(BrightTissueModel.Create(60, s_whole));
        EngineComparison compared = EngineComparison.Run(model, Ct(), threadCount: 1);
        Assert.Equal(2 + 1, compared.Runs);
        Assert.Equal(2 * 48 * 48 * 24 + 16 * 16 * 16, compared.VoxelCount);
        Assert.True(compared.IsEqual);
        Assert.Equal(1, compared.Dice);
    }

    [Fact]
    public void Differences_are_measured_and_reach_the_mask()
    {
        PancreasModel model = BrightTissueModel.Create(60, s_whole);
        EngineComparison compared =
            EngineComparison.Run(model, Ct(), _ => new FakeEngine(v => v > 0.05f ? 1 : 0), _ => new FakeEngine(v => v > 0.05f ? 0.75f : 0));
        Assert.Equal(0.25, compared.MaxDifference, 6);
        Assert.InRange(compared.MeanDifference, 0.001, 0.25);
        Assert.False(compared.IsEqual);
        Assert.Equal(0, EngineComparison.Run(model, Ct(), _ => new FakeEngine(v => v > 0.05f ? 1 : 0), _ => new FakeEngine(_ => 0)).Dice);
        Assert.Equal(double.PositiveInfinity,
            EngineComparison.Run(model, Ct(), _ => new FakeEngine(_ => 0), _ => new FakeEngine(_ => float.NaN)).MaxDifference);
    }

    private static CtVolume Ct()
    {
        var hu = new short[s_grid.VoxelCount];
        for (int i = 0; i < hu.Length; i++)
        {
            Vector3D p = s_grid.Affine.Apply(new(i % s_grid.Columns, i / s_grid.Columns % s_grid.Rows, i / (s_grid.Columns * s_grid.Rows)));
            hu[i] = (short)((p - new Vector3D(80, 80, 48)).Length < 20 ? 150 : -50);
        }
        return new CtVolume(s_grid, hu, new("ball"));
    }
}
