using PancreasSeg.Network;
using PancreasSeg.Simulation;
using PancreasSeg.Training;

namespace PancreasSeg.Core.Tests.Training;

public sealed class SimulatedCasesTests
{
    [Fact]
    public void A_locator_sees_scans_without_a_pancreas_and_a_refiner_none()
    {
        double[] located = Millilitres(ModelStage.Locator, 60), refined = Millilitres(ModelStage.Refiner, 12);
        Assert.InRange(located.Count(ml => ml == 0), 6, 24);
        Assert.InRange(located.Count(ml => ml > 12), 36, 54);
        Assert.All(refined, ml => Assert.True(ml > 1, $"{ml} mL"));
    }

    [Fact]
    public void What_is_no_trunk_shows_other_tissue_and_air_and_no_organ_of_the_abdomen()
    {
        for (ulong seed = 0; seed < 12; seed++)
        {
            Scene scene = OtherScene.Draw(new(seed));
            Assert.DoesNotContain((byte)TissueClass.Pancreas, scene.Classes);
            Assert.InRange(scene.Classes.Count(c => c == (byte)TissueClass.Air) / (double)scene.Classes.Length, 0.3, 0.99);
            Assert.True(scene.Classes.AsSpan().SequenceEqual(OtherScene.Draw(new(seed)).Classes));
        }
    }

    private static double[] Millilitres(ModelStage stage, int count)
    {
        var source = new SimulatedCases(new SimulationOptions { Stage = stage, Patients = 2 });
        return [.. Enumerable.Range(0, count).Select(i => source.Create(i, default).Label.VolumeMl((byte)PhantomLabel.Pancreas))];
    }
}
