using PancreasSeg.Preprocess;
using PancreasSeg.Training;

namespace PancreasSeg.Core.Tests.Training;

public sealed class SampleMakerTests
{
    private static readonly AugmentationOptions s_tones = new() { Rotation = 0, Scale = 0, ShiftMm = 0, Probability = 1 };

    /// <summary>Values beyond the window, which preparation has clipped, and values within.</summary>
    private static PreparedCase Case()
    {
        var random = new Random(1);
        VolumeGrid grid = VolumeGrid.Axial(32, 32, 8, new(2, 2, 4));
        return new PreparedCase(
            "case", new NetworkInput(
                grid, (float[])[.. Enumerable.Range(0, grid.VoxelCount).Select(_ => Math.Clamp(random.NextSingle() * 4 - 2, -1, 1))]),
            (byte[])[.. Enumerable.Range(0, grid.VoxelCount).Select(_ => (byte)random.Next(2))]);
    }

    [Fact]
    public void What_the_window_clips_is_ignored_however_its_tone_varies()
    {
        PreparedCase item = Case();
        byte[] expected = [.. item.Input.Values.ToArray()
            .Zip(item.Classes.ToArray(), (value, c) => Math.Abs(value) == 1 ? PreparedCase.IgnoredClass : c)];
        var maker =
            new SampleMaker([item], new TrainingOptions { Augmentation = s_tones, Loss = new LossOptions { IgnoreClipped = true } });
        for (int i = 0; i < 10; i++) Assert.Equal(expected, maker.Create(i, default).Classes.ToArray());
        Assert.Equal(
            expected, new SampleMaker([item], new TrainingOptions { Augmentation = null, Loss = new LossOptions { IgnoreClipped = true } })
            .Create(0, default).Classes.ToArray());
        Assert.DoesNotContain(PreparedCase.IgnoredClass,
            new SampleMaker([item], new TrainingOptions { Augmentation = s_tones }).Create(0, default).Classes.ToArray());
    }

    [Fact]
    public void The_upper_end_of_a_window_is_clipped_however_it_is_rounded()
    {
        var plan = new PreprocessPlan { Size = [16, 16, 1], WindowLow = -200, WindowHigh = 240 };
        VolumeGrid grid = VolumeGrid.Axial(16, 16, 1, new(2, 2, 4));
        NetworkInput input = new Preprocessor(plan).Prepare(
            new CtVolume(grid, (short[])[.. Enumerable.Range(0, 256).Select(i => i % 2 == 0 ? (short)900 : (short)100)], new("x")));
        PreparedCase made = new PreparedCase("x", input, new byte[256]).WithoutClipped();
        Assert.Equal(Enumerable.Range(0, 256).Select(i => i % 2 == 0 ? PreparedCase.IgnoredClass : (byte)0), made.Classes.ToArray());
    }

    [Fact]
    public void What_a_warp_brings_in_from_outside_is_ignored_with_the_clipped()
    {
        var maker = new SampleMaker([Case()],
            new TrainingOptions { Augmentation = s_tones with { ShiftMm = 30 }, Loss = new LossOptions { IgnoreClipped = true } });
        PreparedCase made = maker.Create(0, default);
        int inner = made.Classes.Span.Count(PreparedCase.IgnoredClass);
        Assert.True(inner > 1.2 * maker.Create(0, default).Classes.Length / 2, $"{inner}");
    }

    [Fact]
    public void Patches_of_the_pancreas_show_it_however_the_case_is_turned()
    {
        VolumeGrid grid = VolumeGrid.Axial(128, 128, 64, new(2, 2, 2));
        var classes = new byte[grid.VoxelCount];
        for (int z = 30; z < 33; z++)
            for (int y = 30; y < 33; y++)
                for (int x = 30; x < 33; x++) classes[grid.IndexOf(x, y, z)] = 1;
        var item = new PreparedCase("case", new NetworkInput(grid, new float[grid.VoxelCount]), classes);
        var options = new TrainingOptions
        {
            Augmentation = new AugmentationOptions { Rotation = 20, Scale = 0.2, ShiftMm = 10 },
            Sampling = new SamplingOptions { PatchSize = [16, 16, 8], ForegroundFraction = 1 },
        };
        var maker = new SampleMaker([item], options);
        Assert.All(Enumerable.Range(0, 40), i => Assert.Contains((byte)1, maker.Create(i, default).Classes.ToArray()));
    }
}
