using CsCheck;
using PancreasSeg.Postprocess;

namespace PancreasSeg.Core.Tests.Postprocess;

public class SourceGridTests
{
    private static readonly VolumeSource s_source = new("scan");

    [Fact]
    public void The_mask_is_the_interpolated_probability_above_the_threshold() =>
        Gen.Select(Gen.Int[1, 40], Gen.Int[1, 12], Gen.Int[1, 12], Gen.Double[0, 0.95], Gen.Int[0, 7], Gen.Int)
            .Sample((columns, rows, slices, threshold, mirror, seed) =>
        {
            var random = new Random(seed);
            var network = VolumeGrid.Axial(9, 8, 7, new(1, 1.5, 2));
            float[] p = [.. Enumerable.Range(0, network.VoxelCount).Select(_ => MathF.Pow(random.NextSingle(), 4))];
            VolumeGrid sized = network.WithSize(columns, rows, slices);
            double Sign(int axis) => (mirror >> axis & 1) == 0 ? 1 : -1;
            Vector3D corner = sized.Affine.Apply(new(Sign(0) > 0 ? 0 : columns - 1, Sign(1) > 0 ? 0 : rows - 1, Sign(2) > 0 ? 0 : slices));
            var scanner = new VolumeGrid(columns, rows, slices + 1, new(
                sized.Affine.ColumnStep * Sign(0), sized.Affine.RowStep * Sign(1), sized.Affine.SliceStep * Sign(2), corner));
            var volume = new ProbabilityVolume(network, p);
            LabelVolume mask = SourceGrid.Mask(volume, scanner, threshold, s_source);
            float[] whole = volume.To(scanner).Values.ToArray();
            for (int i = 0; i < whole.Length; i++)
                Assert.True(mask.Labels.Span[i] == (whole[i] > (float)threshold ? 1 : 0) || Math.Abs(whole[i] - threshold) < 1e-6,
                    $"voxel {i}: p {whole[i]}");
            Assert.Same(s_source, mask.Source);
            Assert.Same(scanner, mask.Grid);
        }, iter: 300);

    [Fact]
    public void A_ball_keeps_its_volume_on_a_turned_grid()
    {
        var network = VolumeGrid.Axial(32, 32, 32, new(2, 2, 2));
        var p = new float[network.VoxelCount];
        for (int i = 0; i < p.Length; i++)
        {
            Vector3D v = network.Affine.Apply(new(i % 32, i / 32 % 32, i / 1024)) - new Vector3D(31, 31, 31);
            p[i] = (float)(1 / (1 + Math.Exp(v.Length - 20)));
        }
        (double s, double c) = Math.SinCos(0.3);
        var turned = new VolumeGrid(80, 80, 60, new(new(c, s, 0), new(-s, c, 0), new(0, 0, 1.2), new(3, -20, -4)));
        LabelVolume mask = SourceGrid.Mask(new ProbabilityVolume(network, p), turned, 0.5, s_source);
        Assert.InRange(mask.VolumeMl() / (4.0 / 3 * Math.PI * 8000 / 1000), 0.97, 1.03);
    }

    [Fact]
    public void Nothing_above_the_threshold_gives_an_empty_mask()
    {
        var grid = VolumeGrid.Axial(4, 4, 4, new(1, 1, 1));
        Assert.Equal(
            0, SourceGrid.Mask(new ProbabilityVolume(grid, Enumerable.Repeat(0.5f, 64).ToArray()), grid.WithSize(9, 9, 9), 0.5, s_source)
            .Count(1));
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1)]
    [InlineData(double.NaN)]
    public void A_threshold_outside_the_range_of_probabilities_is_refused(double threshold)
    {
        var grid = VolumeGrid.Axial(1, 1, 1, new(1, 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => SourceGrid.Mask(new ProbabilityVolume(grid, [1]), grid, threshold, s_source));
    }

    [Fact]
    public void The_way_back_can_be_cancelled()
    {
        var grid = VolumeGrid.Axial(2, 2, 2, new(1, 1, 1));
        Assert.ThrowsAny<OperationCanceledException>(() =>
            SourceGrid.Mask(new ProbabilityVolume(grid, Enumerable.Repeat(1f, 8).ToArray()), grid.WithSize(4, 4, 4), 0.5, s_source,
                cancellation: new CancellationToken(true)));
    }
}
