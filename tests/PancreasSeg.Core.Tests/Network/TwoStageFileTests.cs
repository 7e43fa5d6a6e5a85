using System.Text;
using PancreasSeg.Network;
using PancreasSeg.Preprocess;

namespace PancreasSeg.Core.Tests.Network;

public sealed class TwoStageFileTests : IDisposable
{
    private static readonly PreprocessPlan s_box = new() { Spacing = [2, 2, 2], BoxSize = [64, 48, 40] };

    private readonly TemporaryFolder _folder = new();

    private string FilePath => _folder.File("m.safetensors");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Both_stages_are_read_as_they_were_written()
    {
        PancreasModel model = BrightTissueModel.Create(60, s_box).WithLocator(TestModels.Model());
        ModelFile.Write(model, FilePath);
        PancreasModel read = ModelFile.Read(FilePath);

        Assert.Equal([64.0, 48, 40], read.Plan.BoxSize!);
        Assert.Equal((model.Sha256, model.ParameterCount, "bright tissue", "test model"),
            (read.Sha256, read.ParameterCount, read.Name, read.Locator!.Name));
        Assert.Equal(TestModels.Model().Network.ParameterCount + model.Network.ParameterCount, read.ParameterCount);
        Assert.All(model.Locator!.Weights.Tensors, t => Assert.Equal(t.Values, read.Locator.Weights.Find(t.Shape.Name)!.Values));
        Assert.Null(read.Locator.Plan.BoxSize);
        Assert.NotEqual(model.Sha256,
            BrightTissueModel.Create(60, s_box).WithLocator(BrightTissueModel.Create(10, BrightTissueModel.FixturePlan)).Sha256);
    }

    [Theory]
    [InlineData("p.safetensors")]
    [InlineData("p.onnx")]
    public void What_the_refiner_does_beside_its_network_is_kept(string name)
    {
        PancreasModel plain = BrightTissueModel.Create(60, s_box).WithLocator(TestModels.Model());
        PancreasModel model = plain.Planned(s_box with { Median = true, EnhancedHu = [20, 130] });
        ModelFile.Write(model, _folder.File(name));
        PancreasModel read = ModelFile.Read(_folder.File(name));
        Assert.True(read.Plan.Median);
        Assert.Equal([20.0, 130], read.Plan.EnhancedHu!);
        Assert.Equal((plain.Sha256, false, true), (read.Sha256, read.Locator!.Plan.Median, read.Locator.Plan.EnhancedHu is null));
        ModelFile.Write(plain, FilePath);
        string bytes = Encoding.Latin1.GetString(File.ReadAllBytes(FilePath));
        Assert.DoesNotContain("median", bytes, StringComparison.Ordinal);
        Assert.DoesNotContain("enhancedHu", bytes, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_one_stage_says_nothing_of_boxes_or_locators()
    {
        ModelFile.Write(TestModels.Model(), FilePath);
        string bytes = Encoding.Latin1.GetString(File.ReadAllBytes(FilePath));
        Assert.DoesNotContain("boxSize", bytes, StringComparison.Ordinal);
        Assert.DoesNotContain("locator", bytes, StringComparison.Ordinal);
        Assert.Null(ModelFile.Read(FilePath).Locator);
    }

    [Fact]
    public void A_locator_without_its_weights_or_description_is_refused()
    {
        PancreasModel locator = TestModels.Model();
        ModelFile.Write(BrightTissueModel.Create(60, s_box).WithLocator(locator), FilePath);
        (Dictionary<string, string> metadata, List<WeightTensor> tensors) = Read();

        Write(metadata, [.. tensors.Where(t => !t.Shape.Name.StartsWith("locator.", StringComparison.Ordinal))]);
        Assert.Contains("locator are missing", Refused(Fault.ModelPlanMismatch), StringComparison.Ordinal);

        Write(metadata, [.. tensors.Where(t => t.Shape.Name != "locator.head0.bias")]);
        Assert.Contains("'head0.bias' are missing", Refused(Fault.ModelPlanMismatch), StringComparison.Ordinal);

        Write(new Dictionary<string, string> { ["pancreasseg"] = metadata["pancreasseg"] }, tensors);
        Assert.Contains("does not describe", Refused(Fault.ModelPlanMismatch), StringComparison.Ordinal);

        Write(new Dictionary<string, string>(metadata) { ["pancreasseg.locator"] = "{" }, tensors);
        Refused(Fault.ModelFormatUnknown);
    }

    [Fact]
    public void A_changed_weight_of_the_locator_is_found()
    {
        ModelFile.Write(BrightTissueModel.Create(60, s_box).WithLocator(TestModels.Model()), FilePath);
        byte[] file = File.ReadAllBytes(FilePath);
        file[^2] ^= 1;
        File.WriteAllBytes(FilePath, file);
        Assert.Contains("SHA-256", Refused(Fault.ModelFormatUnknown), StringComparison.Ordinal);
    }

    [Fact]
    public void Stages_that_do_not_fit_are_not_joined()
    {
        PancreasModel whole = TestModels.Model(), boxed = BrightTissueModel.Create(60, s_box);
        Assert.Equal(Fault.ModelPlanMismatch, Assert.Throws<CoreException>(() => whole.WithLocator(whole)).Fault);
        Assert.Equal(Fault.ModelPlanMismatch, Assert.Throws<CoreException>(() => boxed.WithLocator(boxed)).Fault);
        Assert.Equal(Fault.ModelPlanMismatch, Assert.Throws<CoreException>(() => boxed.WithLocator(boxed.WithLocator(whole))).Fault);
    }

    public static TheoryData<PreprocessPlan> BadBoxes() => new(
        s_box with { BoxSize = [64, 48] },
        s_box with { BoxSize = [64, 48, 0] },
        s_box with { BoxSize = [64, 48, double.NaN] },
        s_box with { Spacing = null, Size = [32, 32, 32] },
        s_box with { Orientation = InputOrientation.Stored },
        s_box with { Normalization = Normalization.MinMax },
        s_box with { EnhancedHu = [20] },
        s_box with { EnhancedHu = [130, 20] },
        s_box with { EnhancedHu = [-200, 130] },
        s_box with { EnhancedHu = [20, 240] },
        s_box with { EnhancedHu = [double.NaN, 130] });

    [Theory]
    [MemberData(nameof(BadBoxes))]
    public void A_box_or_bounds_that_make_no_sense_are_refused(PreprocessPlan plan) =>
        Assert.Equal(Fault.ModelPlanMismatch, Assert.Throws<CoreException>(plan.Validate).Fault);

    private (Dictionary<string, string>, List<WeightTensor>) Read()
    {
        using FileStream stream = File.OpenRead(FilePath);
        return SafetensorsFile.Read(stream);
    }

    private void Write(Dictionary<string, string> metadata, List<WeightTensor> tensors) =>
        AtomicFile.Write(FilePath, overwrite: true, stream => SafetensorsFile.Write(stream, metadata, tensors));

    private string Refused(Fault fault)
    {
        CoreException e = Assert.Throws<CoreException>(() => ModelFile.Read(FilePath));
        Assert.Equal(fault, e.Fault);
        return e.Message;
    }
}
