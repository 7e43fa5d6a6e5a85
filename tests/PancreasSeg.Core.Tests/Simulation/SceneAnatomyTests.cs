using PancreasSeg.Simulation;
using static PancreasSeg.Core.Tests.Simulation.SceneTools;

namespace PancreasSeg.Core.Tests.Simulation;

/// <summary>What every abdomen has in common, checked on many simulated patients (LPS: x to the left, y to the back, z up).</summary>
[Collection(nameof(SceneGroup))]
public class SceneAnatomyTests(SceneFixture fixture)
{
    [Fact]
    public void Pancreas_is_one_piece_of_plausible_volume() => ForEach(scene =>
    {
        List<int> pieces = Components(scene, tissue => tissue is TissueClass.Pancreas or TissueClass.PancreaticDuct);
        Assert.True(pieces[0] >= 0.995 * pieces.Sum(), string.Join(' ', pieces));
        Assert.InRange(Measure(scene, PhantomLabel.Pancreas).Ml, 25, 140);
    });

    [Fact]
    public void Volumes_of_organs_are_plausible() => ForEach(scene =>
    {
        Assert.InRange(Measure(scene, PhantomLabel.Liver).Ml, 600, 3200);
        Assert.InRange(Measure(scene, PhantomLabel.Spleen).Ml, 50, 650);
        Assert.InRange(Measure(scene, PhantomLabel.LeftKidney).Ml, 40, 300);
        Assert.InRange(Measure(scene, PhantomLabel.RightKidney).Ml, 40, 300);
        Assert.InRange(Measure(scene, PhantomLabel.Stomach).Ml, 50, 1200);
        Assert.InRange(Measure(scene, PhantomLabel.Duodenum).Ml, 25, 200);
    });

    [Fact]
    public void Organs_lie_from_right_to_left_as_in_a_patient() => ForEach(scene =>
    {
        double X(PhantomLabel label) => Measure(scene, label).Centre.X;
        Assert.True(X(PhantomLabel.Liver) < X(PhantomLabel.Duodenum));
        Assert.True(X(PhantomLabel.Duodenum) < X(PhantomLabel.Pancreas));
        Assert.True(X(PhantomLabel.Pancreas) < X(PhantomLabel.Spleen));
        Assert.True(X(PhantomLabel.RightKidney) < X(PhantomLabel.LeftKidney));
        Vector3D cava = Measure(scene, PhantomLabel.InferiorVenaCava, -80, -30).Centre,
            aorta = Measure(scene, PhantomLabel.Aorta, -80, -30).Centre;
        Assert.True(cava.X < aorta.X);
    });

    [Fact]
    public void Organs_lie_from_front_to_back_as_in_a_patient() => ForEach(scene =>
    {
        double Y(PhantomLabel label) => Measure(scene, label, -30, 40).Centre.Y;
        Assert.True(Y(PhantomLabel.Stomach) < Y(PhantomLabel.Pancreas));
        Assert.True(Y(PhantomLabel.Pancreas) < Y(PhantomLabel.Aorta));
        Assert.True(Y(PhantomLabel.Aorta) < Measure(scene, tissue => tissue == TissueClass.SpinalCanal, -30, 40).Centre.Y - 20);
        Assert.True(Y(PhantomLabel.Pancreas) < Y(PhantomLabel.LeftKidney));
    });

    [Fact]
    public void Tail_reaches_towards_the_spleen_and_head_lies_right_of_the_midline() => ForEach(scene =>
    {
        double left = double.MinValue, right = double.MaxValue;
        for (int i = 0; i < scene.Classes.Length; i++)
        {
            if (scene.Classes[i] != (byte)TissueClass.Pancreas) continue;
            double x = scene.Grid.Origin.X + i % scene.Grid.Columns * scene.Grid.Spacing.X;
            (left, right) = (Math.Max(left, x), Math.Min(right, x));
        }
        Assert.InRange(left, 40, 125);
        Assert.InRange(right, -80, -20);
    });

    [Fact]
    public void Body_has_no_hole_and_nothing_but_arms_lies_beside_it() => ForEach(scene =>
    {
        Assert.InRange(Enclosed(scene, tissue => tissue is TissueClass.Air or TissueClass.Table), 0, 5);
        Assert.InRange(Components(scene, tissue => tissue is not (TissueClass.Air or TissueClass.Table)).Count(size => size > 20), 1, 3);
    });

    [Fact]
    public void Lungs_lie_above_the_liver_and_below_is_bowel() => ForEach(scene =>
    {
        Assert.True(Measure(scene, PhantomLabel.Lung).Centre.Z > Measure(scene, PhantomLabel.Liver).Centre.Z);
        Assert.True(Measure(scene, PhantomLabel.Bowel).Centre.Z < Measure(scene, PhantomLabel.Liver).Centre.Z);
        Assert.True(Measure(scene, PhantomLabel.Lung, double.MinValue, -20).Ml < 1);
    });

    [Fact]
    public void Patients_range_from_lean_to_obese()
    {
        double Share(Scene scene, TissueClass tissue) =>
            scene.Classes.Count(c => c == (byte)tissue) / (double)scene.Classes.Count(c => c != 0);
        List<double> inside = [.. fixture.Scenes.Select(scene => Share(scene, TissueClass.VisceralFat))];
        List<double> outside = [.. fixture.Scenes.Select(scene => Share(scene, TissueClass.SubcutaneousFat))];
        Assert.True(inside.Min() < 0.15 && inside.Max() > 0.25, $"{inside.Min()} {inside.Max()}");
        Assert.True(outside.Min() < 0.15 && outside.Max() > 0.3, $"{outside.Min()} {outside.Max()}");
    }

    private void ForEach(Action<Scene> check)
    {
        for (int seed = 0; seed < fixture.Scenes.Count; seed++)
        {
            try
            {
                check(fixture.Scenes[seed]);
            }
            catch (Exception e) when (e is Xunit.Sdk.XunitException)
            {
                Assert.Fail($"patient {seed}: {e.Message}");
            }
        }
    }
}
