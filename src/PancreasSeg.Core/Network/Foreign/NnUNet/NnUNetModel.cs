using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace PancreasSeg.Network.Foreign;

/// <summary>A trained model of nnU-Net version 2, read from its folder or a zip archive of it. Nothing in the files is ever
/// executed.</summary>
internal sealed record NnUNetModel
{
    /// <summary>Name of its folders.</summary>
    public required string Name { get; init; }

    /// <summary>The plan.</summary>
    public required NnUNetPlans Plans { get; init; }

    /// <summary>The classes.</summary>
    public required NnUNetLabels Labels { get; init; }

    /// <summary>The network of every fold.</summary>
    public required UNetArchitecture Architecture { get; init; }

    /// <summary>The folds to use; their answers are averaged.</summary>
    public required IReadOnlyList<NnUNetFold> Folds { get; init; }

    /// <summary>Name of the trainer.</summary>
    public required string Trainer { get; init; }

    /// <summary>Axes of the network along which it may be mirrored; empty for none.</summary>
    public required IReadOnlyList<int> MirrorAxes { get; init; }

    /// <summary>SHA-256 of plans.json, dataset.json and each fold's checkpoint: of their hex digits in a row, in lower case.</summary>
    public string Sha256 => Hash(Encoding.ASCII.GetBytes(TextSha256 + string.Concat(Folds.Select(fold => fold.Sha256))));

    /// <summary>Hex digits of the SHA-256 of plans.json, then of dataset.json.</summary>
    public required string TextSha256 { get; init; }

    /// <summary>What is used of plans.json.</summary>
    public required JsonElement PlansEntries { get; init; }

    /// <summary>What is used of dataset.json.</summary>
    public required JsonElement DataSetEntries { get; init; }

    /// <summary>Terms of use; null where nobody stated any.</summary>
    public string? License { get; init; }

    /// <summary>Reads a model.</summary>
    /// <param name="path">The model's folder (with plans.json), the data set's folder that holds it alone, or a zip archive of
    /// either.</param>
    /// <param name="folds">The folds to use, numbers or <c>all</c>; null for all numbered ones.</param>
    /// <param name="classes">The classes to tell apart beside the pancreas, * and ? as wildcards; null for all.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="CoreException"><see cref="Fault.FileNotFound"/>, <see cref="Fault.FileReadFailed"/>;
    /// <see cref="Fault.ModelFormatUnknown"/>
    /// for what is no model, damaged, or asks for something that is not data; <see cref="Fault.ModelPlanMismatch"/> for weights that do not
    /// fit the plan; <see cref="Fault.ModelNotSupported"/> for a model of a kind that this version does not run, by name;
    /// <see cref="Fault.SettingInvalid"/> for a class that it does not know.</exception>
    public static NnUNetModel Read(string path, IReadOnlyList<string>? folds = null, IReadOnlyList<string>? classes = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        using ModelTree tree = ModelTree.Open(path);
        NnUNetFolder folder = NnUNetFolder.Find(tree);
        IReadOnlyList<string> chosen = folder.Choose(folds);
        byte[] labelsText = tree.ReadText(folder.DataSetFile, cancellation);
        NnUNetLabels labels = NnUNetLabels.Parse(labelsText, tree.Shown(folder.DataSetFile));
        if (classes is not null)
            labels = labels.Only([.. labels.Matching(classes, folder.Name).Select(c => c.Name), PancreasModel.PancreasClass]);
        byte[] plansText = tree.ReadText(folder.PlansFile, cancellation);
        var read = new List<NnUNetFold>(chosen.Count);
        NnUNetModel? model = null;
        foreach (string fold in chosen)
        {
            string file = folder.CheckpointFile(fold), shown = tree.Shown(file);
            using Stream stream = tree.Open(file, cancellation);
            using var checkpoint = new NnUNetCheckpoint(stream, shown);
            if (model is null)
            {
                NnUNetPlans plans = NnUNetPlans.Parse(plansText, tree.Shown(folder.PlansFile), checkpoint.Configuration);
                model = new NnUNetModel
                {
                    Name = folder.Name,
                    Plans = plans,
                    Labels = labels,
                    Architecture = plans.Configuration.Architecture.Refined(checkpoint.Names),
                    Folds = read,
                    Trainer = checkpoint.Trainer,
                    MirrorAxes = checkpoint.MirrorAxes,
                    TextSha256 = Hash(plansText) + Hash(labelsText),
                    PlansEntries = NnUNetPlans.Entries(plansText, tree.Shown(folder.PlansFile), checkpoint.Configuration),
                    DataSetEntries = NnUNetLabels.Entries(labelsText, tree.Shown(folder.DataSetFile)),
                };
            }
            read.Add(new NnUNetFold(fold, checkpoint.Read(model.Architecture, labels.Channels, cancellation), checkpoint.Sha256));
        }
        return model!;
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
