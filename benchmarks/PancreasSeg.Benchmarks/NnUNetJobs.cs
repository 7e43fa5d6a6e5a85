using System.Text.Json.Nodes;
using PancreasSeg.Inference;
using PancreasSeg.Inference.Foreign;
using PancreasSeg.Network;
using PancreasSeg.Network.Foreign;
using PancreasSeg.TestSupport;
using static TorchSharp.torch;

namespace PancreasSeg.Benchmarks;

/// <summary>nnU-Net's standard network, as TotalSegmentator's models have it, with random weights: time and memory do not depend on
/// their values.</summary>
internal static class NnUNetJobs
{
    private const int Patch = 128, Classes = 25;
    private const double Gigaflop = 2 * 479, Fine = 1.5, Coarse = 6;

    public static IReadOnlyList<Job> All(Settings settings) =>
    [
        new("nnU-Net patch plain float32", true, () => Plain(settings.Work), Gigaflop, MatrixProduct.Float32),
        new("nnU-Net patch float32", true, () => Fast(settings.Work, Precision.Float32), Gigaflop, MatrixProduct.Float32),
        new("nnU-Net patch bfloat16", true, () => Fast(settings.Work, Precision.BFloat16), Gigaflop, MatrixProduct.BFloat16),
        new("nnU-Net box in 512x512x300 float32", true, () => Located(settings.Work, Precision.Float32), 2 * Gigaflop,
            MatrixProduct.Float32),
        new("nnU-Net box in 512x512x300 bfloat16", true, () => Located(settings.Work, Precision.BFloat16), 2 * Gigaflop,
            MatrixProduct.BFloat16),
    ];

    private static Action Plain(string work)
    {
        TorchRuntime.Start(ComputeDevice.Cpu, Precision.Float32, null);
        NnUNetModel model = Model(work, Fine).NnUNetSource!;
        var weights = model.Folds[0].Weights.Tensors.ToDictionary(w => w.Shape.Name,
            w => tensor(w.Values, [.. w.Shape.Shape.Select(n => (long)n)]));
        float[] input = Input();
        return () =>
        {
            using var scope = NewDisposeScope();
            using var noGradients = inference_mode(true);
            Tensor x = VolumeTensor.From(input, Patch, Patch, Patch).contiguous();
            PlainUNet.Logits(weights, model.Architecture, x, activationFirst: false).sum().item<float>();
        };
    }

    private static Action Fast(string work, Precision precision)
    {
        IPatchNetwork network = PatchNetworks.Create(Model(work, Fine), SegmentationEngineKind.Torch,
            new EngineOptions { Precision = precision }).Folds[0];
        float[] input = Input(), logits = new float[Classes * input.Length];
        return () => network.Run(input, logits, default);
    }

    /// <summary>The whole CT at 6 mm, then the usual box of a pancreas at 1.5 mm, each one patch: what -Locator does.</summary>
    private static Action Located(string work, Precision precision)
    {
        var options = new EngineOptions { Precision = precision };
        NnUNetSegmenter coarse = NnUNetSegmenter.Create(Model(work, Coarse), SegmentationEngineKind.Torch, options),
            fine = NnUNetSegmenter.Create(Model(work, Fine), SegmentationEngineKind.Torch, options);
        CtVolume ct = Jobs.Ct(VolumeGrid.Axial(512, 512, 300, new(0.8, 0.8, 1.5)));
        var use = new NnUNetOptions { Preparation = NnUNetPreparation.TotalSegmentator };
        var box = new IndexBox(160, 190, 120, 160 + 184, 190 + 134, 120 + 62);  // 147 x 107 x 93 mm
        return () =>
        {
            coarse.Run(ct, use);
            fine.Run(ct.To(box.Cut(ct.Grid), default), use);
        };
    }

    /// <summary>Writes the models that the jobs read: half a gigabyte each, which is not theirs to hold.</summary>
    public static void Write(string work)
    {
        foreach (double spacing in (double[])[Fine, Coarse]) Write(work, spacing);
    }

    private static string Root(string work, double spacing) => Path.Combine(work, FormattableString.Invariant($"nnunet-{spacing}"));

    private static PancreasModel Model(string work, double spacing) =>
        ForeignModel.ReadNnUNet(Directory.GetDirectories(Root(work, spacing)).Single());

    private static void Write(string work, double spacing)
    {
        var standard = new SmallNnUNet();
        standard.Configuration["patch_size"] = new JsonArray(Patch, Patch, Patch);
        standard.Configuration["spacing"] = new JsonArray(spacing, spacing, spacing);
        standard.Network["n_stages"] = 6;
        standard.Network["features_per_stage"] = new JsonArray(32, 64, 128, 256, 320, 320);
        standard.Network["kernel_sizes"] = Stages(_ => 3);
        standard.Network["strides"] = Stages(stage => stage == 0 ? 1 : 2);
        standard.Network["n_conv_per_stage"] = 2;
        standard.Network["n_conv_per_stage_decoder"] = 2;
        standard.DataSet["labels"] = new JsonObject([.. Enumerable.Range(0, Classes).Select(label => KeyValuePair.Create(
            label == 0 ? "background" : label == 7 ? PancreasModel.PancreasClass : $"organ{label}", (JsonNode?)label))]);
        standard.Write(Root(work, spacing));
    }

    private static JsonArray Stages(Func<int, int> size) =>
        [.. Enumerable.Range(0, 6).Select(stage => new JsonArray(size(stage), size(stage), size(stage)))];

    private static float[] Input()
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, Patch * Patch * Patch).Select(_ => random.NextSingle() * 2 - 1)];
    }
}
