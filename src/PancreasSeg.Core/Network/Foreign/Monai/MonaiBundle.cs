using System.Globalization;
using System.Security.Cryptography;

namespace PancreasSeg.Network.Foreign;

/// <summary>
/// A bundle of MONAI with its network as TorchScript (models/model.ts), its preparation in configs/inference.yaml or .json and its
/// classes in configs/metadata.json. Steps that are not known are refused by name: a preparation is never guessed.
/// </summary>
internal static class MonaiBundle
{
    private const string Metadata = "configs/metadata.json", Network = "models/model.ts";

    private static readonly string[] s_configurations = ["configs/inference.json", "configs/inference.yaml", "configs/inference.yml"];

    // What reads a file, adds an axis or changes a type: our own steps do as much.
    private static readonly string[] s_plainSteps =
        ["LoadImaged", "EnsureChannelFirstd", "AddChanneld", "AsChannelFirstd", "EnsureTyped", "ToTensord", "CastToTyped", "ToDeviced"];

    // What is left to do afterwards is done on the scanner's grid by this module.
    private static readonly string[] s_plainAfterwards = ["Invertd", "SaveImaged", "EnsureTyped", "ToTensord", "ToDeviced"];

    /// <summary>Path of the bundle's own folder in a tree, with '/' at its end unless empty; null for a tree without a bundle.</summary>
    public static string? Find(ModelTree tree)
    {
        string[] found = [.. tree.Files.Where(f => f == Metadata || f.EndsWith("/" + Metadata, StringComparison.Ordinal))
            .Select(f => f[..^Metadata.Length])];
        return found is [var own] ? own : null;
    }

    /// <summary>Reads a bundle.</summary>
    /// <param name="tree">Its folder or archive.</param>
    /// <param name="prefix">Out of <see cref="Find"/>.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="CoreException"><see cref="Fault.FileReadFailed"/>; <see cref="Fault.ModelFormatUnknown"/> for a damaged file;
    /// <see cref="Fault.ModelNotSupported"/> for a bundle without TorchScript, without a pancreas, or with a step that is not known;
    /// <see cref="Fault.ModelPlanMismatch"/> for impossible numbers.</exception>
    public static PancreasModel Read(ModelTree tree, string prefix, CancellationToken cancellation)
    {
        var metadata = new BundleConfig(tree.ReadText(prefix + Metadata, cancellation), tree.Shown(prefix + Metadata));
        string file = s_configurations.Select(name => prefix + name).FirstOrDefault(tree.Files.Contains)
            ?? throw new CoreException(Fault.ModelNotSupported, $"'{tree.Shown(prefix)}' says nowhere how to prepare a CT: no "
                + $"{string.Join(", no ", s_configurations)}.", tree.Root, "Write a plan for its models/model.ts: -Plan plan.json.");
        var inference = new BundleConfig(tree.ReadText(file, cancellation), tree.Shown(file));
        ForeignPlan plan = PlanOf(inference) with { Channel = Channels(metadata) };
        plan.Validate();
        if (!tree.Files.Contains(prefix + Network))
            throw new CoreException(Fault.ModelNotSupported,
                $"'{tree.Shown(prefix)}' has no {Network}: its weights alone do not say what the network is.", tree.Root,
                "Let its maker's tools write it once: python -m monai.bundle ckpt_export.");
        byte[] script = tree.ReadAll(prefix + Network, cancellation);
        string name = metadata.Text(null, "name") ?? Path.GetFileName(Path.GetFullPath(tree.Shown(prefix)).TrimEnd('/', '\\'));
        string? data = metadata.Text(null, "data_source");
        return PancreasModel.OfForeign(name, plan, ScriptArchive.Checked(script, tree.Shown(prefix + Network)),
            Convert.ToHexStringLower(SHA256.HashData(script)), isScript: true,
            data is null ? null : $"As its bundle states: {data}");
    }

    /// <summary>The channels that are pancreas: the gland and its tumour where they are told apart.</summary>
    private static int[] Channels(BundleConfig metadata)
    {
        if (metadata.Number(null, "network_data_format", "inputs", "image", "num_channels") is not (null or 1))
            throw metadata.NotSupported("the network takes more than one image");
        var named = metadata.Find(null, "network_data_format", "outputs", "pred", "channel_def") as Dictionary<string, object> ?? [];
        int[] channels = [.. named.Where(c => c.Value is string name && name.StartsWith("pancrea", StringComparison.OrdinalIgnoreCase))
            .Select(c => int.TryParse(c.Key, NumberStyles.None, CultureInfo.InvariantCulture, out int channel) ? channel : -1)
            .Where(channel => channel >= 0).Order()];
        return channels.Length > 0 ? channels
            : throw metadata.NotSupported("no channel is named pancreas (network_data_format.outputs.pred.channel_def)");
    }

    private static ForeignPlan PlanOf(BundleConfig config)
    {
        object? orientation = null, spacing = null, window = null;
        foreach (object step in Steps(config, "preprocessing"))
            switch (Kind(config, step))
            {
                case "Orientationd": orientation = step; break;
                case "Spacingd": spacing = step; break;
                case "ScaleIntensityRanged": window = step; break;
                case var kind when !s_plainSteps.Contains(kind): throw config.NotSupported($"the step {kind} is not known to this version");
            }
        if (orientation is null || spacing is null || window is null)
            throw config.NotSupported(
                "it names no orientation, no voxel size or no HU window (Orientationd, Spacingd, ScaleIntensityRanged)");
        if (config.List(spacing, "mode").Any(mode => mode is not "bilinear"))
            throw config.NotSupported("the CT is resampled by another rule than bilinear");
        if (config.Flag(window, "clip") != true) throw config.NotSupported("values beyond the HU window are not clipped");
        double low = Needed(config, window, "a_min"), high = Needed(config, window, "a_max");
        double first = Needed(config, window, "b_min"), last = Needed(config, window, "b_max");
        (ForeignNormalization normalization, double? deviation) = (first, last) switch
        {
            (0, 1) => (ForeignNormalization.UnitRange, (double?)null),
            (-1, 1) => (ForeignNormalization.SymmetricRange, null),
            _ => (ForeignNormalization.ZScore, (high - low) / (last - first)),
        };

        object inferer = config.Find(null, "inferer") ?? throw config.NotSupported("it names no inferer");
        if (Kind(config, inferer) != "SlidingWindowInferer")
            throw config.NotSupported($"{Kind(config, inferer)} is not known to this version");
        double[] patch = config.Three(inferer, "roi_size") ?? throw config.NotSupported("the inferer names no roi_size");
        return new ForeignPlan
        {
            Axes = config.Text(orientation, "axcodes") ?? throw config.NotSupported("Orientationd names no axcodes"),
            Spacing = config.Three(spacing, "pixdim") ?? throw config.NotSupported("Spacingd names no pixdim"),
            WindowLow = low,
            WindowHigh = high,
            Normalization = normalization,
            Mean = deviation is { } sd ? low - first * sd : null,
            StandardDeviation = deviation,
            Patch = [.. patch.Select(n => (int)n)],
            Overlap = config.Number(inferer, "overlap") ?? 0.25,
            Weighting = config.Text(inferer, "mode") switch
            {
                null or "constant" => PatchWeighting.Constant,
                "gaussian" => PatchWeighting.Gaussian,
                var mode => throw config.NotSupported($"patches are weighted by the rule {FileNames.Safe(mode)}"),
            },
            Channel = [],
            Output = OutputOf(config),
        };
    }

    private static ForeignOutput OutputOf(BundleConfig config)
    {
        var output = ForeignOutput.Probabilities;
        foreach (object step in Steps(config, "postprocessing"))
            switch (Kind(config, step))
            {
                case "Activationsd":
                    output = config.Flag(step, "softmax") == true ? ForeignOutput.Logits
                        : config.Flag(step, "sigmoid") == true ? ForeignOutput.Sigmoid
                        : throw config.NotSupported("Activationsd is neither softmax nor sigmoid");
                    break;
                case "AsDiscreted":
                    // The largest logit is the largest probability.
                    if (config.Flag(step, "argmax") == true && output == ForeignOutput.Probabilities) output = ForeignOutput.Logits;
                    break;
                case var kind when !s_plainAfterwards.Contains(kind):
                    throw config.NotSupported($"the step {kind} is not known to this version");
            }
        return output;
    }

    private static IEnumerable<object> Steps(BundleConfig config, string name) =>
        config.List(config.Find(null, name), "transforms").Where(step => config.Flag(step, "_disabled_") != true);

    private static string Kind(BundleConfig config, object step) =>
        FileNames.Safe((config.Text(step, "_target_") ?? throw config.NotSupported("a step has no _target_")).Split('.')[^1]);

    private static double Needed(BundleConfig config, object step, string name) =>
        config.Number(step, name) ?? throw config.NotSupported($"{Kind(config, step)} names no {name}");
}
