using System.Numerics;
using CsCheck;
using PancreasSeg.Preprocess;
using PancreasSeg.Simulation;
using PancreasSeg.Training;

namespace PancreasSeg.Core.Tests.Training;

public sealed class AugmentationTests
{
    private static readonly AugmentationOptions s_still = new()
    {
        Rotation = 0, Scale = 0, ShiftMm = 0, HuShift = 0, HuScale = 0, Contrast = 0, Gamma = 0, NoiseHu = 0, Blur = 0, Probability = 1,
    };

    private static PreparedCase Case(int columns = 12, int rows = 10, int slices = 6, int seed = 1)
    {
        var random = new Random(seed);
        VolumeGrid grid = VolumeGrid.Axial(columns, rows, slices, new(2, 2.5, 4));
        return new PreparedCase("case", new NetworkInput(grid, (float[])[.. Enumerable.Range(0, grid.VoxelCount).Select(_ => random.NextSingle() * 2 - 1)]),
            (byte[])[.. Enumerable.Range(0, grid.VoxelCount).Select(_ => (byte)random.Next(2))]);
    }

    private static TrainingOptions Options(AugmentationOptions? augmentation, int[]? patch = null) => new() { Augmentation = augmentation, PatchSize = patch };

    [Fact]
    public void Nothing_to_vary_changes_nothing()
    {
        PreparedCase item = Case();
        PreparedCase made = new SampleMaker([item], Options(s_still)).Create(0, default);
        Assert.Equal(item.Classes.ToArray(), made.Classes.ToArray());
        Assert.All(item.Input.Values.ToArray().Zip(made.Input.Values.ToArray()), p => Assert.Equal(p.First, p.Second, 1e-5f));
    }

    [Fact]
    public void A_shift_by_whole_voxels_moves_values_and_classes_together()
    {
        PreparedCase item = Case();
        // Every shift that is drawn is looked up voxel by voxel in the original.
        for (int seed = 0; seed < 40; seed++)
        {
            var random = new SeededRandom((ulong)seed);
            PreparedCase made = SpatialWarp.Draw(s_still with { ShiftMm = 6 }, random).Apply(item, IndexBox.Whole(item.Input.Grid));
            var twin = new SeededRandom((ulong)seed);
            twin.Jitter(0, 0, 0);
            twin.Uniform(0, 0);
            Vector3 shift = twin.Jitter(6, 6, 6) / new Vector3(2, 2.5f, 4);
            Assert.Equal(Slow(item, shift, 5, 4, 3), (made.Input.Values.Span[5 + 12 * (4 + 10 * 3)], made.Classes.Span[5 + 12 * (4 + 10 * 3)]), new Near());
        }
    }

    [Fact]
    public void Mirroring_turns_left_into_right_and_nothing_else()
    {
        PreparedCase item = Case();
        bool mirrored = false;
        for (int seed = 0; seed < 20; seed++)
        {
            PreparedCase made = SpatialWarp.Draw(s_still with { Mirror = true }, new SeededRandom((ulong)seed)).Apply(item, IndexBox.Whole(item.Input.Grid));
            if (made.Classes.Span.SequenceEqual(item.Classes.Span)) continue;
            mirrored = true;
            for (int row = 0; row < 60; row++)
                Assert.Equal(item.Classes.Slice(row * 12, 12).ToArray().Reverse(), made.Classes.Slice(row * 12, 12).ToArray());
        }
        Assert.True(mirrored);
    }

    [Fact]
    public void The_same_sample_is_the_same_always_and_each_epoch_shows_every_case_once()
    {
        PreparedCase[] cases = [.. Enumerable.Range(1, 5).Select(seed => Case(seed: seed) with { Name = $"{seed}" })];
        var maker = new SampleMaker(cases, Options(new AugmentationOptions { ElasticMm = 2 }));
        PreparedCase[] first = [.. Enumerable.Range(0, 10).Select(i => maker.Create(i, default))];
        var again = new SampleMaker(cases, Options(new AugmentationOptions { ElasticMm = 2 }));
        foreach (int i in new[] { 7, 2, 9 }) Assert.Equal(first[i].Input.Values.ToArray(), again.Create(i, default).Input.Values.ToArray());
        Assert.Equal(["1", "2", "3", "4", "5"], first[..5].Select(c => c.Name).Order());
        Assert.Equal(["1", "2", "3", "4", "5"], first[5..].Select(c => c.Name).Order());
        Assert.NotEqual(first.First(c => c.Name == "1").Input.Values.ToArray(), first.Last(c => c.Name == "1").Input.Values.ToArray());
    }

    [Fact]
    public void Patches_have_their_size_and_most_of_them_show_the_pancreas()
    {
        PreparedCase item = Case(64, 64, 8);
        byte[] classes = new byte[item.Classes.Length];
        classes[40 + 64 * (44 + 64 * 5)] = 1;
        item = item with { Classes = classes };
        var maker = new SampleMaker([item], Options(null, [16, 16, 4]) with { ForegroundPatchFraction = 0.5 });
        PreparedCase[] patches = [.. Enumerable.Range(0, 200).Select(i => maker.Create(i, default))];
        Assert.All(patches, p => Assert.Equal((16, 16, 4), (p.Width, p.Height, p.Depth)));
        Assert.InRange(patches.Count(p => p.Classes.Span.Contains((byte)1)), 90, 150);
        Assert.All(patches.Where(p => p.Classes.Span.Contains((byte)1)), p =>
            Assert.Equal(item.Input.Values.Span[40 + 64 * (44 + 64 * 5)], p.Input.Values.Span[p.Classes.Span.IndexOf((byte)1)]));
    }

    [Fact]
    public void Tone_curves_keep_the_order_of_tissues_and_stay_in_range() => Gen.Select(Gen.Int[0, 100_000], Gen.Float[-1, 1], Gen.Float[-1, 1]).Sample((seed, a, b) =>
    {
        ToneCurve curve = ToneCurve.Draw(new AugmentationOptions(), new PreprocessPlan { Size = [16, 16, 16] }, new SeededRandom((ulong)seed));
        float[] values = [MathF.Min(a, b), MathF.Max(a, b)];
        curve.Apply(values);
        Assert.True(values[0] <= values[1]);
        Assert.All(values, v => Assert.InRange(v, -1, 1));
    });

    [Theory]
    [InlineData(nameof(AugmentationOptions.Rotation), -1)]
    [InlineData(nameof(AugmentationOptions.Scale), 1)]
    [InlineData(nameof(AugmentationOptions.Probability), double.NaN)]
    public void Amounts_out_of_range_are_refused(string name, double value)
    {
        var options = new AugmentationOptions();
        typeof(AugmentationOptions).GetProperty(name)!.SetValue(options, value);
        CoreException error = Assert.Throws<CoreException>(Options(options).Validate);
        Assert.Equal((Fault.SettingInvalid, name), (error.Fault, error.Target));
    }

    /// <summary>Value by eight corners and class of the nearest voxel at a shifted position; -1 and 0 outside.</summary>
    private static (float, byte) Slow(PreparedCase item, Vector3 shift, int column, int row, int slice)
    {
        VolumeGrid grid = item.Input.Grid;
        Vector3 p = new Vector3(column, row, slice) + shift;
        double sum = 0;
        for (int corner = 0; corner < 8; corner++)
        {
            (int i, int j, int k) = ((int)MathF.Floor(p.X) + (corner & 1), (int)MathF.Floor(p.Y) + (corner >> 1 & 1), (int)MathF.Floor(p.Z) + (corner >> 2));
            double weight = (1 - Math.Abs(p.X - i)) * (1 - Math.Abs(p.Y - j)) * (1 - Math.Abs(p.Z - k));
            bool inside = i >= 0 && i < grid.Columns && j >= 0 && j < grid.Rows && k >= 0 && k < grid.Slices;
            sum += weight * (inside ? item.Input.Values.Span[grid.IndexOf(i, j, k)] : -1);
        }
        (int ci, int cj, int ck) = ((int)MathF.Floor(p.X + 0.5f), (int)MathF.Floor(p.Y + 0.5f), (int)MathF.Floor(p.Z + 0.5f));
        bool holds = ci >= 0 && ci < grid.Columns && cj >= 0 && cj < grid.Rows && ck >= 0 && ck < grid.Slices;
        return ((float)sum, holds ? item.Classes.Span[grid.IndexOf(ci, cj, ck)] : (byte)0);
    }

    private sealed class Near : IEqualityComparer<(float Value, byte Class)>
    {
        public bool Equals((float Value, byte Class) x, (float Value, byte Class) y) => MathF.Abs(x.Value - y.Value) < 1e-4f && x.Class == y.Class;

        public int GetHashCode((float Value, byte Class) obj) => obj.Class;
    }
}
