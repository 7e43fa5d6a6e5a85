using CsCheck;

namespace PancreasSeg.Core.Tests.Imaging;

public class ResamplerTests
{
    private static readonly VolumeSource s_source = new("test");

    /// <summary>A grid and another whose axes run along the first's in any order and direction, finer or coarser, partly outside
    /// it.</summary>
    private static readonly Gen<(VolumeGrid From, VolumeGrid To, int Seed)> s_alignedGrids =
        from size in Gen.Select(Gen.Int[1, 9], Gen.Int[1, 9], Gen.Int[1, 9])
        from otherSize in Gen.Select(Gen.Int[1, 12], Gen.Int[1, 12], Gen.Int[1, 12])
        from spacing in Gen.Select(Gen.Double[0.5, 4], Gen.Double[0.5, 4], Gen.Double[0.5, 4])
        from otherSpacing in Gen.Select(Gen.Double[0.5, 4], Gen.Double[0.5, 4], Gen.Double[0.5, 4])
        from shift in Gen.Select(Gen.Double[-6, 6], Gen.Double[-6, 6], Gen.Double[-6, 6])
        from order in Gen.Int[0, 5]
        from signs in Gen.Int[0, 7]
        from angle in Gen.Double[-3, 3]
        from seed in Gen.Int
        let fromGrid = Grid(size, spacing, default, 0, 0, angle)
        let toGrid = Grid(otherSize, otherSpacing, default, order, signs, angle)
        select (fromGrid, Centred(toGrid, fromGrid, new(shift.Item1, shift.Item2, shift.Item3)), seed);

    // Weighted sums of thousands of HU in three passes of float32 differ from the double oracle by some 1e-6 of their size.
    private const double Float32Hu = 0.01;

    [Fact]
    public void Values_are_the_triangle_weighted_sums_of_the_definition() => s_alignedGrids.Sample(t =>
    {
        float[] values = Noise(t.From, t.Seed);
        var ct = new CtVolume(t.From, values, s_source);
        AssertClose(ResampleOracle.Run(t.From, i => values[i], t.To, CtVolume.AirHu), ct.To(t.To).Floats.Span, Float32Hu);
    }, iter: 200);

    [Fact]
    public void Integer_HU_are_interpolated_like_floats_and_rounded() => s_alignedGrids.Sample(t =>
    {
        short[] hu = [.. Noise(t.From, t.Seed).Select(v => (short)v)];
        CtVolume result = new CtVolume(t.From, hu, s_source).To(t.To);
        float[] exact = new CtVolume(t.From, hu, s_source).ToFloats(t.To, default);
        AssertClose(ResampleOracle.Run(t.From, i => hu[i], t.To, CtVolume.AirHu), exact, Float32Hu);
        Assert.Equal(exact.Select(v => (short)MathF.Round(v)), result.Integers.ToArray());
    }, iter: 100);

    [Fact]
    public void Probabilities_are_zero_outside_and_never_leave_their_range() => s_alignedGrids.Sample(t =>
    {
        var random = new Random(t.Seed);
        float[] p = [.. Noise(t.From, t.Seed).Select(_ => random.NextSingle())];
        ReadOnlySpan<float> result = new ProbabilityVolume(t.From, p).To(t.To).Values.Span;
        AssertClose(ResampleOracle.Run(t.From, i => p[i], t.To, 0), result, 1e-5);
        foreach (float v in result) Assert.InRange(v, 0, 1.000001f);
    }, iter: 100);

    [Fact]
    public void Labels_are_those_with_the_largest_share() => s_alignedGrids.Sample(t =>
    {
        var random = new Random(t.Seed);
        byte[] labels = [.. Enumerable.Range(0, t.From.VoxelCount).Select(_ => (byte)(random.Next(4) * 60))];
        double[][] shares =
            [.. Enumerable.Range(0, 4).Select(l => ResampleOracle.Run(t.From, i => labels[i] == l * 60 ? 1 : 0, t.To, l == 0 ? 1 : 0))];
        ReadOnlySpan<byte> result = new LabelVolume(t.From, labels, s_source).To(t.To).Labels.Span;
        for (int i = 0; i < result.Length; i++)
        {
            double best = shares.Max(s => s[i]);
            int lowest = Array.FindIndex(shares, s => s[i] >= best - 1e-6), chosen = result[i] / 60;
            Assert.True(chosen == lowest || Math.Abs(shares[chosen][i] - best) < 3e-5,
                $"voxel {i}: label {chosen} has {shares[chosen][i]}, label {lowest} {best}");
        }
    }, iter: 150);

    [Fact]
    public void A_tie_goes_to_the_lower_label()
    {
        // The middle one of three target voxels lies half-way between two source voxels.
        var from = VolumeGrid.Axial(2, 1, 1, new(1, 1, 1));
        var to = VolumeGrid.Axial(3, 1, 1, new(0.5, 1, 1));
        Assert.Equal([9, 3, 3], new LabelVolume(from, [9, 3], s_source).To(to).Labels.ToArray());
        Assert.Equal([3, 3, 9], new LabelVolume(from, [3, 9], s_source).To(to).Labels.ToArray());
        Assert.Equal([9, 0, 0], new LabelVolume(from, [9, 0], s_source).To(to).Labels.ToArray());
    }

    [Theory]
    [InlineData(40, 5, 4)]
    [InlineData(70, 21, 9)]
    [InlineData(5, 30, 5)]
    [InlineData(36, 4, 11)]
    public void Rows_longer_than_a_vector_are_the_sums_of_the_definition(int columns, int rows, int slices)
    {
        var from = VolumeGrid.Axial(75, 9, 7, new(0.7, 0.8, 2));
        VolumeGrid to = from.WithSize(columns, rows, slices);
        short[] hu = [.. Noise(from, 8).Select(v => (short)v)];
        double[] expected = ResampleOracle.Run(from, i => hu[i], to, CtVolume.AirHu);
        AssertClose(expected, new CtVolume(from, hu, s_source).ToFloats(to, default), Float32Hu);
        AssertClose(expected, new CtVolume(from, [.. hu.Select(v => (float)v)], s_source).To(to).Floats.Span, Float32Hu);
        byte[] labels = [.. hu.Select(v => v > 0 ? (byte)3 : (byte)0)];
        double[] share = ResampleOracle.Run(from, i => labels[i] / 3, to, 0);
        ReadOnlySpan<byte> result = new LabelVolume(from, labels, s_source).To(to).Labels.Span;
        for (int i = 0; i < result.Length; i++)
            if (Math.Abs(share[i] - 0.5) > 1e-4) Assert.Equal(share[i] > 0.5 ? 3 : 0, result[i]);
    }

    [Fact]
    public void Growing_agrees_with_scipy_zoom()
    {
        // scipy.ndimage.zoom(v, (3/2, 6/4, 5/3), order=1, mode='nearest', grid_mode=True), scipy 1.10.1, v as (z, y, x).
        float[] v = [0, 7, 3, 10, 6, 2, 9, 5, 1, 8, 4, 0, 7, 3, 10, 6, 2, 9, 5, 1, 8, 4, 0, 7];
        double[] scipy =
        [
            0, 2.8, 7, 4.6, 3, 5, 5.6, 6.5, 4.1, 2.5, 9.8333333, 8.2333333, 5.8333333, 3.4333333, 1.8333333, 9.1666667, 7.5666667,
                5.1666667,
            2.7666667, 1.1666667, 8.5, 6.9, 4.5, 2.1, 0.5, 8, 6.4, 4, 1.6, 0, 3.5, 4.1, 5, 5.9, 6.5, 5.75, 5.25, 4.5, 5.4, 6, 7.8333333,
                6.2333333,
            3.8333333, 4.7333333, 5.3333333, 7.1666667, 5.5666667, 3.1666667, 4.0666667, 4.6666667, 6.5, 4.9, 2.5, 3.4, 4, 6, 4.4, 2, 2.9,
                3.5, 7, 5.4,
            3, 7.2, 10, 6.5, 4.9, 2.5, 6.7, 9.5, 5.8333333, 4.2333333, 1.8333333, 6.0333333, 8.8333333, 5.1666667, 3.5666667, 1.1666667,
                5.3666667,
            8.1666667, 4.5, 2.9, 0.5, 4.7, 7.5, 4, 2.4, 0, 4.2, 7,
        ];
        var from = VolumeGrid.Axial(3, 4, 2, new(0.7, 0.8, 2.5));
        AssertClose(scipy, new CtVolume(from, v, s_source).To(from.WithSize(5, 6, 3)).Floats.Span, 1e-5);
    }

    [Theory]
    [InlineData(new[] { 7.5423727, 13.5757580, 27.3898296 })]
    [InlineData(new[] { 8.8636360, -1.24, 34.9599991, 21.4545455 })]
    [InlineData(new[] { 3.4615386, 15.3703699, -0.4838710, -11.0, 63.5806465, 2.5185184, 36.8076935 })]
    public void Shrinking_agrees_with_Pillow_bilinear_resize(double[] pillow)
    {
        // Image.fromarray(row, 'F').resize((n, 1), Image.BILINEAR), Pillow 9.4.0.
        float[] row = [0, 10, 20, 5, -30, 8, 100, 3, -7, 60];
        for (int axis = 0; axis < 3; axis++)
        {
            int Along(int a, int n) => a == axis ? n : 1;
            var from = VolumeGrid.Axial(Along(0, 10), Along(1, 10), Along(2, 10), new(1, 1, 1));
            VolumeGrid to = from.WithSize(Along(0, pillow.Length), Along(1, pillow.Length), Along(2, pillow.Length));
            AssertClose(pillow, new CtVolume(from, row, s_source).To(to).Floats.Span, 1e-5);
        }
    }

    [Fact]
    public void Reordered_and_mirrored_axes_copy_values_exactly_and_keep_their_type()
    {
        var from = new VolumeGrid(5, 6, 7, new(new(0, -0.7, 0), new(0, 0, -0.8), new(1.5, 0, 0), new(10, 20, 30)));
        short[] hu = [.. Noise(from, 1).Select(v => (short)v)];
        var ct = new CtVolume(from, hu, s_source);
        CtVolume canonical = ct.To(from.ToCanonical());
        Assert.True(canonical.IsInteger);
        Assert.Equal("LPS", canonical.Grid.Orientation);
        foreach ((int c, int r, int s) in (ReadOnlySpan<(int, int, int)>)[(0, 0, 0), (4, 0, 6), (2, 5, 3), (1, 4, 2)])
        {
            Vector3D index = canonical.Grid.Affine.Inverse().Apply(from.Affine.Apply(new(c, r, s)));
            Assert.Equal(ct.GetHu(c, r, s), canonical.GetHu((int)Math.Round(index.X), (int)Math.Round(index.Y), (int)Math.Round(index.Z)));
        }
        Assert.Equal(hu, canonical.To(from).Integers.ToArray());
        Assert.Same(ct, ct.To(from));
    }

    [Fact]
    public void Crops_and_margins_copy_values_exactly_and_fill_with_air()
    {
        var from = VolumeGrid.Axial(6, 5, 4, new(0.7, 0.8, 2), new(-3, 4, 5));
        float[] values = Noise(from, 2);
        CtVolume padded = new CtVolume(from, values, s_source).To(from.WithMargin(4, 2, 6));
        Assert.Equal(CtVolume.AirHu, padded.GetHu(0, 0, 0));
        Assert.Equal(CtVolume.AirHu, padded.GetHu(9, 6, 9));
        Assert.Equal(values[from.IndexOf(5, 4, 3)], padded.GetHu(5 + 2, 4 + 1, 3 + 3));
        Assert.Equal(120, padded.Floats.ToArray().Count(v => v != CtVolume.AirHu));
        Assert.Equal(values, padded.To(from).Floats.ToArray());
    }

    [Fact]
    public void A_grid_rounded_to_float32_still_copies()
    {
        var from = VolumeGrid.Axial(40, 40, 9, new(0.742187, 0.742187, 2.5), new(-190.123456, 33.3, 10));
        var rounded = VolumeGrid.Axial(40, 40, 9, new((float)0.742187, (float)0.742187, 2.5), new((float)-190.123456, (float)33.3, 10));
        float[] values = Noise(from, 3);
        Assert.Equal(values, new CtVolume(from, values, s_source).To(rounded).Floats.ToArray());
    }

    [Fact]
    public void A_constant_stays_constant_inside_and_air_lies_outside() => s_alignedGrids.Sample(t =>
    {
        var ct = new CtVolume(t.From, Enumerable.Repeat((short)57, t.From.VoxelCount).ToArray(), s_source);
        foreach (short hu in ct.To(t.To).Integers.Span) Assert.True(hu is 57 or CtVolume.AirHu);
        Assert.All(ct.To(t.From.WithSize(3, 20, 5)).Integers.ToArray(), hu => Assert.Equal(57, hu));
    }, iter: 50);

    [Theory]
    [InlineData(50, 61, 33, 0.001)]
    [InlineData(31, 16, 11, 0.001)]
    [InlineData(9, 8, 7, 0.5)]
    [InlineData(23, 11, 40, 0.5)]
    public void A_linear_ramp_is_reproduced_inside(int columns, int rows, int slices, double tolerance)
    {
        var from = new VolumeGrid(31, 32, 33, new(new(-0.9, 0, 0), new(0, 0.8, 0), new(0, 0, 2), new(3, 4, 5)));
        static double Ramp(Vector3D p) => 100 + 7 * p.X - 5 * p.Y + 3 * p.Z;
        var values = new float[from.VoxelCount];
        Each(from, (i, p) => values[i] = (float)Ramp(p));
        CtVolume result = new CtVolume(from, values, s_source).To(from.WithSize(columns, rows, slices));
        int checkedVoxels = 0;
        Each(result.Grid, (i, p) =>
        {
            Vector3D index = from.Affine.Inverse().Apply(p);
            double reach = Math.Ceiling(Math.Max(33.0 / slices, Math.Max(32.0 / rows, 31.0 / columns)));
            if (index.X < reach || index.Y < reach || index.Z < reach || index.X > 30 - reach || index.Y > 31 - reach
                || index.Z > 32 - reach) return;
            checkedVoxels++;
            Assert.Equal(Ramp(p), result.Floats.Span[i], tolerance);
        });
        Assert.True(checkedVoxels > 50);
    }

    [Fact]
    public void Shrinking_keeps_the_mean_and_takes_out_noise()
    {
        var from = VolumeGrid.Axial(60, 60, 40, new(1, 1, 1));
        float[] values = [.. Noise(from, 4).Select((v, i) => v + i / 100f)];
        float[] result = new CtVolume(from, values, s_source).To(from.WithSize(15, 12, 8)).Floats.ToArray();
        Assert.Equal(values.Average(), result.Average(), 5f);
        float[] noise = Noise(from, 5);
        Assert.InRange(
            Spread(new CtVolume(from, noise, s_source).To(from.WithSize(15, 12, 8)).Floats.ToArray()) / Spread(noise), 0.01, 0.1);
    }

    [Fact]
    public void A_smooth_phantom_survives_the_way_there_and_back()
    {
        var scanner = new VolumeGrid(48, 44, 20, new(new(0.8, 0, 0), new(0, -0.8, 0), new(0, 0, 2.5), new(-20, 18, -25)));
        static double Phantom(Vector3D p) => 200 * Math.Exp(-p.X * p.X / 90) * Math.Cos(p.Y / 7) * Math.Cos(p.Z / 15);
        var values = new float[scanner.VoxelCount];
        Each(scanner, (i, p) => values[i] = (float)Phantom(p));
        VolumeGrid network = scanner.ToCanonical().WithSize(32, 32, 32);
        CtVolume back = new CtVolume(scanner, values, s_source).To(network).To(scanner);
        Assert.True(Spread(back.Floats.ToArray().Zip(values, (a, b) => a - b)) < 6);
    }

    [Theory]
    [InlineData(0.3, 1.0)]
    [InlineData(-1.1, 0.7)]
    public void Oblique_grids_are_interpolated_trilinearly(double angle, double spacing)
    {
        var from = VolumeGrid.Axial(12, 11, 10, new(1, 1.1, 1.2));
        float[] values = Noise(from, 6);
        VolumeGrid to = Centred(Grid((9, 8, 7), (spacing, spacing, spacing), default, 0, 0, angle), from, new(3, 0, 0));
        double[] expected = ResampleOracle.Run(from, i => values[i], to, CtVolume.AirHu);
        AssertClose(expected, new CtVolume(from, values, s_source).To(to).Floats.Span, 2e-3);
        Assert.Contains(CtVolume.AirHu, expected);
    }

    [Fact]
    public void An_oblique_coarser_grid_averages_instead_of_skipping()
    {
        var from = VolumeGrid.Axial(60, 60, 60, new(1, 1, 1));
        float[] noise = Noise(from, 7);
        VolumeGrid to = Centred(Grid((9, 9, 9), (4, 4, 4), default, 0, 0, 0.4), from, default);
        Assert.InRange(Spread(new CtVolume(from, noise, s_source).To(to).Floats.ToArray()) / Spread(noise), 0.01, 0.2);
        var constant = new CtVolume(from, Enumerable.Repeat(33f, from.VoxelCount).ToArray(), s_source);
        Assert.All(constant.To(to).Floats.ToArray(), v => Assert.Equal(33, v, 1e-4f));
    }

    [Fact]
    public void An_oblique_mask_keeps_its_volume_and_its_label()
    {
        var from = VolumeGrid.Axial(40, 40, 20, new(1, 1, 2));
        var labels = new byte[from.VoxelCount];
        Each(from, (i, p) => labels[i] = (p - new Vector3D(20, 20, 20)).Length < 12 ? (byte)7 : (byte)0);
        var mask = new LabelVolume(from, labels, s_source);
        foreach (double spacing in (double[])[0.9, 2.2])
        {
            int n = (int)(50 / spacing);
            LabelVolume turned = mask.To(Centred(Grid((n, n, n), (spacing, spacing, spacing), default, 0, 0, 0.6), from, default));
            Assert.Equal(new byte[] { 0, 7 }, turned.Labels.ToArray().Distinct().Order());
            Assert.InRange(turned.VolumeMl(7) / mask.VolumeMl(7), 0.97, 1.03);
        }
    }

    [Fact]
    public void Slices_are_handed_on_once_each_with_the_values_of_the_whole()
    {
        var from = VolumeGrid.Axial(8, 9, 10, new(1, 1, 1));
        var p = new ProbabilityVolume(from, [.. Noise(from, 8).Select(v => Math.Abs(v) / 1000)]);
        VolumeGrid to = from.WithSize(20, 20, 13);
        float[] whole = p.To(to).Values.ToArray();
        var seen = new int[13];
        p.ForEachSlice(to, (slice, values) =>
        {
            Interlocked.Increment(ref seen[slice]);
            Assert.Equal(whole[(slice * 400)..((slice + 1) * 400)], values.ToArray());
        }, default);
        Assert.All(seen, n => Assert.Equal(1, n));
    }

    [Fact]
    public void Grids_that_do_not_touch_give_air_and_background()
    {
        var from = VolumeGrid.Axial(5, 5, 5, new(1, 1, 1));
        foreach (
            VolumeGrid far in (VolumeGrid[])[VolumeGrid.Axial(4, 4, 4, new(0.6, 0.6, 0.6), new(100, 0, 0)),
                VolumeGrid.Axial(4, 4, 4, new(1, 1, 1), new(0, 0, -100))])
        {
            Assert.All(new CtVolume(from, new short[125], s_source).To(far).Integers.ToArray(), hu => Assert.Equal(CtVolume.AirHu, hu));
            Assert.All(new LabelVolume(from, Enumerable.Repeat((byte)1, 125).ToArray(), s_source).To(far).Labels.ToArray(), l =>
                Assert.Equal(0, l));
        }
    }

    [Fact]
    public void Every_path_can_be_cancelled()
    {
        var from = VolumeGrid.Axial(5, 5, 5, new(1, 1, 1));
        var stopped = new CancellationToken(true);
        foreach (
            VolumeGrid to in (VolumeGrid[])[from.WithSize(3, 3, 3), from.WithSize(9, 9, 9), from.WithMargin(2, 2, 2),
                Grid((4, 4, 4), (1, 1, 1), default, 0, 0, 0.5)])
        {
            Assert.ThrowsAny<OperationCanceledException>(() => new CtVolume(from, new short[125], s_source).To(to, stopped));
            Assert.ThrowsAny<OperationCanceledException>(
                () => new LabelVolume(from, Enumerable.Repeat((byte)1, 125).ToArray(), s_source).To(to, stopped));
            Assert.ThrowsAny<OperationCanceledException>(() => new ProbabilityVolume(from, new float[125]).To(to, stopped));
        }
    }

    private static float[] Noise(VolumeGrid grid, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, grid.VoxelCount).Select(_ => random.NextSingle() * 2000 - 1000)];
    }

    private static double Spread(IEnumerable<float> values) => Math.Sqrt(values.Average(v => (double)v * v));

    private static void Each(VolumeGrid grid, Action<int, Vector3D> visit)
    {
        for (int i = 0; i < grid.VoxelCount; i++)
            visit(i, grid.Affine.Apply(new(i % grid.Columns, i / grid.Columns % grid.Rows, i / (grid.Columns * grid.Rows))));
    }

    private static void AssertClose(double[] expected, ReadOnlySpan<float> actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance, $"voxel {i}: {actual[i]}, expected {expected[i]}");
    }

    /// <summary>A grid turned about z and x by an angle, its axes permuted and mirrored.</summary>
    private static VolumeGrid Grid(
        (int, int, int) size, (double, double, double) spacing, Vector3D origin, int order, int signs, double angle)
    {
        (double s, double c) = Math.SinCos(angle);
        Vector3D[] axes = [new(c, s, 0), new(-s * c, c * c, s), new(s * s, -s * c, c)];
        int[] p = new int[][] { [0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0] }[order];
        Vector3D Axis(int a, double length) => axes[p[a]] * ((signs >> a & 1) == 0 ? length : -length);
        return new VolumeGrid(
            size.Item1, size.Item2, size.Item3, new(Axis(0, spacing.Item1), Axis(1, spacing.Item2), Axis(2, spacing.Item3), origin));
    }

    /// <summary>The grid moved so that its centre lies a shift away from another's.</summary>
    private static VolumeGrid Centred(VolumeGrid grid, VolumeGrid on, Vector3D shift)
    {
        static Vector3D Centre(VolumeGrid g) => g.Affine.Apply(new((g.Columns - 1) / 2.0, (g.Rows - 1) / 2.0, (g.Slices - 1) / 2.0));
        return new VolumeGrid(grid.Columns, grid.Rows, grid.Slices,
            grid.Affine with { Translation = grid.Origin + Centre(on) - Centre(grid) + shift });
    }
}
