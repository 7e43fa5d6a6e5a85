using PancreasSeg.Numerics;
using PancreasSeg.Simulation;

namespace PancreasSeg.Core.Tests.Simulation;

[Collection(nameof(SceneGroup))]
public class RendererTests(SceneFixture fixture)
{
    [Theory]
    [InlineData(ContrastPhase.Native, 12, 70, 36, 58, 28, 54, 22, 42, -80, 52)]
    [InlineData(ContrastPhase.Arterial, 20, 92, 82, 160, 205, 405, 110, 225, -40, 135)]
    [InlineData(ContrastPhase.PortalVenous, 50, 134, 96, 146, 115, 190, 135, 220, -40, 124)]
    [InlineData(ContrastPhase.Delayed, 35, 108, 68, 106, 78, 130, 105, 180, -50, 90)]
    public void Organs_have_the_HU_of_their_phase(
        ContrastPhase phase, double liverLow, double liverHigh, double spleenLow, double spleenHigh,
        double aortaLow, double aortaHigh, double cortexLow, double cortexHigh, double pancreasLow, double pancreasHigh)
    {
        for (int k = 0; k < 6; k++)
        {
            RenderedScene image = Render(fixture.Scenes[k], phase, 0, 100 + k);
            Assert.InRange(MeanInside(image, TissueClass.Liver), liverLow, liverHigh);
            Assert.InRange(MeanInside(image, TissueClass.Spleen), spleenLow, spleenHigh);
            Assert.InRange(MeanInside(image, TissueClass.Aorta), aortaLow, aortaHigh);
            Assert.InRange(MeanInside(image, TissueClass.RightKidneyCortex), cortexLow, cortexHigh);
            Assert.InRange(MeanInside(image, TissueClass.Pancreas), pancreasLow, pancreasHigh);
            Assert.InRange(MeanInside(image, TissueClass.SubcutaneousFat), -125, -85);
            Assert.InRange(MeanInside(image, TissueClass.Lung), -1000, -700);
        }
    }

    [Theory]
    [InlineData(6)]
    [InlineData(20)]
    public void Noise_has_the_asked_deviation_in_the_middle_of_the_body(float noiseHu)
    {
        RenderedScene clean = Render(fixture.Scenes[1], ContrastPhase.Native, 0, 3),
            noisy = Render(fixture.Scenes[1], ContrastPhase.Native, noiseHu, 3);
        double sum = 0, squares = 0, count = 0;
        for (int i = 0; i < clean.Hu.Length; i++)
        {
            if (clean.Classes[i] != (byte)TissueClass.Aorta) continue;
            double difference = noisy.Hu[i] - clean.Hu[i];
            (sum, squares, count) = (sum + difference, squares + difference * difference, count + 1);
        }
        Assert.True(count > 300);
        Assert.InRange(sum / count, -0.15 * noiseHu, 0.15 * noiseHu);
        Assert.InRange(Math.Sqrt(squares / count), 0.85 * noiseHu, 1.2 * noiseHu);
    }

    [Fact]
    public void Outside_body_and_table_is_air()
    {
        RenderedScene image = Render(fixture.Scenes[2], ContrastPhase.PortalVenous, 0, 4);
        VolumeGrid g = image.Grid;
        for (int k = 0; k < g.Slices; k++)
            for (int j = 3; j < g.Rows - 3; j++)
                for (int i = 3; i < g.Columns - 3; i++)
                {
                    bool far = true;
                    for (int d = -3; d <= 3 && far; d++)
                        far = image.Classes[g.IndexOf(i + d, j, k)] == 0 && image.Classes[g.IndexOf(i, j + d, k)] == 0
                            && image.Classes[g.IndexOf(i, j, Math.Clamp(k + d, 0, g.Slices - 1))] == 0;
                    if (far) Assert.InRange(image.Hu[g.IndexOf(i, j, k)], -1030, -850);
                }
    }

    [Fact]
    public void Thick_slices_average_thin_ones()
    {
        Scene scene = fixture.Scenes[3];
        Appearance look = Appearance.Sample(ContrastPhase.Native, 0.5f, new SeededRandom(8));
        VolumeGrid thin = VolumeGrid.Axial(80, 70, 8, new(4, 4, 3), new(-158, -140, 0)),
            thick = VolumeGrid.Axial(80, 70, 2, new(4, 4, 12), new(-158, -140, 4.5));
        float[] a = Renderer.Render(scene, thin, look, SceneDeformation.None, 0, new SeededRandom(1)).Hu,
            b = Renderer.Render(scene, thick, look, SceneDeformation.None, 0, new SeededRandom(1)).Hu;
        double meanError = 0;
        for (int i = 0; i < b.Length; i++)
        {
            int slice = i / 5600, pixel = i % 5600;
            double average = Enumerable.Range(0, 4).Average(k => a[pixel + 5600 * (4 * slice + k)]);
            meanError += Math.Abs(average - b[i]) / b.Length;
        }
        // Texture is drawn per slice; edges through the thickness must agree.
        Assert.InRange(meanError, 0, 12);
    }

    [Fact]
    public void One_scene_renders_as_many_deformed_patients()
    {
        Scene scene = fixture.Scenes[0];
        var volumes = new List<double>();
        for (ulong k = 0; k < 4; k++)
        {
            var random = new SeededRandom(k);
            SceneDeformation deformation = SceneDeformation.Sample(scene.PancreasCentre, random);
            VolumeGrid grid = Around(scene);
            Appearance look = Appearance.Sample(ContrastPhase.Native, 0.5f, random);
            RenderedScene image = Renderer.Render(scene, grid, look, deformation, 5, random);
            volumes.Add(image.Classes.Count(c => c == (byte)TissueClass.Pancreas) * grid.VoxelVolume / 1000);
        }
        double original = SceneTools.Measure(scene, PhantomLabel.Pancreas).Ml;
        Assert.All(volumes, ml => Assert.InRange(ml, 0.45 * original, 2.6 * original));
        Assert.Equal(volumes.Count, volumes.Distinct().Count());
    }

    [Fact]
    public void Without_deformation_the_classes_are_the_scenes()
    {
        Scene scene = fixture.Scenes[0];
        RenderedScene image = Renderer.Render(
            scene, scene.Grid, Appearance.Sample(ContrastPhase.Native, 0.5f, NoCircle()), SceneDeformation.None, 0, new SeededRandom(1));
        Assert.True(image.Classes.AsSpan().SequenceEqual(scene.Classes));
    }

    private static SeededRandom NoCircle()
    {
        for (ulong seed = 0; ; seed++)
            if (!Appearance.Sample(ContrastPhase.Native, 0.5f, new SeededRandom(seed)).HasCircle) return new SeededRandom(seed);
    }

    private static VolumeGrid Around(Scene scene) =>
        VolumeGrid.Axial(110, 100, 55, new(3.5, 3.5, 4), new(scene.BodyCentre.X - 191, scene.BodyCentre.Y - 173, -96));

    private static RenderedScene Render(Scene scene, ContrastPhase phase, float noiseHu, int seed) =>
        Renderer.Render(scene, Around(scene), Appearance.Sample(phase, 0.5f, new SeededRandom((ulong)seed)), SceneDeformation.None, noiseHu,
            new SeededRandom((ulong)seed + 1));

    /// <summary>Mean over voxels whose neighbours in the slice are of the same class.</summary>
    private static double MeanInside(RenderedScene image, TissueClass tissue)
    {
        VolumeGrid g = image.Grid;
        double sum = 0, count = 0;
        for (int k = 1; k < g.Slices - 1; k++)
            for (int j = 1; j < g.Rows - 1; j++)
                for (int i = 1; i < g.Columns - 1; i++)
                {
                    int at = g.IndexOf(i, j, k);
                    bool Same(int other) => image.Classes[other] == (byte)tissue;
                    if (Same(at) && Same(at - 1) && Same(at + 1) && Same(at - g.Columns) && Same(at + g.Columns))
                        (sum, count) = (sum + image.Hu[at], count + 1);
                }
        Assert.True(count > 0, $"no inside of {tissue}");
        return sum / count;
    }
}
