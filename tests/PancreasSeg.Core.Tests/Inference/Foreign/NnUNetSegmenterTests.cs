using PancreasSeg.Inference;
using PancreasSeg.Inference.Foreign;
using PancreasSeg.Network.Foreign;

namespace PancreasSeg.Core.Tests.Inference.Foreign;

/// <summary>The way from a CT's grid to the network's axes and back, by networks whose answer is their input.</summary>
public sealed class NnUNetSegmenterTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly SmallNnUNet _small = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Class 2 above an input of 1, class 1 below -1; notes the first patch it sees.</summary>
    private sealed class Thresholds : IPatchNetwork
    {
        public float[]? Seen { get; private set; }

        public int Channels => 3;

        public void Run(ReadOnlyMemory<float> patch, Span<float> logits, CancellationToken cancellation)
        {
            Seen ??= patch.ToArray();
            for (int i = 0; i < patch.Length; i++)
            {
                float value = patch.Span[i];
                (logits[i], logits[patch.Length + i], logits[2 * patch.Length + i]) = (1, -value, value);
            }
        }

        public void Dispose() { }
    }

    [Theory]
    [InlineData(new[] { 0, 1, 2 }, new[] { 0, 1, 2 })]
    [InlineData(new[] { 2, 0, 1 }, new[] { 1, 2, 0 })]
    [InlineData(new[] { 1, 2, 0 }, new[] { 2, 0, 1 })]
    public void Labels_come_back_to_the_voxels_they_were_made_of(int[] forward, int[] backward)
    {
        _small.Plans["transpose_forward"] = new System.Text.Json.Nodes.JsonArray(forward[0], forward[1], forward[2]);
        _small.Plans["transpose_backward"] = new System.Text.Json.Nodes.JsonArray(backward[0], backward[1], backward[2]);
        double[] stackwise = [3, 2, 1.5];
        _small.Configuration["spacing"] = new System.Text.Json.Nodes.JsonArray(stackwise[forward[0]], stackwise[forward[1]],
            stackwise[forward[2]]);
        // 200 HU are 3.75 in the network, -100 are -3.75; a border of zeros is cropped away and stays background.
        short[] hu = Values(out byte[] expected);
        foreach (string orientation in (string[])["LPS", "RAS", "SLA", "PIR"])
        {
            VolumeGrid lps = VolumeGrid.Axial(20, 18, 10, new Vector3D(1.5, 2, 3), new Vector3D(-5, 7, 9));
            VolumeGrid grid = lps.Oriented(orientation);
            CtVolume ct = new(grid, IndexMap.Between(lps, grid)!.Copy<short>(hu, 0, default), new VolumeSource("ct"));
            using NnUNetSegmenter segmenter = Segmenter(out _);
            // The order in which the model saw its images: then spacings are the plan's, and nothing is interpolated.
            NnUNetAnswer answer = segmenter.Run(ct, new NnUNetOptions { Orientation = "LPS", ProbabilityOf = "pancreas" });
            Assert.Equal(grid, answer.Labels.Grid);
            Assert.Equal(expected, IndexMap.Between(grid, lps)!.Copy(answer.Labels.Labels, (byte)0, default));
            float[] probability = IndexMap.Between(grid, lps)!.Copy(answer.Probability!.Values, 0f, default);
            Assert.All(probability.Zip(expected), pair => Assert.True(pair.First is >= 0 and <= 1 && pair.Second == 2 == pair.First > 0.5));
        }
    }

    [Fact]
    public void The_model_sees_a_file_as_stored_a_series_as_lps_and_a_reordering_model_ras()
    {
        VolumeGrid stored = VolumeGrid.Axial(20, 18, 10, new Vector3D(1.5, 2, 3)).Oriented("SLA");
        CtVolume file = new(stored, new short[3600], new VolumeSource("a")),
            series = new(stored, new short[3600], new VolumeSource("a", null, "1.2.3"));
        using NnUNetSegmenter plain = Segmenter(out _);
        Assert.Equal("SLA", plain.GridOf(file, null, NnUNetPreparation.NnUNet).Orientation);
        Assert.Equal("LPS", plain.GridOf(series, null, NnUNetPreparation.NnUNet).Orientation);
        Assert.Equal("LAS", plain.GridOf(series, "LAS", NnUNetPreparation.NnUNet).Orientation);
        _small.Plans["image_reader_writer"] = "SimpleITKIOWithReorient";
        using NnUNetSegmenter reordering = Segmenter(out _);
        Assert.Equal("RAS", reordering.GridOf(file, null, NnUNetPreparation.NnUNet).Orientation);
        Assert.Equal("RAS", plain.GridOf(series, null, NnUNetPreparation.TotalSegmentator).Orientation);
        Assert.Equal(Fault.SettingInvalid,
            Assert.Throws<CoreException>(() => plain.GridOf(file, "LAX", NnUNetPreparation.NnUNet)).Fault);
    }

    [Fact]
    public void The_network_sees_the_first_axis_of_the_plan_first()
    {
        _small.Configuration["spacing"] = new System.Text.Json.Nodes.JsonArray(3, 2, 1.5);
        short[] hu = [.. Enumerable.Repeat((short)50, 8 * 16 * 16)];
        hu[5 * 256 + 3 * 16 + 2] = 90;                                           // slice 5, row 3, column 2: one above the mean
        using NnUNetSegmenter segmenter = Segmenter(out Thresholds network);
        segmenter.Run(new CtVolume(VolumeGrid.Axial(16, 16, 8, new Vector3D(1.5, 2, 3)), hu, new VolumeSource("a")), new NnUNetOptions());
        Assert.Equal(1, network.Seen![5 * 256 + 3 * 16 + 2]);
        Assert.Equal(0, network.Seen[0]);
    }

    [Theory]
    [InlineData(0.0, null)]
    [InlineData(1.5, null)]
    [InlineData(double.NaN, null)]
    [InlineData(0.5, "liver")]
    public void Impossible_settings_are_refused(double step, string? probabilityOf)
    {
        using NnUNetSegmenter segmenter = Segmenter(out _);
        CtVolume ct = new(VolumeGrid.Axial(8, 8, 8, new Vector3D(2, 2, 3)), new short[512], new VolumeSource("a"));
        Assert.Equal(Fault.SettingInvalid, Assert.Throws<CoreException>(() => segmenter.Run(ct,
            new NnUNetOptions { Step = step, ProbabilityOf = probabilityOf })).Fault);
    }

    private NnUNetSegmenter Segmenter(out Thresholds network)
    {
        network = new Thresholds();
        return new NnUNetSegmenter(NnUNetModel.Read(_small.Write(_folder.FullName)), [network]);
    }

    private static short[] Values(out byte[] labels)
    {
        var random = new Random(2);
        var hu = new short[20 * 18 * 10];
        labels = new byte[hu.Length];
        for (int i = 0; i < hu.Length; i++)
        {
            (int x, int y, int z) = (i % 20, i / 20 % 18, i / 360);
            if (x is 0 or 19 || y < 3 || z == 9) continue;
            labels[i] = (byte)random.Next(3);
            hu[i] = labels[i] switch { 0 => 50, 1 => -100, _ => 200 };
        }
        return hu;
    }
}
