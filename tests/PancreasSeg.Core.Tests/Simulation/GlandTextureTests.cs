using PancreasSeg.Numerics;
using PancreasSeg.Simulation;

namespace PancreasSeg.Core.Tests.Simulation;

[Collection(nameof(SceneGroup))]
public sealed class GlandTextureTests(SceneFixture fixture)
{
    [Theory]
    [InlineData(ContrastPhase.PortalVenous, 0f, 0.88)]
    [InlineData(ContrastPhase.PortalVenous, 1f, 0.45)]
    [InlineData(ContrastPhase.Arterial, 0.4f, 0.665)]
    [InlineData(ContrastPhase.Native, 0f, 0.75)]
    [InlineData(ContrastPhase.Native, 0.9f, 0.12)]
    public void Lean_and_enhanced_patients_have_even_glands(ContrastPhase phase, float visceralFat, double share)
    {
        var random = new SeededRandom(3);
        int even = Enumerable.Range(0, 4000).Count(_ => GlandTexture.DrawEven(phase, visceralFat, random) is not null);
        Assert.InRange(even / 4000.0, share - 0.03, share + 0.03);
    }

    /// <summary>Within a real gland, portal-venous, at 3 mm: a deviation of 9 to 14 HU and no more than 0.6 % below 0 HU.</summary>
    [Fact]
    public void An_even_gland_scatters_as_a_real_one_and_a_mottled_one_more()
    {
        (double deviation, double fat) = InGland(look => look.Take(new GlandTexture(0.003f, 7)));
        Assert.InRange(deviation, 4, 15);
        Assert.InRange(fat, 0, 0.006);
        (deviation, fat) = InGland(look => look.Take(new GlandTexture(0.08f, 7)));
        Assert.True(deviation > 25 && fat > 0.05, $"{deviation} HU, {fat:P}");
    }

    /// <summary>What is mostly fat is no gland to a reader of CTs: the mask of a mottled gland shrinks, that of an even one
    /// hardly.</summary>
    [Fact]
    public void Where_parenchyma_counts_alone_what_is_mostly_fat_is_no_gland_but_for_pixels_in_its_midst()
    {
        RenderedScene whole = Gland(0.3f, parenchymaOnly: false), parenchyma = Gland(0.3f, parenchymaOnly: true);
        Appearance look = Look();
        float middle = 0.5f * (look.Hu[(int)TissueClass.Pancreas] + look.Hu[(int)TissueClass.VisceralFat]);
        (int columns, int rows) = (whole.Grid.Columns, whole.Grid.Rows);
        int fat = 0, gland = 0;
        for (int at = 0; at < whole.Hu.Length; at++)
        {
            if (whole.Classes[at] != (byte)TissueClass.Pancreas) continue;
            int x = at % columns, y = at / columns % rows, slice = at / (columns * rows);
            float[] near = [.. from dy in new[] { -1, 0, 1 } from dx in new[] { -1, 0, 1 }
                               where x + dx >= 0 && x + dx < columns && y + dy >= 0 && y + dy < rows
                               let other = x + dx + columns * (y + dy + rows * slice)
                               where whole.Classes[other] == (byte)TissueClass.Pancreas
                               select whole.Hu[other]];
            bool isFat = near.Average() < middle || (near.Length < 9 && whole.Hu[at] < middle);
            (fat, gland) = isFat ? (fat + 1, gland) : (fat, gland + 1);
            Assert.Equal(isFat ? TissueClass.VisceralFat : TissueClass.Pancreas, (TissueClass)parenchyma.Classes[at]);
        }
        Assert.True(fat > 0.1 * gland, $"{fat} beside {gland}");
        Assert.Equal(whole.Hu, parenchyma.Hu);
        int even = Count(Gland(0.001f, parenchymaOnly: false)), left = Count(Gland(0.001f, parenchymaOnly: true));
        Assert.InRange(left, 0.9 * even, even);

        static int Count(RenderedScene image) => image.Classes.Count(c => c == (byte)TissueClass.Pancreas);

        RenderedScene Gland(float fat, bool parenchymaOnly)
        {
            Appearance look = Look();
            look.Take(new GlandTexture(fat, 0));
            look.ParenchymaOnly = parenchymaOnly;
            return Render(look, noiseHu: 0);
        }
    }

    private static Appearance Look() => Appearance.Sample(ContrastPhase.PortalVenous, 0.3f, new SeededRandom(5));

    private RenderedScene Render(Appearance look, float noiseHu)
    {
        Scene scene = fixture.Scenes[1];
        VolumeGrid grid = VolumeGrid.Axial(90, 70, 40, new(3, 3, 3),
            new(scene.PancreasCentre.X - 135, scene.PancreasCentre.Y - 105, scene.PancreasCentre.Z - 60));
        return Renderer.Render(scene, grid, look, SceneDeformation.None, noiseHu, new SeededRandom(6));
    }

    private (double Deviation, double Fat) InGland(Action<Appearance> change)
    {
        Appearance look = Look();
        change(look);
        RenderedScene image = Render(look, noiseHu: 4);
        VolumeGrid grid = image.Grid;
        var inside = new List<double>();
        for (int k = 1; k < grid.Slices - 1; k++)
            for (int j = 1; j < grid.Rows - 1; j++)
                for (int i = 1; i < grid.Columns - 1; i++)
                    if (IsDeep(image, i, j, k)) inside.Add(image.Hu[grid.IndexOf(i, j, k)]);
        Assert.True(inside.Count > 200, $"{inside.Count}");
        double mean = inside.Average();
        return (Math.Sqrt(inside.Average(hu => (hu - mean) * (hu - mean))), inside.Count(hu => hu < 0) / (double)inside.Count);
    }

    private static bool IsDeep(RenderedScene image, int column, int row, int slice)
    {
        for (int d = 0; d < 27; d++)
            if (image.Classes[image.Grid.IndexOf(column + d % 3 - 1, row + d / 3 % 3 - 1, slice + d / 9 - 1)] != (byte)TissueClass.Pancreas)
                return false;
        return true;
    }
}
