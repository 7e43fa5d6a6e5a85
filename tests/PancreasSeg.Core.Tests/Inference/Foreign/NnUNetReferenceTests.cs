using System.Globalization;
using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Inference;
using PancreasSeg.Inference.Foreign;
using PancreasSeg.Network;
using PancreasSeg.Network.Foreign;
using PancreasSeg.Nifti;

namespace PancreasSeg.Core.Tests.Inference.Foreign;

/// <summary>Models, inputs and every intermediate array of nnU-Net 2.8.1 itself, which lie beside the repository.</summary>
[Collection(TorchTests.Name)]
public class NnUNetReferenceTests(ITestOutputHelper output)
{
    private const float InputBar = 1e-5f, PatchBar = 5e-5f;
    private const double EqualLogitsBar = 0.995, LabelBar = 1e-4, HalfLabelBar = 5e-3, DiceBar = 0.999, ProbabilityBar = 2e-3;
    private const byte Pancreas = 2;
    private const NnUNetPreparation Plain = NnUNetPreparation.NnUNet;

    private static readonly string[] s_stepCases = ["801_f0_plain_case4", "802_f0_mirror_case2", "802_f0_mirror_case4",
        "803_f01_plain_case4"];

    public static TheoryData<string> Cases() =>
    [
        "801_f0_plain_case4", "801_f0_mirror_case4", "801_f0_plain_case2", "802_f0_mirror_case4", "802_f0_mirror_case2",
            "803_f0_plain_case4",
        "803_f1_plain_case4", "803_f01_plain_case4", "803_f01_mirror_case4", "803_f01_plain_case2",
    ];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_step_is_that_of_nnunet(string name)
    {
        string expected = SampleData.Require("nnunet", "expected");
        string[] parts = name.Split('_');
        NnUNetModel model = Model(parts[0], parts[1]);
        CtVolume ct = NiftiFile.ReadCt(SampleData.Require("nnunet", "input", $"{parts[3]}_0000.nii.gz"));
        using NnUNetSegmenter segmenter = NnUNetSegmenter.Create(PancreasModel.OfNnUNet(model, name), SegmentationEngineKind.Torch,
            new EngineOptions { ThreadCount = 1 });
        NnUNetInput input = NnUNetInput.Prepare(ct, segmenter.GridOf(ct, null, Plain), model.Plans, Plain, default);
        var export = new NnUNetExport(model, ct, input, "pancreas");
        var slabs = new List<LogitMap>();
        segmenter.Predict(input.Image, PatchGrid.DefaultStep, parts[2] == "mirror", slab =>
        {
            slabs.Add(slab);
            export.Take(slab, default);
        }, null, default);
        LogitMap logits = slabs.Joined();
        (LabelVolume found, _) = export.Finish(default);

        if (s_stepCases.Contains(name))
        {
            string steps = Path.Combine(expected, name + "_steps.npz");
            (float[] image, int[] shape) = NumpyArrays.Read(steps, "preprocessed");
            Assert.Equal(shape[1..], input.Image.Shape);
            float inputDifference = image.Zip(input.Image.Values, (a, b) => Math.Abs(a - b)).Max();
            (float[] wanted, _) = NumpyArrays.Read(steps, "logits");
            float[] made = [.. logits.Channels.SelectMany(channel => channel).Select(v => (float)v)];
            double equal = wanted.Zip(made, (a, b) => a == b).Count(same => same) / (double)made.Length;
            int farthest = wanted.Zip(made, (a, b) => Math.Abs(HalfSteps(a) - HalfSteps(b))).Max();
            output.WriteLine($"{name}: input {inputDifference:g3}, equal logits {equal:p4}, at most {farthest} steps of float16 apart");
            Assert.InRange(inputDifference, 0, InputBar);
            Assert.InRange(equal, EqualLogitsBar, 1);
        }
        LabelVolume labels = NiftiFile.ReadLabels(Path.Combine(expected, name + ".nii.gz"));
        byte[] a = labels.Labels.ToArray(), b = found.Labels.ToArray();
        int different = a.Zip(b, (x, y) => x != y).Count(x => x), both = a.Zip(b, (x, y) => x == Pancreas && y == Pancreas).Count(x => x);
        int together = labels.Count(Pancreas) + found.Count(Pancreas);
        double dice = together == 0 ? 1 : 2.0 * both / together;
        output.WriteLine($"{name}: {different} of {a.Length} labels differ, pancreas {labels.Count(Pancreas)}, Dice {dice:0.0000}");
        Assert.InRange(different, 0, a.Length * LabelBar);
        Assert.InRange(dice, DiceBar, 1);
        Assert.True(labels.Grid.Matches(found.Grid));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void In_bfloat16_few_labels_are_others(string name)
    {
        string[] parts = name.Split('_');
        PancreasModel model = PancreasModel.OfNnUNet(Model(parts[0], parts[1]), name);
        LabelVolume labels = NiftiFile.ReadLabels(SampleData.Require("nnunet", "expected", name + ".nii.gz"));
        CtVolume ct = NiftiFile.ReadCt(SampleData.Require("nnunet", "input", $"{parts[3]}_0000.nii.gz"));
        using NnUNetSegmenter segmenter = NnUNetSegmenter.Create(model, SegmentationEngineKind.Torch,
            new EngineOptions { ThreadCount = 1, Precision = Precision.BFloat16 });
        LabelVolume found = segmenter.Run(ct, new NnUNetOptions { Mirror = parts[2] == "mirror", Preparation = Plain }).Labels;
        Assert.Equal("bfloat16", segmenter.Engine.Precision);
        byte[] a = labels.Labels.ToArray(), b = found.Labels.ToArray();
        int different = a.Zip(b, (x, y) => x != y).Count(x => x), both = a.Zip(b, (x, y) => x == Pancreas && y == Pancreas).Count(x => x);
        double dice = 2.0 * both / Math.Max(1, labels.Count(Pancreas) + found.Count(Pancreas));
        output.WriteLine($"{name}: {different} of {a.Length} labels differ, pancreas {labels.Count(Pancreas)}, Dice {dice:0.0000}");
        Assert.InRange(different, 0, a.Length * HalfLabelBar);
    }

    [Theory]
    [InlineData("801", "801_f0_plain_case4")]
    [InlineData("802", "802_f0_mirror_case4")]
    public void The_network_answers_a_patch_as_in_python(string id, string name)
    {
        string file = Path.Combine(SampleData.Require("nnunet", "expected"), name + "_patch0.npz");
        NnUNetModel model = Model(id, "f0");
        (float[] patch, _) = NumpyArrays.Read(file, "input");
        (float[] wanted, _) = NumpyArrays.Read(file, "logits");
        TorchTarget target = TorchRuntime.Start(ComputeDevice.Cpu, Precision.Float32, 1);
        using var network = new TorchPatchNetwork(model.Architecture, model.Folds[0].Weights, model.Labels.Channels,
            model.Plans.Configuration.Patch, target);
        var logits = new float[wanted.Length];
        network.Run(patch, logits, default);
        // The file holds float16: half a step of it is the file's own.
        float difference = wanted.Zip(logits, (a, b) => Math.Abs(a - b) - HalfStep(a) / 2).Max();
        output.WriteLine($"{name}: patch logits differ by {difference:g3} beyond the file's rounding");
        Assert.InRange(difference, float.MinValue, PatchBar);
    }

    internal static NnUNetModel Model(string id, string folds)
    {
        string models = SampleData.Require("nnunet", "models");
        return NnUNetModel.Read(Directory.GetDirectories(models, $"Dataset{id}_*").Single(),
            [.. folds[1..].Select(fold => fold.ToString(CultureInfo.InvariantCulture))]);
    }

    private static float HalfStep(float value) => (float)Half.BitIncrement((Half)Math.Abs(value)) - Math.Abs(value);

    // float16 numbers in a row: neighbours differ by 1.
    private static int HalfSteps(float value)
    {
        short bits = BitConverter.HalfToInt16Bits((Half)value);
        return bits < 0 ? -(bits & 0x7FFF) : bits;
    }
}
