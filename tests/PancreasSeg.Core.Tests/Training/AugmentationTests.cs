using System.Numerics;
using CsCheck;
using PancreasSeg.Numerics;
using PancreasSeg.Preprocess;
using PancreasSeg.Training;

namespace PancreasSeg.Core.Tests.Training;

public sealed class AugmentationTests
{
    private static readonly AugmentationOptions s_still = new()
    {
        Rotation = 0,
        Scale = 0,
        ShiftMm = 0,
        HuShift = 0,
        HuScale = 0,
        Contrast = 0,
        Gamma = 0,
        NoiseHu = 0,
        Blur = 0,
        Probability = 1,
    };

    private static PreparedCase Case(int columns = 12, int rows = 10, int slices = 6, int seed = 1)
    {
        var random = new Random(seed);
        VolumeGrid grid = VolumeGrid.Axial(columns, rows, slices, new(2, 2.5, 4));
        return new PreparedCase(
            "case", new NetworkInput(grid, (float[])[.. Enumerable.Range(0, grid.VoxelCount).Select(_ => random.NextSingle() * 2 - 1)]),
            (byte[])[.. Enumerable.Range(0, grid.VoxelCount).Select(_ => (byte)random.Next(2))]);
    }

    private static TrainingOptions Options(AugmentationOptions? augmentation) => new() { Augmentation = augmentation };

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
            Assert.Equal(Slow(item, shift, 5, 4, 3),
                (made.Input.Values.Span[5 + 12 * (4 + 10 * 3)], made.Classes.Span[5 + 12 * (4 + 10 * 3)]), new Near());
        }
    }

    [Fact]
    public void Mirroring_turns_left_into_right_and_nothing_else()
    {
        PreparedCase item = Case();
        bool mirrored = false;
        for (int seed = 0; seed < 20; seed++)
        {
            PreparedCase made = SpatialWarp.Draw(s_still with { Mirror = true }, new SeededRandom((ulong)seed))
                .Apply(item, IndexBox.Whole(item.Input.Grid));
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
        var maker = new SampleMaker(
            [item], new TrainingOptions
            {
                Augmentation = null,
                Sampling = new SamplingOptions { PatchSize = [16, 16, 4], ForegroundFraction = 0.5 }
            });
        PreparedCase[] patches = [.. Enumerable.Range(0, 200).Select(i => maker.Create(i, default))];
        Assert.All(patches, p => Assert.Equal((16, 16, 4), (p.Width, p.Height, p.Depth)));
        Assert.InRange(patches.Count(p => p.Classes.Span.Contains((byte)1)), 90, 150);
        Assert.All(patches.Where(p => p.Classes.Span.Contains((byte)1)), p =>
            Assert.Equal(item.Input.Values.Span[40 + 64 * (44 + 64 * 5)], p.Input.Values.Span[p.Classes.Span.IndexOf((byte)1)]));
    }

    [Fact]
    public void Tone_curves_keep_the_order_of_tissues_and_stay_in_range() =>
        Gen.Select(Gen.Int[0, 100_000], Gen.Float[-1, 1], Gen.Float[-1, 1]).Sample((seed, a, b) =>
    {
        ToneCurve curve =
            ToneCurve.Draw(new AugmentationOptions(), new PreprocessPlan { Size = [16, 16, 16] }, new SeededRandom((ulong)seed));
        float[] values = [MathF.Min(a, b), MathF.Max(a, b)];
        curve.Apply(values);
        Assert.True(values[0] <= values[1]);
        Assert.All(values, v => Assert.InRange(v, -1, 1));
    });

    [Fact]
    public void Rotation_turns_about_every_axis_up_to_its_limit_and_keeps_distances()
    {
        // A ball on each axis, 40 mm from the centre: its way to the side is the turn about another axis.
        PreparedCase item = Balls(49, 4, (20, 0, 0), (0, 20, 0), (0, 0, 20));
        var aboutZ = new List<double>();
        var aboutX = new List<double>();
        var aboutY = new List<double>();
        foreach (PreparedCase made in Warped(item, s_still with { Rotation = 10 }, 40))
        {
            Vector3[] balls = [.. Enumerable.Range(1, 3).Select(c => Centre(made, (byte)c))];
            Assert.All(balls, b => Assert.Equal(40, b.Length(), 0.6f));
            Assert.Equal(MathF.Sqrt(2) * 40, (balls[0] - balls[1]).Length(), 1f);
            aboutZ.Add(Degrees(balls[0].Y, balls[0].X));
            aboutX.Add(Degrees(balls[1].Z, balls[1].Y));
            aboutY.Add(Degrees(balls[2].X, balls[2].Z));
        }
        Assert.All(new[] { aboutX, aboutY, aboutZ }, angles =>
        {
            Assert.InRange(angles.Max(), 7, 12.5);
            Assert.InRange(angles.Min(), -12.5, -7);
            Assert.InRange(angles.Average(Math.Abs), 3.5, 6.5);
        });

        static double Degrees(float y, float x) => Math.Atan2(y, x) * 180 / Math.PI;
    }

    [Fact]
    public void Scale_changes_a_balls_size_up_to_its_limit_and_leaves_its_centre()
    {
        PreparedCase item = Balls(41, 10, (0, 0, 0));
        double whole = item.Classes.Span.Count((byte)1);
        double[] sizes = [.. Warped(item, s_still with { Scale = 0.2 }, 60).Select(made =>
        {
            Assert.InRange(Centre(made, 1).Length(), 0, 0.5f);
            return Math.Cbrt(made.Classes.Span.Count((byte)1) / whole);
        })];
        Assert.InRange(sizes.Max(), 1.15, 1.21);
        Assert.InRange(sizes.Min(), 0.79, 0.85);
    }

    [Fact]
    public void Elastic_displacement_has_its_deviation_and_differs_from_place_to_place()
    {
        PreparedCase item = Balls(49, 4, (-15, 0, 0), (15, 0, 0));
        (Vector3 First, Vector3 Second)[] moves = [.. Warped(item, s_still with { ElasticMm = 4 }, 100)
            .Select(made => (Centre(made, 1) - Centre(item, 1), Centre(made, 2) - Centre(item, 2)))];
        Assert.InRange(Deviation(moves.SelectMany(m => Axes(m.First))), 2.8, 5.2);
        Assert.InRange(Deviation(moves.SelectMany(m => Axes(m.Second))), 2.8, 5.2);
        Assert.InRange(Deviation(moves.SelectMany(m => Axes(m.First - m.Second))), 3, 8);

        static double[] Axes(Vector3 v) => [v.X, v.Y, v.Z];
    }

    [Theory]
    [InlineData(nameof(AugmentationOptions.HuShift), 20, 0, 20)]
    [InlineData(nameof(AugmentationOptions.HuScale), 0.1, 200, 20)]
    [InlineData(nameof(AugmentationOptions.Contrast), 0.5, 110, 35)]
    [InlineData(nameof(AugmentationOptions.Contrast), 0.5, 40, 0)]
    public void A_tone_moves_HU_both_ways_up_to_its_limit(string name, double amount, double hu, double limit)
    {
        AugmentationOptions options = s_still with { };
        typeof(AugmentationOptions).GetProperty(name)!.SetValue(options, amount);
        double[] moves = [.. Curves(options).Select(curve => Hu(Toned(curve, (float)((hu - 40) / 200))) - hu)];
        Assert.InRange(moves.Max(), 0.9 * limit - 0.1, limit + 0.1);
        Assert.InRange(moves.Min(), -limit - 0.1, -0.9 * limit + 0.1);

        static double Hu(float value) => 40 + 200 * value;
    }

    [Fact]
    public void Gamma_keeps_the_ends_of_the_window_and_bends_its_middle_up_to_its_limit()
    {
        ToneCurve[] curves = [.. Curves(s_still with { Gamma = 0.5 })];
        Assert.All(curves, curve => Assert.Equal((-1, 1), (Toned(curve, -1), Toned(curve, 1))));
        double[] middles = [.. curves.Select(curve => (double)Toned(curve, 0))];
        double high = 2 * Math.Pow(0.5, Math.Exp(-0.5)) - 1, low = 2 * Math.Pow(0.5, Math.Exp(0.5)) - 1;
        Assert.InRange(middles.Max(), 0.9 * high, high + 1e-3);
        Assert.InRange(middles.Min(), low - 1e-3, 0.9 * low);
    }

    [Fact]
    public void Noise_has_a_deviation_up_to_its_limit_and_no_mean()
    {
        PreparedCase flat = Flat(24, 24, 8, _ => 0);
        (double Mean, double Deviation)[] noises = [.. Samples(flat, s_still with { NoiseHu = 20 }, 100)
            .Select(values => (200.0 * values.Average(), 200 * Deviation(values.Select(v => (double)v))))];
        Assert.All(noises, n => Assert.InRange(n.Mean, -2, 2));
        Assert.InRange(noises.Max(n => n.Deviation), 18, 21);
        Assert.InRange(noises.Average(n => n.Deviation), 8, 12);
    }

    [Fact]
    public void Blur_smooths_in_plane_up_to_its_limit_and_mixes_no_slices()
    {
        var random = new Random(3);
        // Every other slice is noise, the others are flat.
        PreparedCase item = Flat(48, 48, 4, slice => slice % 2 == 0 ? random.NextSingle() - 0.5f : 0.25f);
        double before = Deviation(Slice(item.Input.Values.Span, 2));
        double[] left = [.. Samples(item, s_still with { Blur = 2 }, 60).Select(values =>
        {
            Assert.All(Slice(values, 1), v => Assert.Equal(0.25, v, 1e-4));
            return Deviation(Slice(values, 2)) / before;
        })];
        // A Gaussian of s pixels leaves 1 / (2 s sqrt(pi)) of white noise.
        Assert.InRange(left.Min(), 0.12, 0.2);
        Assert.InRange(left.Max(), 0.8, 1.0001);

        static double[] Slice(ReadOnlySpan<float> values, int slice) =>
            [.. values.Slice(slice * 48 * 48, 48 * 48).ToArray().Select(v => (double)v)];
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(0.3, 60, 120)]
    [InlineData(1, 260, 300)]
    public void Gamma_blur_and_noise_vary_their_part_of_the_cases(double probability, int fewest, int most)
    {
        PreparedCase item = Case();
        foreach (
            AugmentationOptions options in new[] { s_still with { Gamma = 1 }, s_still with { Blur = 3 }, s_still with { NoiseHu = 50 } })
        {
            float[] still = Samples(item, s_still, 1).Single();
            Assert.InRange(
                Samples(item, options with { Probability = probability }, 300).Count(values => !values.SequenceEqual(still)), fewest, most);
        }
    }

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

    /// <summary>Balls of class 1, 2 and so on in a cube of 2 mm voxels; radius and places, counted from the centre, in voxels.</summary>
    private static PreparedCase Balls(int side, int radius, params (int X, int Y, int Z)[] places)
    {
        VolumeGrid grid = VolumeGrid.Axial(side, side, side, new(2, 2, 2));
        var classes = new byte[grid.VoxelCount];
        for (int i = 0; i < classes.Length; i++)
        {
            (int x, int y, int z) = (i % side - side / 2, i / side % side - side / 2, i / (side * side) - side / 2);
            for (int n = 0; n < places.Length; n++)
            {
                (int dx, int dy, int dz) = (x - places[n].X, y - places[n].Y, z - places[n].Z);
                if (dx * dx + dy * dy + dz * dz <= radius * radius) classes[i] = (byte)(n + 1);
            }
        }
        return new PreparedCase("balls", new NetworkInput(grid, new float[classes.Length]), classes);
    }

    private static IEnumerable<PreparedCase> Warped(PreparedCase item, AugmentationOptions options, int count) =>
        Enumerable.Range(0, count)
            .Select(seed => SpatialWarp.Draw(options, new SeededRandom((ulong)seed)).Apply(item, IndexBox.Whole(item.Input.Grid)));

    /// <summary>Centre of mass of a class in mm from the centre of the cube.</summary>
    private static Vector3 Centre(PreparedCase item, byte label)
    {
        int side = item.Width, count = 0;
        Vector3 sum = default;
        ReadOnlySpan<byte> classes = item.Classes.Span;
        for (int i = 0; i < classes.Length; i++)
        {
            if (classes[i] != label) continue;
            sum += new Vector3(i % side, i / side % side, i / (side * side));
            count++;
        }
        return 2 * (sum / count - new Vector3(side / 2));
    }

    private static PreparedCase Flat(int columns, int rows, int slices, Func<int, float> value)
    {
        VolumeGrid grid = VolumeGrid.Axial(columns, rows, slices, new(2, 2, 4));
        return new PreparedCase(
            "flat", new NetworkInput(grid, (float[])[.. Enumerable.Range(0, grid.VoxelCount).Select(i => value(i / (columns * rows)))]),
            new byte[grid.VoxelCount]);
    }

    private static IEnumerable<float[]> Samples(PreparedCase item, AugmentationOptions options, int count)
    {
        var maker = new SampleMaker([item], Options(options));
        return Enumerable.Range(0, count).Select(i => maker.Create(i, default).Input.Values.ToArray());
    }

    private static IEnumerable<ToneCurve> Curves(AugmentationOptions options) =>
        Enumerable.Range(0, 100)
            .Select(seed => ToneCurve.Draw(options, new PreprocessPlan { Size = [16, 16, 16] }, new SeededRandom((ulong)seed)));

    private static float Toned(ToneCurve curve, float value)
    {
        float[] values = [value];
        curve.Apply(values);
        return values[0];
    }

    private static double Deviation(IEnumerable<double> values)
    {
        double[] all = [.. values];
        double mean = all.Average();
        return Math.Sqrt(all.Average(v => (v - mean) * (v - mean)));
    }

    /// <summary>Value by eight corners and class of the nearest voxel at a shifted position; -1 and 0 outside.</summary>
    private static (float, byte) Slow(PreparedCase item, Vector3 shift, int column, int row, int slice)
    {
        VolumeGrid grid = item.Input.Grid;
        Vector3 p = new Vector3(column, row, slice) + shift;
        double sum = 0;
        for (int corner = 0; corner < 8; corner++)
        {
            (int i, int j, int k) =
                ((int)MathF.Floor(p.X) + (corner & 1), (int)MathF.Floor(p.Y) + (corner >> 1 & 1), (int)MathF.Floor(p.Z) + (corner >> 2));
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
        public bool Equals((float Value, byte Class) x, (float Value, byte Class) y) =>
            MathF.Abs(x.Value - y.Value) < 1e-4f && x.Class == y.Class;

        public int GetHashCode((float Value, byte Class) obj) => obj.Class;
    }
}
