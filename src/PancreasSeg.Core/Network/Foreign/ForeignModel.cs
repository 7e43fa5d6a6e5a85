using System.Security.Cryptography;
using PancreasSeg.Network.Foreign;

namespace PancreasSeg.Network;

/// <summary>Networks of other projects as models: an ONNX or TorchScript file and a plan, a model of nnU-Net, a bundle of MONAI.</summary>
public static class ForeignModel
{
    /// <summary>True for what can only be a model of nnU-Net or a bundle of MONAI: a folder, or a zip archive.</summary>
    public static bool IsTree(string path) => NnUNetFolder.IsCandidate(path);

    /// <summary>Reads a bundle of MONAI, or a model of nnU-Net.</summary>
    /// <param name="path">The bundle's folder (with configs/ and models/), or as <see cref="ReadNnUNet"/>.</param>
    /// <param name="folds">As <see cref="ReadNnUNet"/>; null for a bundle.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="CoreException">As <see cref="ReadNnUNet"/> and, for a bundle, <see cref="Read"/>;
    /// <see cref="Fault.SettingInvalid"/> for folds of a bundle.</exception>
    public static PancreasModel ReadTree(string path, IReadOnlyList<string>? folds = null, CancellationToken cancellation = default)
    {
        using (ModelTree tree = ModelTree.Open(path))
            if (MonaiBundle.Find(tree) is { } prefix)
                return folds is null ? MonaiBundle.Read(tree, prefix, cancellation) : throw FoldsOfNone(path);
        return ReadNnUNet(path, folds, cancellation: cancellation);
    }

    /// <summary>Reads a model of nnU-Net version 2. Nothing in its files is ever executed.</summary>
    /// <param name="path">The model's folder (with plans.json), the data set's folder that holds it alone, or a zip archive of
    /// either.</param>
    /// <param name="folds">The folds to use, numbers or <c>all</c>; null for all numbered ones.</param>
    /// <param name="license">Terms of use as its maker states them; null for none known.</param>
    /// <param name="classes">Names of the classes to tell apart beside the pancreas, * and ? as wildcards; all others count as background.
    /// Null for all.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="CoreException"><see cref="Fault.FileNotFound"/>, <see cref="Fault.FileReadFailed"/>;
    /// <see cref="Fault.ModelFormatUnknown"/> for what is no model, damaged, or asks for something that is not data;
    /// <see cref="Fault.ModelPlanMismatch"/> for weights that do not fit the plan; <see cref="Fault.ModelNotSupported"/> for a model that
    /// this version does not run, or one without a pancreas; <see cref="Fault.SettingInvalid"/> for a class that it does not
    /// know.</exception>
    public static PancreasModel ReadNnUNet(string path, IReadOnlyList<string>? folds = null, string? license = null,
        IReadOnlyList<string>? classes = null, CancellationToken cancellation = default) =>
        PancreasModel.OfNnUNet(NnUNetModel.Read(path, folds, classes, cancellation) with { License = license }, path);

    /// <summary>A model of nnU-Net with some of its folds.</summary>
    /// <param name="model">The model.</param>
    /// <param name="folds">Their names.</param>
    /// <exception cref="CoreException"><see cref="Fault.SettingInvalid"/> for any other model; <see cref="Fault.ModelFormatUnknown"/> for a
    /// fold that it has not.</exception>
    public static PancreasModel WithFolds(PancreasModel model, IReadOnlyList<string> folds)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(folds);
        if (model.NnUNetSource is not { } source) throw FoldsOfNone(model.Name);
        if (folds.Except(source.Folds.Select(fold => fold.Name)).FirstOrDefault() is { } missing)
            throw new CoreException(Fault.ModelFormatUnknown,
                $"'{model.Name}' has no fold '{missing}'; it has {string.Join(", ", source.Folds.Select(fold => fold.Name))}.", missing,
                "Choose among its folds.");
        NnUNetFold[] chosen = [.. folds.Distinct().Select(name => source.Folds.First(fold => fold.Name == name))];
        return PancreasModel.OfNnUNet(source with { Folds = chosen }, model.Name);
    }

    /// <summary>The names of a model's classes, the background aside; its weights are not read.</summary>
    /// <param name="path">As <see cref="ReadNnUNet"/>.</param>
    /// <exception cref="CoreException">As <see cref="ReadNnUNet"/>.</exception>
    public static IReadOnlyList<string> ClassNamesOf(string path)
    {
        using ModelTree tree = ModelTree.Open(path);
        NnUNetFolder folder = NnUNetFolder.Find(tree);
        NnUNetLabels labels = NnUNetLabels.Parse(tree.ReadText(folder.DataSetFile, default), tree.Shown(folder.DataSetFile));
        return [.. labels.Classes.Where(c => c.Label != 0).Select(c => c.Name)];
    }

    /// <summary>The names of a model's folds; its weights are not read.</summary>
    /// <param name="path">As <see cref="ReadNnUNet"/>.</param>
    /// <exception cref="CoreException">As <see cref="ReadNnUNet"/>.</exception>
    public static IReadOnlyList<string> FoldsOf(string path)
    {
        using ModelTree tree = ModelTree.Open(path);
        return NnUNetFolder.Find(tree).Folds;
    }

    /// <summary>Reads a network and its plan. The graph of an ONNX file is not looked at before an engine loads it; the program of a
    /// TorchScript file is looked at here and refused where it does more than compute.</summary>
    /// <param name="path">The ONNX or TorchScript (.ts) file.</param>
    /// <param name="planPath">The plan, JSON of a <see cref="ForeignPlan"/>.</param>
    /// <exception cref="CoreException"><see cref="Fault.FileNotFound"/>, <see cref="Fault.FileReadFailed"/>,
    /// <see cref="Fault.ModelFormatUnknown"/> for a file of another kind, <see cref="Fault.ModelNotSupported"/> for a program that may do
    /// harm, or as <see cref="ForeignPlan.Read"/>.</exception>
    public static PancreasModel Read(string path, string planPath)
    {
        ArgumentNullException.ThrowIfNull(path);
        bool isScript = ScriptArchive.IsScript(path);
        if (!isScript && !ModelFile.IsOnnx(path))
            throw new CoreException(Fault.ModelFormatUnknown,
                $"'{path}' is neither an ONNX nor a TorchScript file (.ts); a plan goes with one.", path, "Leave out the plan: a .safetensors model holds its own.");
        if (!File.Exists(path))
            throw new CoreException(Fault.FileNotFound, $"The model file '{path}' does not exist.", path, "Check the path.");
        ForeignPlan plan = ForeignPlan.Read(planPath);
        byte[] file = FileFault.Reading(path, () => File.ReadAllBytes(path));
        return PancreasModel.OfForeign(Path.GetFileNameWithoutExtension(path), plan, isScript ? ScriptArchive.Checked(file, path) : file,
            Convert.ToHexStringLower(SHA256.HashData(file)), isScript);
    }

    private static CoreException FoldsOfNone(string name) => new(Fault.SettingInvalid,
        $"Folds are parts of models of nnU-Net; '{name}' is none.", name, "Leave them out.");
}
