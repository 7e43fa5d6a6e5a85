using PancreasSeg.Network;
using PancreasSeg.Network.Onnx;
using PancreasSeg.Preprocess;

namespace PancreasSeg.Core.Tests.Network;

public sealed class OnnxModelFileTests : IDisposable
{
    private static readonly PreprocessPlan s_box = new() { Spacing = [2, 2, 2], BoxSize = [64, 48, 40] };

    private readonly TemporaryFolder _folder = new();

    private string FilePath => _folder.File("m.onnx");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(NetworkKind.AttentionUNet, NetworkNorm.Instance)]
    [InlineData(NetworkKind.SliceUNet, NetworkNorm.None)]
    public void Description_and_weights_are_read_as_they_were_written(NetworkKind kind, NetworkNorm norm)
    {
        PancreasModel model = TestModels.Model(new NetworkSpec { Kind = kind, Norm = norm, Filters = 2 });
        ModelFile.Write(model, FilePath);
        PancreasModel read = ModelFile.Read(FilePath);
        Assert.Equal(ModelHeaderJson.Write(model.Header), ModelHeaderJson.Write(read.Header));
        Assert.All(model.Weights.Tensors, t => Assert.Equal(t.Values, read.Weights.Find(t.Shape.Name)!.Values));
        Assert.Equal(["m.onnx"], _folder.Files);

        ModelFile.Write(read, _folder.File("back.safetensors"));
        ModelFile.Write(model, _folder.File("straight.safetensors"));
        Assert.Equal(File.ReadAllBytes(_folder.File("straight.safetensors")), File.ReadAllBytes(_folder.File("back.safetensors")));
    }

    [Fact]
    public void The_file_is_what_other_tools_expect()
    {
        ModelFile.Write(TestModels.Model(new NetworkSpec { Filters = 2, Stages = 3, Classes = 4, PancreasChannel = 2 }), FilePath);
        ModelProto file = ModelProto.Parser.ParseFrom(File.ReadAllBytes(FilePath));
        Assert.Equal(("", 17L), (file.OpsetImport.Single().Domain, file.OpsetImport.Single().Version));
        Assert.Equal("ct", file.Graph.Input.Single().Name);
        Assert.Equal(["probability", "logits"], file.Graph.Output.Select(o => o.Name));
        Assert.Equal(["1", "1", "D", "H", "W"], Dimensions(file.Graph.Input[0]));
        Assert.Equal(["1", "4", "D", "H", "W"], Dimensions(file.Graph.Output[1]));
        Assert.Contains("windowLow", file.MetadataProps.Single(p => p.Key == "pancreasseg").Value, StringComparison.Ordinal);
        Assert.Equal(file.Graph.Node.Count, file.Graph.Node.SelectMany(n => n.Output).Distinct().Count());
        Assert.Equal(file.Graph.Initializer.Count, file.Graph.Initializer.Select(t => t.Name).Distinct().Count());
    }

    [Fact]
    public void A_locator_gets_a_file_of_its_own_beside_it()
    {
        PancreasModel model = BrightTissueModel.Create(60, s_box).WithLocator(TestModels.Model());
        ModelFile.Write(model, FilePath);
        Assert.Equal(["m.locator.onnx", "m.onnx"], _folder.Files);
        PancreasModel read = ModelFile.Read(FilePath);
        Assert.Equal((model.Sha256, "test model"), (read.Sha256, read.Locator!.Name));
        Assert.NotNull(read.Onnx);
        Assert.NotNull(read.Locator.Onnx);
    }

    [Fact]
    public void A_locator_that_is_absent_or_another_is_refused()
    {
        ModelFile.Write(BrightTissueModel.Create(60, s_box).WithLocator(TestModels.Model()), FilePath);
        string neighbour = _folder.File("m.locator.onnx");
        File.Delete(neighbour);
        Assert.Contains(neighbour, Refused(Fault.FileNotFound), StringComparison.Ordinal);
        ModelFile.Write(BrightTissueModel.Create(10, BrightTissueModel.FixturePlan), neighbour);
        Assert.Contains("is not the locator", Refused(Fault.ModelPlanMismatch), StringComparison.Ordinal);
        ModelFile.Write(TestModels.Model(), neighbour);
        Assert.True(ModelFile.Read(FilePath).IsTwoStage);
    }

    [Fact]
    public void Existing_files_are_kept_on_demand_and_nothing_half_is_left()
    {
        PancreasModel model = BrightTissueModel.Create(60, s_box).WithLocator(TestModels.Model());
        File.WriteAllText(_folder.File("m.locator.onnx"), "kept");
        Assert.Equal(Fault.NoClobber, Assert.Throws<CoreException>(() => ModelFile.Write(model, FilePath, overwrite: false)).Fault);
        Assert.Equal(["m.locator.onnx"], _folder.Files);
        Assert.Equal("kept", File.ReadAllText(_folder.File("m.locator.onnx")));
        Assert.Equal(Fault.FileWriteFailed,
            Assert.Throws<CoreException>(() => ModelFile.Write(model, Path.Combine(_folder.FullName, "absent", "m.onnx"))).Fault);
    }

    [Fact]
    public void Any_damage_is_found()
    {
        ModelFile.Write(TestModels.Model(new NetworkSpec { Filters = 1, Stages = 2 }), FilePath);
        byte[] file = File.ReadAllBytes(FilePath);
        int metadata = file.AsSpan().IndexOf("pancreasseg"u8);
        var random = new Random(3);
        for (int i = 0; i < 300; i++)
        {
            byte[] damaged = [.. file];
            int at = random.Next(metadata - 4);
            damaged[at] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(FilePath, damaged);
            Refused(Fault.ModelFormatUnknown, Fault.ModelPlanMismatch);
        }
        for (int i = 0; i < 50; i++)
        {
            File.WriteAllBytes(FilePath, file[..random.Next(file.Length)]);
            Refused(Fault.ModelFormatUnknown, Fault.ModelPlanMismatch);
        }
    }

    [Fact]
    public void A_changed_node_is_found_although_the_weights_are_right()
    {
        ModelFile.Write(TestModels.Model(), FilePath);
        ModelProto file = ModelProto.Parser.ParseFrom(File.ReadAllBytes(FilePath));
        file.Graph.Node.First(n => n.OpType == "Relu").OpType = "Sigmoid";
        Write(file);
        Assert.Contains("graph", Refused(Fault.ModelFormatUnknown), StringComparison.Ordinal);
    }

    [Fact]
    public void Onnx_of_other_origin_and_files_of_another_kind_are_refused()
    {
        var foreign = new ModelProto { Graph = new GraphProto { Name = "other" } };
        Write(foreign);
        Assert.Contains("not one of this module", Refused(Fault.ModelFormatUnknown), StringComparison.Ordinal);
        File.WriteAllText(FilePath, "no model at all, only text");
        Refused(Fault.ModelFormatUnknown);
        File.WriteAllBytes(FilePath, []);
        Refused(Fault.ModelFormatUnknown);
        ModelFile.Write(TestModels.Model(), _folder.File("m.safetensors"));
        File.Move(_folder.File("m.safetensors"), FilePath, overwrite: true);
        Refused(Fault.ModelFormatUnknown);
    }

    private void Write(ModelProto file) =>
        AtomicFile.Write(FilePath, overwrite: true, stream => Google.Protobuf.MessageExtensions.WriteTo(file, stream));

    private static IEnumerable<string> Dimensions(ValueInfoProto value) =>
        value.Type.TensorType.Shape.Dim.Select(
            d => d.ValueCase == TensorShapeProto.Types.Dimension.ValueOneofCase.DimParam ? d.DimParam : $"{d.DimValue}");

    private string Refused(params Fault[] faults)
    {
        CoreException e = Assert.Throws<CoreException>(() => ModelFile.Read(FilePath));
        Assert.Contains(e.Fault, faults);
        return e.Message;
    }
}
