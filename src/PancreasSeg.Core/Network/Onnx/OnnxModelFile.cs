using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Google.Protobuf;
using PancreasSeg.Network.Foreign;

namespace PancreasSeg.Network.Onnx;

/// <summary>
/// Models as ONNX files, for other runtimes and for <c>OnnxEngine</c>. The metadata hold the same description as a safetensors file under
/// the same key <c>pancreasseg</c> and a hash of all the rest. Of two stages each has a file, <c>m.onnx</c> and <c>m.locator.onnx</c>;
/// the first names the hash of the second's weights, so that a wrong neighbour is refused.
/// </summary>
internal static class OnnxModelFile
{
    public const string Extension = ".onnx";

    private static readonly string[] s_weights = [".weight", ".bias", ".running_mean", ".running_var"];

    private const string HeaderKey = "pancreasseg", HashKey = "pancreasseg.sha256", LocatorKey = "pancreasseg.locator.sha256";

    /// <summary>The version of the file format that goes with <see cref="ConvolutionGraph.OperatorSet"/>.</summary>
    private const int IrVersion = 8;

    /// <summary>Messages of two gigabytes cannot be written; the rest is for all but the weights.</summary>
    private const long MostWeights = (int.MaxValue - (1 << 24)) / sizeof(float);

    /// <summary>Name of the file of the first stage beside that of the second.</summary>
    public static string LocatorPath(string path) => Path.ChangeExtension(path, $".locator{Extension}");

    /// <summary>One stage as an ONNX model.</summary>
    /// <exception cref="CoreException"><see cref="Fault.ModelPlanMismatch"/> for more weights than the format can hold.</exception>
    public static byte[] Bytes(PancreasModel stage) => Message(stage).ToByteArray();

    /// <summary>Writes each stage to its file, the locator's first.</summary>
    /// <inheritdoc cref="ModelFile.Write"/>
    public static void Write(PancreasModel model, string path, bool overwrite)
    {
        ModelProto message = Message(model);
        AtomicFile.Write(path, overwrite, stream =>
        {
            message.WriteTo(stream);
            if (model.Locator is { } locator) AtomicFile.Write(LocatorPath(path), overwrite, Message(locator).WriteTo);
        });
    }

    /// <summary>Reads a model, and its locator where it has one.</summary>
    /// <exception cref="CoreException">As <see cref="ModelFile.Read"/>.</exception>
    /// <exception cref="InvalidDataException">The file is damaged or describes no model of this module.</exception>
    public static PancreasModel Read(string path)
    {
        (PancreasModel model, string? hash) = ReadStage(path);
        if (hash is null) return model;
        string neighbour = LocatorPath(path);
        if (!File.Exists(neighbour))
            throw new CoreException(Fault.FileNotFound,
                $"The model '{path}' has two stages, and the file of the first, '{neighbour}', does not exist.", neighbour,
                "Keep both files in one folder, or export the model again.");
        (PancreasModel locator, string? further) = ReadStage(neighbour);
        if (further is not null || locator.Sha256 != hash)
            throw new CoreException(Fault.ModelPlanMismatch, $"'{neighbour}' is not the locator that '{path}' was exported with.",
                neighbour, "Export the model again; it writes both files.");
        return model.WithLocator(locator);
    }

    private static (PancreasModel Model, string? LocatorHash) ReadStage(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        ModelProto message = Parse(bytes);
        ILookup<string, string> metadata = message.MetadataProps.ToLookup(entry => entry.Key, entry => entry.Value);
        if (!metadata.Contains(HeaderKey) && !metadata.Contains(NnUNetFile.HeaderKey))
            throw new CoreException(Fault.ModelFormatUnknown,
                $"'{path}' does not say how to prepare the network's input: it is an ONNX file, but not one of this module.", path,
                "Use a file written by Export-PancreasModel, or say how to use it with Invoke-PancreasSegmentation -Plan.");
        if (message.Graph is null || Hash(message) != metadata[HashKey].SingleOrDefault())
            throw new InvalidDataException("its graph is not the one it was written with (SHA-256 differs)");
        IEnumerable<WeightTensor> weights = message.Graph.Initializer.Where(IsWeight).Select(Weight);
        PancreasModel model = metadata[NnUNetFile.HeaderKey].FirstOrDefault() is { } foreign
            ? PancreasModel.OfNnUNet(NnUNetFile.Model(foreign, weights, path), path)
            : ModelFile.Stage(metadata[HeaderKey].First(), weights, path);
        return (model.FromOnnx(bytes), metadata[LocatorKey].SingleOrDefault());
    }

    private static ModelProto Parse(byte[] bytes)
    {
        try
        {
            return ModelProto.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new InvalidDataException("it is not an ONNX file or ends too early", e);
        }
    }

    private static GraphProto Graph(NnUNetModel model) => model.Folds is [var fold]
        ? UNetGraph.Of(model.Architecture, fold.Weights, model.Labels.Channels, model.Plans.Configuration.Patch)
        : throw new CoreException(Fault.ModelNotSupported,
            $"'{model.Name}' has the folds {string.Join(", ", model.Folds.Select(f => f.Name))}, and an ONNX file holds one: "
            + "nnU-Net averages their answers to the whole image, which no graph of a patch can.", model.Name, "Choose one with -Fold.");

    private static ModelProto Message(PancreasModel model)
    {
        if ((model.NnUNetSource is null ? model.Network.ParameterCount : model.ParameterCount) > MostWeights)
            throw new CoreException(Fault.ModelPlanMismatch, $"The model '{model.Name}' has more weights than an ONNX file can hold.",
                model.Name, "Use the .safetensors file.");
        (GraphProto graph, string key, string header) = model.NnUNetSource is { } foreign
            ? (Graph(foreign), NnUNetFile.HeaderKey, NnUNetFile.Header(foreign))
            : (GraphOperations.Of(model.Network, model.Weights), HeaderKey, ModelHeaderJson.Write(model.Header));
        var message = new ModelProto
        {
            IrVersion = IrVersion,
            ProducerName = "PancreasSeg",
            ProducerVersion = typeof(OnnxModelFile).Assembly.GetCustomAttribute<AssemblyFileVersionAttribute>()!.Version,
            Graph = graph,
        };
        message.OpsetImport.Add(new OperatorSetIdProto { Version = ConvolutionGraph.OperatorSet });
        string hash = Hash(message);
        Add(key, header);
        Add(HashKey, hash);
        if (model.Locator is { } locator) Add(LocatorKey, locator.Sha256);
        return message;

        void Add(string key, string value) => message.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
    }

    /// <summary>SHA-256 of everything but the metadata.</summary>
    private static string Hash(ModelProto message)
    {
        ModelProto bare = message.Clone();
        bare.MetadataProps.Clear();
        return Convert.ToHexStringLower(SHA256.HashData(bare.ToByteArray()));
    }

    private static bool IsWeight(TensorProto tensor) =>
        s_weights.Any(ending => tensor.Name.EndsWith(ending, StringComparison.Ordinal));

    private static WeightTensor Weight(TensorProto tensor)
    {
        if (tensor.Dims.Any(n => n is < 0 or > int.MaxValue))
            throw new InvalidDataException($"the weights '{tensor.Name}' have an impossible shape");
        var shape = new WeightShape(tensor.Name, [.. tensor.Dims.Select(n => (int)n)]);
        if (tensor.DataType != (int)TensorProto.Types.DataType.Float || tensor.RawData.Length != sizeof(float) * shape.Count)
            throw new InvalidDataException($"the weights '{tensor.Name}' are not float32 of the shape they state");
        return new WeightTensor(shape, MemoryMarshal.Cast<byte, float>(tensor.RawData.Span).ToArray());
    }
}
