using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Inference;
using PancreasSeg.Network;

namespace PancreasSeg.Core.Tests.Inference;

[Collection(TorchTests.Name)]
public sealed class SegmentationEnginesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Auto_goes_by_where_the_model_came_from_and_a_name_goes_before()
    {
        ModelFile.Write(TestModels.Model(), _folder.File("m.onnx"));
        PancreasModel plain = TestModels.Model(), onnx = ModelFile.Read(_folder.File("m.onnx"));
        Assert.Equal("TorchSharp", Engine(plain, SegmentationEngineKind.Auto));
        Assert.Equal("OnnxRuntime", Engine(plain, SegmentationEngineKind.Onnx));
        Assert.Equal("OnnxRuntime", Engine(onnx, SegmentationEngineKind.Auto));
        Assert.Equal("OnnxRuntime", Engine(onnx.Named("other"), SegmentationEngineKind.Auto));
        Assert.Equal("TorchSharp", Engine(onnx, SegmentationEngineKind.Torch));
        Assert.Equal("TorchSharp", Engine(onnx, SegmentationEngineKind.Auto, Precision.BFloat16));
        Assert.Throws<ArgumentOutOfRangeException>(() => Engine(plain, (SegmentationEngineKind)9));
    }

    private static string Engine(PancreasModel model, SegmentationEngineKind kind, Precision precision = Precision.Auto)
    {
        using ISegmentationEngine engine =
            SegmentationEngines.Create(model, kind, new EngineOptions { ThreadCount = 1, Precision = precision });
        return engine.Info.Engine;
    }
}
