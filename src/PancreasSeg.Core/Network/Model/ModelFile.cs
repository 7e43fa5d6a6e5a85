using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using PancreasSeg.Network.Foreign;
using PancreasSeg.Network.Onnx;

namespace PancreasSeg.Network;

/// <summary>
/// Model files: a safetensors file whose metadata holds, under the key <c>pancreasseg</c>, the description of the network and
/// of its preprocessing as JSON. A file without that description, or one that disagrees with it, is refused. A file of two stages describes
/// its first one under <c>pancreasseg.locator</c> and holds that one's weights under names that start with <c>locator.</c>; where that has
/// a locator itself, <c>locator</c> stands twice. A model of nnU-Net is described under a key that ends in <c>.nnunet</c> instead.
/// The weights of an ensemble stand under names that start with <c>member0.</c> and so on.
/// A name that ends in .onnx means an ONNX file instead, with the same description in its metadata; a locator lies in a second one beside
/// it.
/// </summary>
public static class ModelFile
{
    /// <summary>File name extension of model files.</summary>
    public const string Extension = ".safetensors";

    private const string HeaderKey = "pancreasseg", LocatorKey = ".locator", LocatorPrefix = "locator.", NnUNetKey = ".nnunet",
        DescriptionHashKey = "pancreasseg.description.sha256";

    // An nnU-Net model behind a model of two stages.
    private const int MostStages = 3;

    /// <summary>File name extension of models exported for other runtimes.</summary>
    public const string OnnxExtension = OnnxModelFile.Extension;

    /// <summary>Reads a model and checks it: description, names and shapes of the weights, their hash, and that each is a number.</summary>
    /// <exception cref="CoreException"><see cref="Fault.FileNotFound"/>; <see cref="Fault.FileReadFailed"/>;
    /// <see cref="Fault.ModelFormatUnknown"/> for a file that is not a model of this module, of another format version or damaged;
    /// <see cref="Fault.ModelPlanMismatch"/> for weights or a plan that do not fit the described network.</exception>
    public static PancreasModel Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (!File.Exists(path))
            throw new CoreException(Fault.FileNotFound, $"The model file '{path}' does not exist.", path, "Check the path.");
        try
        {
            if (IsOnnx(path)) return OnnxModelFile.Read(path);
            (Dictionary<string, string> metadata, List<WeightTensor> tensors) = Tensors(path, name => !MemberWeights.IsOfMember(name));
            PancreasModel model = Stages(HeaderKey, metadata, tensors, path);
            // Last: what is wrong with a description says more than that it was changed. Files of earlier versions have no hash of it.
            if (metadata.TryGetValue(DescriptionHashKey, out string? hash) && hash != HashOf(metadata))
                throw new InvalidDataException("its description is not the one it was written with (SHA-256 differs)");
            MemberWeights.Check(model, path);
            return model;
        }
        catch (Exception e) when (e is InvalidDataException or JsonException or EndOfStreamException)
        {
            throw new CoreException(
                Fault.ModelFormatUnknown, $"'{path}' is not a model file of this module, or it is damaged: {Reason(e)}.", path,
                IsOnnx(path) ? "Use a file written by Export-PancreasModel, or export it again."
                    : ScriptArchive.IsScript(path) ? "Say how to use a TorchScript file with -Plan, or name the folder of its bundle."
                    : "Use a file written by Invoke-PancreasTraining, or fetch it again.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileFault.Unreadable(path, e);
        }
    }

    internal static (Dictionary<string, string> Metadata, List<WeightTensor> Tensors) Tensors(string path, Predicate<string> wanted)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        return SafetensorsFile.Read(stream, wanted);
    }

    /// <summary>The stage that is described under a key, behind those that come before it.</summary>
    private static PancreasModel Stages(string key, Dictionary<string, string> metadata, IEnumerable<WeightTensor> tensors, string path)
    {
        ILookup<bool, WeightTensor> ofLocator = tensors.ToLookup(t => t.Shape.Name.StartsWith(LocatorPrefix, StringComparison.Ordinal));
        PancreasModel stage = metadata.TryGetValue(key + NnUNetKey, out string? foreign)
            ? PancreasModel.OfNnUNet(NnUNetFile.Model(foreign, ofLocator[false], path), path)
            : Stage(metadata.GetValueOrDefault(key), ofLocator[false], path);
        string first = key + LocatorKey;
        bool isDescribed = metadata.ContainsKey(first) || metadata.ContainsKey(first + NnUNetKey);
        if (!isDescribed)
            return !ofLocator[true].Any() ? stage : throw Mismatch(path, "it holds weights of a locator that it does not describe");
        if (!ofLocator[true].Any()) throw Mismatch(path, "the weights of its locator are missing");
        if (first.Split(LocatorKey).Length > MostStages) throw Mismatch(path, "it has more stages than any model");
        return stage.WithLocator(Stages(first, metadata, ofLocator[true]
            .Select(t => t with { Shape = new WeightShape(t.Shape.Name[LocatorPrefix.Length..], t.Shape.Shape) }), path));
    }

    /// <summary>Adds the description and the weights of a stage, and of those that come before it.</summary>
    private static void Add(PancreasModel stage, string key, string prefix, Dictionary<string, string> metadata, List<WeightTensor> tensors)
    {
        (metadata[stage.NnUNetSource is null ? key : key + NnUNetKey], IReadOnlyList<WeightTensor> own) = stage.NnUNetSource is { } foreign
            ? (NnUNetFile.Header(foreign), NnUNetFile.Tensors(foreign))
            : (ModelHeaderJson.Write(stage.Header), stage.Members.Count > 0 ? MemberWeights.Of(stage) : stage.Weights.Tensors);
        tensors.AddRange(own.Select(t => t with { Shape = new WeightShape(prefix + t.Shape.Name, t.Shape.Shape) }));
        if (stage.Locator is { } locator) Add(locator, key + LocatorKey, prefix + LocatorPrefix, metadata, tensors);
    }

    /// <summary>SHA-256 over what describes the stages, in lower-case hex.</summary>
    private static string HashOf(Dictionary<string, string> metadata)
    {
        string?[] stages = [.. Enumerable.Range(0, MostStages)
            .Select(before => HeaderKey + string.Concat(Enumerable.Repeat(LocatorKey, before)))
            .Select(key => metadata.GetValueOrDefault(key) ?? metadata.GetValueOrDefault(key + NnUNetKey))];
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
            $"{stages[0]}\n{stages[1]}{(stages[2] is { } third ? "\n" + third : "")}")));
    }

    /// <summary>Writes a model, whole or not at all. The same model gives the same bytes.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">Full path of the file.</param>
    /// <param name="overwrite">False refuses an existing file.</param>
    /// <exception cref="CoreException"><see cref="Fault.NoClobber"/> or <see cref="Fault.FileWriteFailed"/>;
    /// <see cref="Fault.ModelNotSupported"/> for a network of another project with a plan, and as ONNX for a model of nnU-Net behind a
    /// locator or with several folds.</exception>
    public static void Write(PancreasModel model, string path, bool overwrite = true)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(path);
        for (PancreasModel? stage = model; stage is not null; stage = stage.Locator)
            if (stage.Foreign is not null)
                throw new CoreException(Fault.ModelNotSupported,
                    $"'{stage.Name}' is a network of another project, whose own file is what runs.", stage.Name, "Copy that file.");
        if (IsOnnx(path))
        {
            if (model is { NnUNet: not null, Locator: { } first })
                throw new CoreException(Fault.ModelNotSupported,
                    $"No ONNX file holds the nnU-Net model '{model.Name}' and its locator '{first.Name}'.", model.Name,
                    "Export each by itself.");
            if (model.Members.Count > 0)
                throw new CoreException(Fault.ModelNotSupported,
                    $"'{model.Name}' has {model.Members.Count} members, and an ONNX file holds one.", model.Name,
                    "Export each by itself: (Get-PancreasModel FILE).Members.");
            OnnxModelFile.Write(model, path, overwrite);
            return;
        }
        var metadata = new Dictionary<string, string>();
        var tensors = new List<WeightTensor>();
        Add(model, HeaderKey, "", metadata, tensors);
        metadata[DescriptionHashKey] = HashOf(metadata);
        AtomicFile.Write(path, overwrite, stream => SafetensorsFile.Write(stream, metadata, tensors));
    }

    /// <summary>Full paths of the files that <see cref="Write"/> makes of a model: the named one first.</summary>
    public static IReadOnlyList<string> Files(PancreasModel model, string path)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(path);
        return IsOnnx(path) && model.IsTwoStage ? [path, OnnxModelFile.LocatorPath(path)] : [path];
    }

    /// <summary>True for the name of an ONNX file.</summary>
    internal static bool IsOnnx(string path) => path.EndsWith(OnnxExtension, StringComparison.OrdinalIgnoreCase);

    /// <summary>A model of one stage out of its description and its weights, checked against each other.</summary>
    /// <exception cref="InvalidDataException">Either is damaged.</exception>
    /// <exception cref="CoreException"><see cref="Fault.ModelPlanMismatch"/>.</exception>
    internal static PancreasModel Stage(string? json, IEnumerable<WeightTensor> tensors, string path)
    {
        ModelHeader header = ParseHeader(json);
        header.Network.Validate();
        if (header.Ensemble is { } ensemble)
        {
            if (tensors.FirstOrDefault() is { } stray)
                throw Mismatch(path, $"it holds weights that belong to no member, such as '{stray.Shape.Name}'");
            return ensemble.Sha256() == header.Sha256 ? PancreasModel.Of(header, MemberWeights.Readers(header, path))
                : throw new InvalidDataException("its members are not those it was written with (SHA-256 differs)");
        }
        var weights = new ModelWeights(Ordered(tensors, header.Network.Layout, path));
        if (weights.Sha256() != header.Sha256)
            throw new InvalidDataException("its weights are not those it was written with (SHA-256 differs)");
        return new PancreasModel(header, weights);
    }

    private static ModelHeader ParseHeader(string? json)
    {
        if (json is null) throw new InvalidDataException("it does not say how to prepare the network's input");
        // The version comes first: an unknown one may describe itself with other entries.
        using (JsonDocument document = JsonDocument.Parse(json))
        {
            bool known = document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("formatVersion", out JsonElement version)
                && version.ValueKind == JsonValueKind.Number && version.TryGetInt32(out int number)
                && number is >= ModelHeader.CurrentVersion and <= ModelHeader.SimulatedVersion;
            if (!known)
                throw new InvalidDataException(
                    $"its format version is none of {ModelHeader.CurrentVersion} to {ModelHeader.SimulatedVersion}");
        }
        ModelHeader header = ModelHeaderJson.Read(json);
        if (header.FormatVersion != header.VersionNeeded) throw new InvalidDataException("its format version does not fit what it holds");
        if (!(header.Threshold is > 0 and < 1)) throw new InvalidDataException("its threshold is not between 0 and 1");
        return header;
    }

    /// <summary>The tensors in the network's order, after a check that they are exactly the network's and that each value is a
    /// number.</summary>
    /// <exception cref="InvalidDataException">A value is not a number.</exception>
    /// <exception cref="CoreException"><see cref="Fault.ModelPlanMismatch"/>.</exception>
    internal static List<WeightTensor> Ordered(
        IEnumerable<WeightTensor> tensors, IReadOnlyList<WeightShape> layout, string path, string whose = "")
    {
        var byName = new Dictionary<string, WeightTensor>();
        foreach (WeightTensor tensor in tensors)
            if (!byName.TryAdd(tensor.Shape.Name, tensor)) throw Mismatch(path, $"{whose}it holds the weights '{tensor.Shape.Name}' twice");
        var ordered = new List<WeightTensor>();
        foreach (WeightShape expected in layout)
        {
            if (!byName.Remove(expected.Name, out WeightTensor? tensor)) throw Mismatch(path, $"{whose}the weights '{expected.Name}' are missing");
            if (!tensor.Shape.Shape.AsSpan().SequenceEqual(expected.Shape))
                throw Mismatch(
                    path, $"{whose}the weights '{expected.Name}' have the shape {Text(tensor.Shape.Shape)} instead of {Text(expected.Shape)}");
            if (!Array.TrueForAll(tensor.Values, float.IsFinite))
                throw new InvalidDataException($"the weights '{expected.Name}' hold a value that is not a number");
            ordered.Add(tensor);
        }
        if (byName.Count > 0) throw Mismatch(path, $"{whose}it holds weights the network does not have, such as '{byName.Keys.First()}'");
        return ordered;
    }

    internal static CoreException Mismatch(string path, string why) =>
        new(Fault.ModelPlanMismatch, $"The weights in '{path}' do not fit the network it describes: {why}.", path,
            "Fetch or train the model again.");

    internal static string Reason(Exception e) =>
        e is InvalidDataException ? e.Message : e is JsonException ? "its description cannot be read" : "it ends too early";

    private static string Text(int[] shape) => string.Join('x', shape);
}
