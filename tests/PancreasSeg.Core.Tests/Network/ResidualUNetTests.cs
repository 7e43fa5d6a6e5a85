using PancreasSeg.Inference;
using PancreasSeg.Network;
using PancreasSeg.Preprocess;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace PancreasSeg.Core.Tests.Network;

[Collection(TorchTests.Name)]
public sealed class ResidualUNetTests : IDisposable
{
    private readonly TorchTarget _target = TorchRuntime.Start(ComputeDevice.Cpu, Precision.Float32, 1);
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<NetworkSpec> Specs => new(
        Residual(2, [2, 2, 1], [2, 2, 2], [2, 2, 2]) with { Classes = 3, PancreasChannel = 2 },
        Residual(4, [1, 2, 2], [2, 1, 2]),
        Residual(3, [2, 2, 2], [2, 2, 1], [2, 2, 1], [1, 1, 2]),
        Residual(4, [2, 2, 2]));

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Specs))]
    public void Output_and_heads_are_those_of_nnU_Nets_network_written_plainly(NetworkSpec spec)
    {
        using var noGradients = no_grad();
        using var scope = NewDisposeScope();
        ModelWeights weights = TestModels.Weights(spec);
        using SegmentationNetwork network = new(spec, ParameterSources.Trainable(weights, _target.Device));
        var plain = weights.Tensors.ToDictionary(w => w.Shape.Name, w => tensor(w.Values, [.. w.Shape.Shape.Select(n => (long)n)]));
        int stages = spec.Strides!.Count + 1;
        var sizes = new UNetArchitecture
        {
            IsResidual = true,
            Features = new int[stages],
            StemFeatures = 0,
            Kernels = [],
            Strides = [[1, 1, 1], .. spec.Strides.Select(s => (int[])[s[2], s[1], s[0]])],
            EncoderUnits = [],
            DecoderUnits = [],
        };
        (int d, int h, int w) = (8, 24, 16);                                    // multiples of the strides, not of 16
        Tensor x = Input(d, h, w);
        (Tensor output, Tensor[] heads) = network.Logits(x);

        List<Tensor> decoded = PlainUNet.Decoded(plain, sizes, x, activationFirst: false); // deepest first
        Tensor Head(int stage) => interpolate(
            conv3d(decoded[stages - 2 - stage], plain[$"head{stage}.weight"], plain[$"head{stage}.bias"]), [d, h, w],
            mode: InterpolationMode.Trilinear, align_corners: false);
        Assert.InRange(Difference(output, Head(0)), 0, 2e-5);
        // All maps but the two coarsest have a head; the finest is the output.
        int[] guiding = [.. Enumerable.Range(1, Math.Max(0, stages - 3)).Reverse()];
        Assert.Equal(guiding.Length, heads.Length);
        Assert.All(heads.Zip(guiding), pair => Assert.InRange(Difference(pair.First, Head(pair.Second)), 0, 2e-5));
        Assert.True(output.max().item<float>() - output.min().item<float>() > 0.1);
        Assert.InRange(Difference(network.Probability(x), output.softmax(1).narrow(1, spec.PancreasChannel, 1)), 0, 1e-5);
    }

    [Fact]
    public void Weights_are_as_many_as_the_blocks_have()
    {
        static long Unit(long input, long c) => 27 * c * input + 3 * c;         // convolution, its bias, scale and shift
        static long Block(long input, long c, bool projects) => Unit(input, c) + Unit(c, c) + (projects ? c * input + 2 * c : 0);
        long[] features = [64, 128, 256, 320, 320];
        int[] blocks = [1, 3, 4, 6, 6];
        long expected = Unit(1, 64) + Block(64, 64, false);
        for (int s = 1; s < 5; s++)
        {
            expected += Block(features[s - 1], features[s], features[s] != features[s - 1])
                + (blocks[s] - 1) * Block(features[s], features[s], false);
            int taps = s == 4 ? 4 : 8;
            expected += taps * features[s] * features[s - 1] + features[s - 1] + Unit(2 * features[s - 1], features[s - 1]);
        }
        expected += new long[] { 64, 128, 256 }.Sum(c => 2 * c + 2);            // heads
        Assert.Equal(expected, Residual(64, [2, 2, 2], [2, 2, 2], [2, 2, 2], [2, 2, 1]).ParameterCount);
    }

    [Fact]
    public void Every_weight_receives_a_gradient_and_blocks_begin_as_their_by_pass()
    {
        using var scope = NewDisposeScope();
        NetworkSpec spec = Residual(4, [2, 2, 1], [2, 2, 2], [2, 2, 2], [2, 2, 1]);
        using SegmentationNetwork network = new(spec, ParameterSources.Trainable(TestModels.Weights(spec), _target.Device));
        (Tensor output, Tensor[] heads) = network.Logits(Input(8, 32, 32));
        (output.pow(2).mean() + heads.Select(h => h.pow(2).mean()).Aggregate((a, b) => a + b)).backward();
        Assert.All(network.Weights, w => Assert.True(w.Value.grad is { } g && g.abs().sum().item<float>() > 0, w.Key));

        ModelWeights drawn = InitialWeights.Draw(spec, 1);
        Assert.All(drawn.Tensors.Where(t => t.Shape.Name.EndsWith(".conv2.norm.weight", StringComparison.Ordinal)),
            t => Assert.All(t.Values, v => Assert.Equal(0, v)));
        using SegmentationNetwork first = new(spec, ParameterSources.Trainable(drawn, _target.Device));
        Assert.InRange(first.Logits(Input(16, 64, 64)).Output.std().item<float>(), 0.1, 10);
    }

    [Fact]
    public void In_bfloat16_the_answer_is_that_of_float32_but_for_its_rounding()
    {
        PancreasModel model = TestModels.Model(Residual(16, [2, 2, 1], [2, 2, 2], [2, 2, 2]));
        float[] input = TestModels.Input(8, 32, 32);
        float[] Answer(Precision precision)
        {
            using var engine = new TorchEngine(model, new EngineOptions { Precision = precision, ThreadCount = 2 });
            return engine.Run(input, 8, 32, 32);
        }
        float[] exact = Answer(Precision.Float32), half = Answer(Precision.BFloat16);
        Assert.InRange(exact.Zip(half, (a, b) => Math.Abs(a - b)).Average(), 1e-7, 0.02 * (exact.Max() - exact.Min()));
    }

    [Fact]
    public void A_file_keeps_strides_and_is_of_a_version_that_earlier_ones_refuse()
    {
        NetworkSpec spec = Residual(2, [2, 2, 1], [2, 2, 2]);
        PancreasModel model = TestModels.Model(spec);
        string path = _folder.File("m.safetensors");
        ModelFile.Write(model, path);
        PancreasModel read = ModelFile.Read(path);
        Assert.Equal(spec, read.Network);
        Assert.Equal((model.Sha256, model.Identity), (read.Sha256, read.Identity));
        Assert.Equal([[2, 2, 1], [2, 2, 2]], read.Network.Strides!);
        string text = File.ReadAllText(path, System.Text.Encoding.Latin1);
        Assert.Contains("formatVersion\\u0022:3", text, StringComparison.Ordinal);
        // No other version number goes with strides, and this one not without.
        foreach (int version in (int[])[1, 2, 4, 5])
        {
            File.WriteAllText(path, text.Replace("formatVersion\\u0022:3", $"formatVersion\\u0022:{version}", StringComparison.Ordinal),
                System.Text.Encoding.Latin1);
            CoreException error = Assert.Throws<CoreException>(() => ModelFile.Read(path));
            Assert.Equal(Fault.ModelFormatUnknown, error.Fault);
            Assert.Contains("format version", error.Message, StringComparison.Ordinal);
        }
        ModelFile.Write(TestModels.Model(), path);
        File.WriteAllText(path, File.ReadAllText(path, System.Text.Encoding.Latin1)
            .Replace("formatVersion\\u0022:1", "formatVersion\\u0022:3", StringComparison.Ordinal), System.Text.Encoding.Latin1);
        Assert.Contains("does not fit", Assert.Throws<CoreException>(() => ModelFile.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Members_of_an_ensemble_have_the_same_strides()
    {
        PancreasModel Member(int seed, params int[][] strides)
        {
            NetworkSpec spec = Residual(2, strides);
            return TestModels.Model(spec, TestModels.Weights(spec, seed));
        }
        PancreasModel ensemble = ModelEnsemble.Of("e", [Member(1, [2, 2, 1], [2, 2, 2]), Member(2, [2, 2, 1], [2, 2, 2])]);
        string path = _folder.File("e.safetensors");
        ModelFile.Write(ensemble, path);
        Assert.Equal(ensemble.Sha256, ModelFile.Read(path).Sha256);
        CoreException error = Assert.Throws<CoreException>(() =>
            ModelEnsemble.Of("e", [Member(1, [2, 2, 1], [2, 2, 2]), Member(2, [2, 2, 2], [2, 2, 2])]));
        Assert.Contains("network.strides", error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<NetworkSpec, string> Impossible() => new()
    {
        { new NetworkSpec { Kind = NetworkKind.ResidualUNet }, "has strides" },
        { Residual(4, [2, 2, 1], [2, 2, 2]) with { Stages = 5 }, "2 strides make 3 stages, and it states 5" },
        { Residual(4, [2, 2, 1], [1, 1, 1]), "stride 2, (1, 1, 1)" },
        { Residual(4, [2, 3, 1]), "stride 1, (2, 3, 1)" },
        { Residual(4, [2, 2]), "stride 1, (2, 2)" },
        { Residual(4, new int[][] { null! }), "stride 1, null" },
        { Residual(4), "2 to 7" },
        { Residual(4, [.. Enumerable.Repeat((int[])[2, 2, 2], 7)]), "2 to 7" },
        { Residual(4, [2, 2, 2]) with { Norm = NetworkNorm.None }, "instance normalisation" },
        { new NetworkSpec { Stages = 2, Strides = [[2, 2, 2]] }, "only a ResidualUNet has strides" },
    };

    [Theory]
    [MemberData(nameof(Impossible))]
    public void Wrong_strides_are_refused_by_name(NetworkSpec spec, string message)
    {
        CoreException error = Assert.Throws<CoreException>(spec.Validate);
        Assert.Equal(Fault.ModelPlanMismatch, error.Fault);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_follows_of_other_settings_need_not_be_stated()
    {
        NetworkSpec brief = Residual(4, [2, 2, 1], [2, 2, 2]), full = brief with { Stages = 3, Norm = NetworkNorm.Instance };
        Assert.Equal((full, full.GetHashCode()), (brief, brief.GetHashCode()));
        Assert.NotEqual(brief, Residual(4, [2, 2, 2], [2, 2, 1]));
        Assert.Equal([4, 4, 2], brief.Divisors);
        Assert.Equal([16, 16, 1], new NetworkSpec().Divisors);
        Assert.Equal([16, 16, 1], new NetworkSpec { Kind = NetworkKind.SliceUNet }.Divisors);
    }

    // By hand: each step of the encoder looks one voxel of its map further to each side, each pooled map is twice as coarse.
    // Finest: stem, two of a block. Next: the strided convolution looks 1 slice, then 5 of 2 slices; back up 1, and one decoder.
    [Fact]
    public void Reach_counts_slices_of_the_input()
    {
        Assert.Equal(3 + 6 + 1, Residual(4, [2, 2, 1]).ReachInSlices);
        Assert.Equal(3 + 1 + 5 * 2 + 1 + 1, Residual(4, [2, 2, 2]).ReachInSlices);
    }

    [Fact]
    public void It_runs_whole_or_is_refused()
    {
        NetworkSpec spec = Residual(4, [2, 2, 2], [2, 2, 2]);
        long enough = MemoryEstimate.Of(spec, 64, 64, 64, Precision.Float32).Total;
        using var engine = new TorchEngine(TestModels.Model(spec),
            new EngineOptions { Precision = Precision.Float32, ThreadCount = 1, MaxMemory = enough * 100 });
        Assert.Equal("whole", engine.Settle(64, 64, 64).Engine.Execution);
        CoreException error = Assert.Throws<CoreException>(() => engine.Settle(64, 64, 64, enough * 100));
        Assert.Equal(Fault.MemoryLimitTooSmall, error.Fault);
        Assert.Contains("normalises over the whole volume", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => engine.Run(TestModels.Input(6, 64, 64), 6, 64, 64));
    }

    [Fact]
    public void A_volume_whose_coarsest_map_is_one_voxel_is_refused_by_either_engine()
    {
        NetworkSpec residual = Residual(2, [2, 2, 2], [2, 2, 2], [2, 2, 2], [2, 2, 1]), attention = new() { Norm = NetworkNorm.Instance };
        foreach ((NetworkSpec spec, int slices) in ((NetworkSpec, int)[])[(residual, 8), (attention with { Filters = 2 }, 1)])
        {
            PancreasModel model = TestModels.Model(spec);
            var options = new EngineOptions { Precision = Precision.Float32, ThreadCount = 1 };
            foreach (ISegmentationEngine engine in (ISegmentationEngine[])[new TorchEngine(model, options), new OnnxEngine(model, options)])
            {
                using (engine)
                {
                    CoreException error = Assert.Throws<CoreException>(() => engine.Settle(slices, 16, 16));
                    Assert.Equal(Fault.ModelPlanMismatch, error.Fault);
                    Assert.Contains($"16 x 16 x {slices} voxels are too few", error.Message, StringComparison.Ordinal);
                    engine.Settle(2 * slices, 16, 16);
                }
            }
        }
    }

    [Theory]
    [InlineData(100, 81, 37, 112, 96, 40)]
    [InlineData(96, 80, 40, 96, 80, 40)]
    [InlineData(97, 81, 3, 112, 96, 8)]
    public void Volumes_grow_to_what_the_network_halves(int columns, int rows, int slices, int moreColumns, int moreRows, int moreSlices)
    {
        NetworkSpec spec = Residual(4, [2, 2, 2], [2, 2, 2], [2, 2, 2]);
        var source = VolumeGrid.Axial(columns, rows, slices, new(2, 2, 3));
        var preprocessor = new Preprocessor(new PreprocessPlan { Spacing = [2, 2, 3] }, spec.Divisors);
        VolumeGrid seen = preprocessor.InputGrid(source);
        Assert.Equal((moreColumns, moreRows, moreSlices), (seen.Columns, seen.Rows, seen.Slices));
        // What is added lies round the volume, and its own voxels where they were.
        Vector3D first = seen.Affine.Inverse().Apply(source.Affine.Apply(default));
        Assert.Equal(((moreColumns - columns) / 2, (moreRows - rows) / 2, (moreSlices - slices) / 2),
            ((int)Math.Round(first.X), (int)Math.Round(first.Y), (int)Math.Round(first.Z)));
        var boxed = new PreprocessPlan { Spacing = [2, 2, 3], BoxSize = [columns * 2, rows * 2, slices * 3] };
        VolumeGrid box = new Preprocessor(boxed, spec.Divisors).BoxGrid(source, default);
        Assert.Equal((moreColumns, moreRows, moreSlices), (box.Columns, box.Rows, box.Slices));
    }

    [Fact]
    public void A_size_that_the_network_cannot_halve_is_refused()
    {
        NetworkSpec spec = Residual(4, [2, 2, 2], [2, 2, 2], [2, 2, 2], [2, 2, 1], [2, 2, 1]);
        Assert.Equal([32, 32, 8], spec.Divisors);
        new PreprocessPlan { Size = [64, 32, 8] }.Validate(spec.Divisors);
        foreach (int[] size in (int[][])[[48, 32, 8], [64, 32, 4]])
            Assert.Contains("multiples of 32, 32, 8", Assert.Throws<CoreException>(
                () => new PreprocessPlan { Size = size }.Validate(spec.Divisors)).Message, StringComparison.Ordinal);
    }

    private static NetworkSpec Residual(int filters, params int[][] strides) =>
        new() { Kind = NetworkKind.ResidualUNet, Filters = filters, Strides = strides };

    private static Tensor Input(int d, int h, int w) => VolumeTensor.From(TestModels.Input(d, h, w), d, h, w);

    private static float Difference(Tensor a, Tensor b) => (a - b).abs().max().item<float>();
}
