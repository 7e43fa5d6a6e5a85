using System.Text;
using PancreasSeg.Network;

namespace PancreasSeg.Core.Tests.Network.Foreign;

public sealed class MonaiBundleTests : IDisposable
{
    private const string Inference = """
        ---
        imports: ["$import os"]
        spacing: [1.5, 1.5, 2]
        roi: [16, 24, 8]
        network: "$@network_def.to(@device)"
        preprocessing:
          _target_: Compose
          transforms:
          - _target_: LoadImaged
            keys: image
          - {_target_: monai.transforms.Orientationd, keys: image, axcodes: RAS}
          - _target_: Spacingd
            keys: [image]
            pixdim: "@spacing"
            mode: bilinear
          - _target_: NormalizeIntensityd
            _disabled_: true
          - _target_: ScaleIntensityRanged
            a_min: -87
            a_max: 199
            b_min: 0
            b_max: 1
            clip: true
        inferer:
          _target_: SlidingWindowInferer
          roi_size: "@roi"
          overlap: 0.625
        postprocessing:
          _target_: Compose
          transforms:
          - _target_: Activationsd
            softmax: true
          - _target_: Invertd
            transform: "@preprocessing"
          - _target_: AsDiscreted
            argmax: true
        """;

    private const string Metadata = """
        { "name": "A bundle", "data_source": "some CTs", "network_data_format": { "inputs": { "image": { "num_channels": 1 } },
          "outputs": { "pred": { "channel_def": {
            "0": "background", "1": "Pancreas", "2": "pancreatic tumor", "3": "peripancreatic fat" } } } } }
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_plan_is_what_the_bundle_says()
    {
        Write(Inference, Metadata);
        PancreasModel model = ForeignModel.ReadTree(_folder.FullName);
        ForeignPlan plan = model.Foreign!;
        Assert.Equal(("A bundle", "RAS", -87, 199, ForeignNormalization.UnitRange, 0.625, PatchWeighting.Constant, ForeignOutput.Logits),
            (model.Name, plan.Axes, plan.WindowLow, plan.WindowHigh, plan.Normalization, plan.Overlap, plan.Weighting, plan.Output));
        Assert.Equal([1.5, 1.5, 2], plan.Spacing!);
        Assert.Equal([16, 24, 8], plan.Patch);
        Assert.Equal([1, 2], plan.Channel);
        Assert.Contains("some CTs", model.TrainingData, StringComparison.Ordinal);
        Assert.Equal(Fault.SettingInvalid, Assert.Throws<CoreException>(() => ForeignModel.ReadTree(_folder.FullName, ["0"])).Fault);
    }

    [Fact]
    public void Json_and_an_archive_say_the_same()
    {
        Write(Inference, Metadata);
        string expected = ForeignModel.ReadTree(_folder.FullName).Foreign!.ToJson();
        File.Delete(_folder.File("configs/inference.yaml"));
        File.WriteAllText(_folder.File("configs/inference.json"), """
            { "spacing": [1.5, 1.5, 2], "preprocessing": { "_target_": "Compose", "transforms": [
                { "_target_": "Orientationd", "axcodes": "RAS" }, { "_target_": "Spacingd", "pixdim": ["@spacing#0", "@spacing::1", 2.0] },
                { "_target_": "ScaleIntensityRanged", "a_min": -87, "a_max": 199, "b_min": 0, "b_max": 1, "clip": true } ] },
              "inferer": { "_target_": "SlidingWindowInferer", "roi_size": [16, 24, 8], "overlap": 0.625, "mode": "constant" },
              "postprocessing": { "transforms": [ { "_target_": "AsDiscreted", "argmax": true } ] } }
            """);
        Assert.Equal(expected, ForeignModel.ReadTree(_folder.FullName).Foreign!.ToJson());
        using var zipFolder = new TemporaryFolder();
        System.IO.Compression.ZipFile.CreateFromDirectory(_folder.FullName, zipFolder.File("b.zip"));
        Assert.Equal(expected, ForeignModel.ReadTree(zipFolder.File("b.zip")).Foreign!.ToJson());
    }

    [Fact]
    public void Another_range_of_values_is_a_mean_and_a_deviation()
    {
        Write(Inference.Replace("b_min: 0", "b_min: -0.5", StringComparison.Ordinal)
            .Replace("b_max: 1", "b_max: 2", StringComparison.Ordinal), Metadata);
        ForeignPlan plan = ForeignModel.ReadTree(_folder.FullName).Foreign!;
        Assert.Equal(-0.5, (-87 - plan.Mean!.Value) / plan.StandardDeviation!.Value, 1e-9);
        Assert.Equal(2, (199 - plan.Mean.Value) / plan.StandardDeviation.Value, 1e-9);
    }

    [Theory]
    [InlineData("pixdim: \"@spacing\"", "pixdim: \"$[1, 1, 1]\"", "Python expression")]
    [InlineData("pixdim: \"@spacing\"", "pixdim: \"@nothing\"", "refers to")]
    [InlineData("spacing: [1.5, 1.5, 2]", "spacing: \"@spacing\"", "refers to")]
    [InlineData("mode: bilinear", "mode: nearest", "bilinear")]
    [InlineData("_target_: LoadImaged", "_target_: CropForegroundd", "CropForegroundd")]
    [InlineData("    _disabled_: true\n", "", "NormalizeIntensityd")]
    [InlineData("clip: true", "clip: false", "clipped")]
    [InlineData("clip: true", "clip: maybe", "'clip'")]
    [InlineData("a_min: -87", "a_min: low", "'a_min'")]
    [InlineData("    a_min: -87\n", "", "a_min")]
    [InlineData("_target_: SlidingWindowInferer", "_target_: SimpleInferer", "SimpleInferer")]
    [InlineData("overlap: 0.625", "mode: sharp", "sharp")]
    [InlineData("softmax: true", "other: true", "Activationsd")]
    [InlineData("_target_: Invertd", "_target_: Lambdad", "Lambdad")]
    [InlineData("roi: [16, 24, 8]", "roi: [16, 24]", "roi_size")]
    public void What_is_not_known_or_not_data_is_refused_by_name(string old, string with, string named)
    {
        Assert.Contains(old, Inference, StringComparison.Ordinal);
        Write(Inference.Replace(old, with, StringComparison.Ordinal), Metadata);
        CoreException e = Assert.Throws<CoreException>(() => ForeignModel.ReadTree(_folder.FullName));
        Assert.Equal(Fault.ModelNotSupported, e.Fault);
        Assert.Contains(named, e.Message, StringComparison.Ordinal);
        Assert.Contains("-Plan", e.Remedy!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"Pancreas\"", "\"liver\"", "pancreatic tumor", "spleen tumor")]
    [InlineData("\"num_channels\": 1", "\"num_channels\": 2", "", "")]
    public void A_bundle_for_something_else_is_refused(string old, string with, string secondOld, string secondWith)
    {
        string changed = Metadata.Replace(old, with, StringComparison.Ordinal);
        if (secondOld.Length > 0) changed = changed.Replace(secondOld, secondWith, StringComparison.Ordinal);
        Write(Inference, changed);
        Assert.Equal(Fault.ModelNotSupported, Assert.Throws<CoreException>(() => ForeignModel.ReadTree(_folder.FullName)).Fault);
    }

    [Theory]
    [InlineData("a: &x [1, 2]\nb: *x")]
    [InlineData("a: 1\na: 2")]
    [InlineData("- 1\n- 2")]
    [InlineData("a: [1, 2")]
    [InlineData("")]
    public void A_damaged_configuration_is_told(string yaml)
    {
        Write(yaml, Metadata);
        Assert.Equal(Fault.ModelFormatUnknown, Assert.Throws<CoreException>(() => ForeignModel.ReadTree(_folder.FullName)).Fault);
    }

    [Fact]
    public void A_configuration_nested_without_end_is_told()
    {
        Write(new string('[', 200_000), Metadata);
        Assert.Equal(Fault.ModelFormatUnknown, Assert.Throws<CoreException>(() => ForeignModel.ReadTree(_folder.FullName)).Fault);
    }

    [Fact]
    public void Weights_alone_are_no_network()
    {
        Write(Inference, Metadata);
        File.Move(_folder.File("models/model.ts"), _folder.File("models/model.pt"));
        CoreException e = Assert.Throws<CoreException>(() => ForeignModel.ReadTree(_folder.FullName));
        Assert.Equal(Fault.ModelNotSupported, e.Fault);
        Assert.Contains("ckpt_export", e.Remedy!, StringComparison.Ordinal);
    }

    private void Write(string inference, string metadata)
    {
        Directory.CreateDirectory(_folder.File("configs"));
        Directory.CreateDirectory(_folder.File("models"));
        File.WriteAllText(_folder.File("configs/inference.yaml"), inference, Encoding.UTF8);
        File.WriteAllText(_folder.File("configs/metadata.json"), metadata);
        File.WriteAllBytes(_folder.File("models/model.ts"), ScriptWriter.Module("return torch.cat([x, x, x], 1)"));
    }
}
