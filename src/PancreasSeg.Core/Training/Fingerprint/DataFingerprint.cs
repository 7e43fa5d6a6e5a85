using System.Text.Json;
using System.Text.Json.Serialization;

namespace PancreasSeg.Training;

/// <summary>What a training set is like: what its network's plan can be chosen by.</summary>
public sealed record DataFingerprint
{
    /// <summary>How much smaller or larger than the median a volume, and a voxel, may be.</summary>
    private const double VolumeFactor = 4, SpacingFactor = 3;

    /// <summary>How much the labels of one patient differ at most, as a part of the volume and in mm of each side of the
    /// box.</summary>
    private const double SameVolume = 0.03, SameMm = 2;

    [JsonConstructor]
    internal DataFingerprint()
    {
    }

    /// <summary>Cases that were measured.</summary>
    public int Count => Cases.Count;

    /// <summary>Median voxel size in mm along columns, rows and slices.</summary>
    [JsonInclude]
    public IReadOnlyList<double> Spacing { get; internal init; } = [];

    /// <summary>Median number of voxels along columns, rows and slices.</summary>
    [JsonInclude]
    public IReadOnlyList<double> Size { get; internal init; } = [];

    /// <summary>Size in mm that 95 of 100 labels' bounding boxes keep to, along columns, rows and slices; empty without a label.</summary>
    [JsonInclude]
    public IReadOnlyList<double> BoxMm { get; internal init; } = [];

    /// <summary>Median volume of the labels in millilitres; null without one.</summary>
    [JsonInclude]
    public double? VolumeMl { get; internal init; }

    /// <summary>Mean HU under all labels.</summary>
    [JsonInclude]
    public double? MeanHu { get; internal init; }

    /// <summary>Standard deviation of the HU under all labels.</summary>
    [JsonInclude]
    public double? SdHu { get; internal init; }

    /// <summary>HU below which half a percent of the voxels under all labels lie.</summary>
    [JsonInclude]
    public double? LowHu { get; internal init; }

    /// <summary>HU above which half a percent of them lie.</summary>
    [JsonInclude]
    public double? HighHu { get; internal init; }

    /// <summary>How often what was found, such as <c>VolumeOutlier 2</c>.</summary>
    [JsonInclude]
    public IReadOnlyList<string> Findings { get; internal init; } = [];

    /// <summary>The cases.</summary>
    [JsonInclude]
    public IReadOnlyList<CaseFingerprint> Cases { get; internal init; } = [];

    /// <summary>Cases, voxel size and findings in one line.</summary>
    public override string ToString() => $"{Count} cases, {Spacing} mm{(Findings.Count > 0 ? $": {Findings}" : "")}";

    /// <summary>Reads every case once, one at a time, and measures it.</summary>
    /// <param name="cases">The cases.</param>
    /// <param name="label">The pancreas in the labels.</param>
    /// <param name="onFault">Told of each case that cannot be read; the others are measured.</param>
    /// <param name="progress">Told of each case.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static DataFingerprint Measure(IReadOnlyList<TrainingCaseSource> cases, byte label = 1,
        Action<TrainingCaseSource, CoreException>? onFault = null, IProgress<ProgressStep>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(cases);
        var measured = new List<CaseFingerprint>();
        for (int i = 0; i < cases.Count; i++)
        {
            progress?.Report(new ProgressStep($"case {i + 1} of {cases.Count}", (double)i / cases.Count));
            try
            {
                measured.Add(CaseFingerprint.Of(cases[i], label, cancellation));
            }
            catch (CoreException e)
            {
                onFault?.Invoke(cases[i], e);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                onFault?.Invoke(cases[i], new CoreException(Fault.FileReadFailed, e.Message, inner: e));
            }
        }
        return Of(measured);
    }

    /// <summary>Writes it as JSON; cases are told by their names alone.</summary>
    /// <param name="file">Full path.</param>
    /// <param name="overwrite">False refuses an existing file.</param>
    /// <exception cref="CoreException"><see cref="Fault.NoClobber"/> or <see cref="Fault.FileWriteFailed"/>.</exception>
    public void Write(string file, bool overwrite = true) => AtomicFile.Write(file, overwrite, stream =>
        JsonSerializer.Serialize(stream, this, FingerprintJsonContext.Default.DataFingerprint));

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="CoreException"><see cref="Fault.FileNotFound"/>; <see cref="Fault.FileReadFailed"/>;
    /// <see cref="Fault.TrainingDataInvalid"/> for another file or a damaged one.</exception>
    public static DataFingerprint Read(string file)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (!File.Exists(file))
            throw new CoreException(Fault.FileNotFound, $"The fingerprint '{file}' does not exist.", file, "Check the path.");
        try
        {
            DataFingerprint read = JsonSerializer.Deserialize(
                FileFault.Reading(file, () => File.ReadAllBytes(file)), FingerprintJsonContext.Default.DataFingerprint)
                ?? throw new JsonException("it is null");
            return read.Cases.All(c => c is { Size.Count: 3, Spacing.Count: 3, Orientation.Length: 3, BoxMm: null or { Count: 3 } })
                ? read : throw new JsonException("a case is not whole");
        }
        catch (JsonException e)
        {
            throw new CoreException(Fault.TrainingDataInvalid,
                $"'{file}' is not a fingerprint of Measure-TrainingData, or it is damaged: {e.Message.TrimEnd('.')}.", file,
                "Write it again with Measure-TrainingData.", e);
        }
    }

    internal static DataFingerprint Of(List<CaseFingerprint> cases)
    {
        var hu = new HuHistogram();
        foreach (CaseFingerprint item in cases) hu.Add(item.Hu);
        double[] spacing = Each(axis => Percentile.Of(cases.Select(c => c.Spacing[axis]), 50));
        CaseFingerprint[] labelled = [.. cases.Where(c => c.BoxMm is not null)];
        double? volume = labelled.Length == 0 ? null : Percentile.Of(labelled.Select(c => c.VolumeMl), 50);
        HashSet<string> twice = [.. cases.GroupBy(c => c.Sha256).Where(g => g.Count() > 1).Select(g => g.Key)];
        CaseFingerprint[] all = [.. cases.Select(c => c with { Findings = ReadableList.Of<DataFinding>([.. c.Findings, .. Among(c)]) })];
        return new DataFingerprint
        {
            Spacing = ReadableList.Of(spacing),
            Size = ReadableList.Of(Each(axis => Percentile.Of(cases.Select(c => (double)c.Size[axis]), 50))),
            BoxMm = ReadableList.Of(labelled.Length == 0 ? [] : Each(axis => Percentile.Of(labelled.Select(c => c.BoxMm![axis]), 95))),
            VolumeMl = volume,
            MeanHu = hu.Mean,
            SdHu = hu.Deviation,
            LowHu = hu.Percentile(0.5),
            HighHu = hu.Percentile(99.5),
            Findings = ReadableList.Of<string>([.. all.SelectMany(c => c.Findings).GroupBy(f => f).OrderBy(g => g.Key)
                .Select(g => $"{g.Key} {g.Count()}")]),
            Cases = ReadableList.Counted(all, "cases"),
        };

        double[] Each(Func<int, double> of) => cases.Count == 0 ? [] : [.. Enumerable.Range(0, 3).Select(of)];

        IEnumerable<DataFinding> Among(CaseFingerprint c)
        {
            if (c.BoxMm is not null && IsBeyond(c.VolumeMl, volume!.Value, VolumeFactor)) yield return DataFinding.VolumeOutlier;
            if (Enumerable.Range(0, 3).Any(axis => IsBeyond(c.Spacing[axis], spacing[axis], SpacingFactor)))
                yield return DataFinding.SpacingOutlier;
            if (twice.Contains(c.Sha256)) yield return DataFinding.DuplicateCase;
            else if (labelled.Any(other => other.Patient != c.Patient && MayBeOne(other, c))) yield return DataFinding.SamePatientSuspected;
        }
    }

    private static bool MayBeOne(CaseFingerprint a, CaseFingerprint b) =>
        a.BoxMm is { } box && b.BoxMm is { } other && Math.Abs(a.VolumeMl - b.VolumeMl) <= SameVolume * a.VolumeMl
            && box.Zip(other, (x, y) => Math.Abs(x - y)).All(mm => mm <= SameMm);

    private static bool IsBeyond(double value, double median, double factor) => value > median * factor || value < median / factor;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, WriteIndented = true)]
[JsonSerializable(typeof(DataFingerprint))]
internal sealed partial class FingerprintJsonContext : JsonSerializerContext;
