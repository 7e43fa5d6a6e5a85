using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace PancreasSeg.Network.Foreign;

/// <summary>
/// A model of nnU-Net inside one model file: its description as JSON under the key <see cref="HeaderKey"/>, and the weights of each fold
/// under the names of its checkpoint behind <c>fold_N.</c>
/// </summary>
internal static class NnUNetFile
{
    public const string HeaderKey = "pancreasseg.nnunet";

    private const int Sha256Digits = 64;

    private static readonly JsonSerializerOptions s_strict = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        AllowDuplicateProperties = false,
    };

    /// <summary>The description, as JSON.</summary>
    public static string Header(NnUNetModel model)
    {
        NnUNetHeader header = new()
        {
            FormatVersion = NnUNetHeader.CurrentVersion,
            Name = model.Name,
            Trainer = model.Trainer,
            Configuration = model.Plans.Configuration.Name,
            MirrorAxes = model.MirrorAxes,
            Folds = [.. model.Folds.Select(fold => new NnUNetFoldSource(fold.Name, fold.Sha256))],
            TextSha256 = model.TextSha256,
            Plans = model.PlansEntries,
            DataSet = model.DataSetEntries,
            Classes = model.Labels.Kept,
            License = model.License,
            Sha256 = "",
        };
        return JsonSerializer.Serialize(header with { Sha256 = Hash(header, model.Folds) }, s_strict);
    }

    /// <summary>The weights of all folds.</summary>
    public static IReadOnlyList<WeightTensor> Tensors(NnUNetModel model) => [.. model.Folds.SelectMany(fold =>
        fold.Weights.Tensors.Select(t => t with { Shape = new WeightShape(Prefix(fold.Name) + t.Shape.Name, t.Shape.Shape) }))];

    /// <summary>The model out of a file's description and weights, checked against each other.</summary>
    /// <param name="json">The description.</param>
    /// <param name="tensors">The weights; of one fold under their bare names.</param>
    /// <param name="path">The file, for messages.</param>
    /// <exception cref="InvalidDataException">Either is damaged.</exception>
    /// <exception cref="JsonException">The description is not of this version.</exception>
    /// <exception cref="CoreException"><see cref="Fault.ModelPlanMismatch"/>, <see cref="Fault.ModelNotSupported"/>.</exception>
    public static NnUNetModel Model(string json, IEnumerable<WeightTensor> tensors, string path)
    {
        NnUNetHeader header = Parse(json);
        NnUNetPlans plans = NnUNetPlans.Parse(Encoding.UTF8.GetBytes(header.Plans.GetRawText()), path, header.Configuration);
        NnUNetLabels labels = NnUNetLabels.Parse(Encoding.UTF8.GetBytes(header.DataSet.GetRawText()), path);
        if (header.Classes is { } kept)
        {
            labels = labels.Only(kept);
            if (labels.Kept is null || !labels.Kept.SequenceEqual(kept))
                throw new InvalidDataException("its classes are not those of its data set");
        }
        ILookup<string, WeightTensor> byFold = ByFold(tensors, header.Folds);
        UNetArchitecture architecture = plans.Configuration.Architecture.Refined(byFold.SelectMany(fold => fold).Select(t => t.Shape.Name));
        IReadOnlyList<WeightShape> layout = UNetShapes.Of(architecture, labels.Channels);
        NnUNetFold[] folds = [.. header.Folds.Select(fold => new NnUNetFold(fold.Name,
            new ModelWeights(ModelFile.Ordered(byFold[fold.Name], layout, path)), fold.Sha256))];
        if (Hash(header with { Sha256 = "" }, folds) != header.Sha256)
            throw new InvalidDataException("its plan and weights are not those it was written with (SHA-256 differs)");
        return new NnUNetModel
        {
            Name = header.Name,
            Plans = plans,
            Labels = labels,
            Architecture = architecture,
            Folds = folds,
            Trainer = header.Trainer,
            MirrorAxes = header.MirrorAxes,
            TextSha256 = header.TextSha256,
            PlansEntries = header.Plans,
            DataSetEntries = header.DataSet,
            License = header.License,
        };
    }

    private static NnUNetHeader Parse(string json)
    {
        NnUNetHeader header = JsonSerializer.Deserialize<NnUNetHeader>(json, s_strict) ?? throw new JsonException("It is null.");
        if (header.FormatVersion != NnUNetHeader.CurrentVersion)
            throw new InvalidDataException($"its format version is not {NnUNetHeader.CurrentVersion}");
        bool fits = header.Folds.Count > 0
            && header.Folds.All(fold => fold is not null && NnUNetFolder.IsFold(fold.Name) && IsHash(fold.Sha256, 1))
            && header.Folds.DistinctBy(fold => fold.Name).Count() == header.Folds.Count && IsHash(header.TextSha256, 2)
            && header.MirrorAxes.All(axis => axis is >= 0 and < 3) && header.MirrorAxes.Distinct().Count() == header.MirrorAxes.Count
            && !$"{header.Name}{header.Trainer}{header.License}".Any(c => char.IsControl(c) && c is not ('\n' or '\r' or '\t'));
        return fits ? header : throw new InvalidDataException("its description contradicts itself");
    }

    private static ILookup<string, WeightTensor> ByFold(IEnumerable<WeightTensor> tensors, IReadOnlyList<NnUNetFoldSource> folds)
    {
        WeightTensor[] all = [.. tensors];
        if (folds is [var only] && !all.Any(t => t.Shape.Name.StartsWith(Prefix(only.Name), StringComparison.Ordinal)))
            return all.ToLookup(_ => only.Name);
        return all.ToLookup(t => folds.FirstOrDefault(fold => t.Shape.Name.StartsWith(Prefix(fold.Name), StringComparison.Ordinal))?.Name
            ?? throw new InvalidDataException($"the weights '{t.Shape.Name}' belong to no fold that it describes"),
            t => t with { Shape = new WeightShape(t.Shape.Name[(t.Shape.Name.IndexOf('.') + 1)..], t.Shape.Shape) });
    }

    private static string Hash(NnUNetHeader header, IReadOnlyList<NnUNetFold> folds)
    {
        string text = JsonSerializer.Serialize(header, s_strict) + string.Concat(folds.Select(fold => fold.Weights.Sha256()));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    private static bool IsHash(string text, int count) => text.Length == count * Sha256Digits && text.All(char.IsAsciiHexDigitLower);

    private static string Prefix(string fold) => $"fold_{fold}.";
}
