using System.Globalization;

namespace PancreasSeg.Network.Foreign;

/// <summary>Where the files of an nnU-Net model lie in a tree: plans.json, dataset.json and a checkpoint for each fold.</summary>
/// <param name="Tree">The folder or archive.</param>
/// <param name="Prefix">Path of the model's own folder in the tree, with '/' at its end unless empty.</param>
/// <param name="Folds">Folds that have a checkpoint: <c>0</c> to <c>4</c>, say, or <c>all</c>.</param>
internal sealed record NnUNetFolder(ModelTree Tree, string Prefix, IReadOnlyList<string> Folds)
{
    private const string Plans = "plans.json", DataSet = "dataset.json", Checkpoint = "checkpoint_final.pth", AllFold = "all";

    /// <summary>True when a path may be that of an nnU-Net model: a folder, or a zip archive that is no other kind of model.</summary>
    public static bool IsCandidate(string path) => Directory.Exists(path) || path.EndsWith(".zip", StringComparison.OrdinalIgnoreCase);

    /// <summary>Path of plans.json in the tree.</summary>
    public string PlansFile => Prefix + Plans;

    /// <summary>Path of dataset.json in the tree.</summary>
    public string DataSetFile => Prefix + DataSet;

    /// <summary>Path of a fold's checkpoint in the tree.</summary>
    public string CheckpointFile(string fold) => $"{Prefix}fold_{fold}/{Checkpoint}";

    /// <summary>The name of the model's own folder, its data set's folder before it where that is in sight.</summary>
    public string Name
    {
        get
        {
            string[] parts = [.. Path.GetFullPath(Tree.Shown(Prefix)).Split(Path.DirectorySeparatorChar, '/').Where(p => p.Length > 0)];
            return string.Join('/', parts.Length > 1 && parts[^2].StartsWith("Dataset", StringComparison.Ordinal) ? parts[^2..]
                : parts[^1..]);
        }
    }

    /// <summary>Finds the one model in a tree.</summary>
    /// <exception cref="CoreException"><see cref="Fault.ModelFormatUnknown"/> for none or several; <see cref="Fault.ModelNotSupported"/>
    /// for one of nnU-Net's first version.</exception>
    public static NnUNetFolder Find(ModelTree tree)
    {
        string[] models = [.. tree.Files.Where(file => Path.GetFileName(file) == Plans).Select(file => file[..^Plans.Length])
            .Where(folder => tree.Files.Contains(folder + DataSet))];
        if (models is [var own, ..] && (models.Length == 1 || own.Length == 0)) return new NnUNetFolder(tree, own, FoldsOf(tree, own));
        if (models.Length > 1)
            throw new CoreException(Fault.ModelFormatUnknown,
                $"'{tree.Root}' holds {models.Length} nnU-Net models: {string.Join(", ", models.Select(m => $"'{tree.Shown(m)}'"))}.",
                    tree.Root, "Name the folder of one of them.");
        if (tree.Files.Any(file => file.EndsWith("/plans.pkl", StringComparison.Ordinal) || file == "plans.pkl"
            || file.EndsWith("model_final_checkpoint.model", StringComparison.Ordinal)))
            throw new CoreException(Fault.ModelNotSupported,
                $"'{tree.Root}' is a model of nnU-Net's first version, whose plan is a program and not data.", tree.Root,
                    "Use a model of nnU-Net version 2.");
        throw new CoreException(Fault.ModelFormatUnknown, $"'{tree.Root}' holds no nnU-Net model: no {Plans} beside a {DataSet}.",
            tree.Root,
            "Name the folder DatasetNNN_Name or the folder Trainer__Plans__Configuration in it.");
    }

    /// <summary>The folds to use.</summary>
    /// <param name="asked">Numbers, or <c>all</c>; null for every numbered one, or the one trained on all cases where there is no
    /// other.</param>
    /// <exception cref="CoreException"><see cref="Fault.ModelFormatUnknown"/> for a fold that is not there.</exception>
    public IReadOnlyList<string> Choose(IReadOnlyList<string>? asked)
    {
        string[] numbered = [.. Folds.Where(fold => fold != AllFold)];
        IReadOnlyList<string> chosen = asked is { Count: > 0 } ? [.. asked.Distinct()] : numbered.Length > 0 ? numbered : Folds;
        if (chosen.Count == 0)
            throw new CoreException(Fault.ModelFormatUnknown, $"'{Tree.Shown(Prefix)}' has no fold with a {Checkpoint}.", Tree.Root,
                "Copy the model's folder again from its source.");
        foreach (string fold in chosen.Except(Folds))
            throw new CoreException(Fault.ModelFormatUnknown,
                $"'{Tree.Shown(Prefix)}' has no fold '{fold}'; it has {string.Join(", ", Folds)}.", fold, "Choose among its folds.");
        return chosen;
    }

    /// <summary>True for what may be the name of a fold: a number, or <c>all</c>.</summary>
    public static bool IsFold(string name) =>
        name == AllFold || int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _);

    private static string[] FoldsOf(ModelTree tree, string prefix)
    {
        string start = prefix + "fold_", end = "/" + Checkpoint;
        return [.. tree.Files.Where(file => file.StartsWith(start, StringComparison.Ordinal)
            && file.EndsWith(end, StringComparison.Ordinal) && file.Length > start.Length + end.Length)
            .Select(file => file[start.Length..^end.Length])
            .Where(IsFold)
            .OrderBy(fold => fold == AllFold ? int.MaxValue : int.Parse(fold, CultureInfo.InvariantCulture))];
    }
}
