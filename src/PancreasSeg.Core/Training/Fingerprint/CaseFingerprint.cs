using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using PancreasSeg.Postprocess;

namespace PancreasSeg.Training;

/// <summary>What a case of a training set is like.</summary>
public sealed record CaseFingerprint
{
    [JsonConstructor]
    internal CaseFingerprint()
    {
    }

    /// <summary>Name of the case.</summary>
    [JsonInclude]
    public string Name { get; internal init; } = "";

    /// <summary>Voxels along columns, rows and slices.</summary>
    [JsonInclude]
    public IReadOnlyList<int> Size { get; internal init; } = [];

    /// <summary>Voxel size in mm along columns, rows and slices.</summary>
    [JsonInclude]
    public IReadOnlyList<double> Spacing { get; internal init; } = [];

    /// <summary>Directions in which columns, rows and slices run, e.g. LPS.</summary>
    [JsonInclude]
    public string Orientation { get; internal init; } = "";

    /// <summary>Volume of the label in millilitres.</summary>
    [JsonInclude]
    public double VolumeMl { get; internal init; }

    /// <summary>Size in mm of the label's bounding box along columns, rows and slices; null for an empty label.</summary>
    [JsonInclude]
    public IReadOnlyList<double>? BoxMm { get; internal init; }

    /// <summary>Part of the label, 0 to 1, that its largest connected piece is; null for an empty label.</summary>
    [JsonInclude]
    public double? LargestPart { get; internal init; }

    /// <summary>Mean HU under the label; null for an empty label.</summary>
    [JsonInclude]
    public double? MeanHu { get; internal init; }

    /// <summary>Standard deviation of the HU under the label.</summary>
    [JsonInclude]
    public double? SdHu { get; internal init; }

    /// <summary>Mean HU of what lies outside the label and within 5 mm of it; null for an empty label.</summary>
    [JsonInclude]
    public double? ShellHu { get; internal init; }

    /// <summary>HU below which half a percent of the voxels under the label lie, to 1 HU.</summary>
    [JsonInclude]
    public double? LowHu { get; internal init; }

    /// <summary>HU above which half a percent of the voxels under the label lie, to 1 HU.</summary>
    [JsonInclude]
    public double? HighHu { get; internal init; }

    /// <summary>What is odd about it.</summary>
    [JsonInclude]
    public IReadOnlyList<DataFinding> Findings { get; internal init; } = [];

    /// <summary>How the labels came to lie where they do, such as axes that were put in order.</summary>
    [JsonInclude]
    public IReadOnlyList<string> Notes { get; internal init; } = [];

    /// <summary>SHA-256 over the CT's voxels and size, in lower-case hex.</summary>
    [JsonInclude]
    public string Sha256 { get; internal init; } = "";

    /// <summary>Whom it shows; in no file, for it is text of the user.</summary>
    internal string Patient { get; init; } = "";

    /// <summary>HU under the label.</summary>
    internal HuHistogram Hu { get; init; } = new();

    /// <summary>Name, volume and findings.</summary>
    public override string ToString() => FormattableString.Invariant($"{Name}: {VolumeMl:0.0} mL")
        + (Findings.Count > 0 ? $", {string.Join(", ", Findings)}" : "");

    /// <summary>Measures a case.</summary>
    /// <exception cref="CoreException">Those of reading it; <see cref="Fault.GridMismatch"/> where CT and labels do not lie on the same
    /// voxels.</exception>
    internal static CaseFingerprint Of(TrainingCaseSource source, byte label, CancellationToken cancellation)
    {
        TrainingCase item = source.Read(cancellation).OnOneGrid(cancellation);
        (CtVolume ct, VolumeGrid grid) = (item.Image, item.Image.Grid);
        LabelVolume mask = item.Label.Select(label);
        MaskStatistics under = MaskStatistics.Measure(mask, ct, cancellation);
        var hu = new HuHistogram();
        var findings = new List<DataFinding>();
        if (under.VoxelCount == 0) findings.Add(DataFinding.LabelEmpty);
        else
        {
            ReadOnlySpan<byte> voxels = mask.Labels.Span;
            for (int i = 0; i < voxels.Length; i++)
                if (voxels[i] != 0) hu.Add(ct.HuAt(i));
            if (under.TouchesBorder) findings.Add(DataFinding.LabelTouchesBorder);
            if (!PancreasHu.OfLabels.Contains(under.MeanHu!.Value)) findings.Add(DataFinding.LabelNotOverTissue);
            if (under.VolumeMl > TrainingSet.LargestMl) findings.Add(DataFinding.VolumeImplausible);
        }
        return new CaseFingerprint
        {
            Name = source.Name,
            Size = ReadableList.Of<int>([grid.Columns, grid.Rows, grid.Slices]),
            Spacing = ReadableList.Of<double>([grid.Spacing.X, grid.Spacing.Y, grid.Spacing.Z]),
            Orientation = grid.Orientation,
            VolumeMl = under.VolumeMl,
            BoxMm = under.BoundingBox is { } box ? ReadableList.Of<double>([
                (box.LastColumn - box.FirstColumn + 1) * grid.Spacing.X, (box.LastRow - box.FirstRow + 1) * grid.Spacing.Y,
                (box.LastSlice - box.FirstSlice + 1) * grid.Spacing.Z]) : null,
            LargestPart = under.VoxelCount == 0 ? null
                : (double)Components.Largest(mask, cancellation).Count(1) / under.VoxelCount,
            MeanHu = under.MeanHu,
            SdHu = hu.Deviation,
            ShellHu = LabelShell.MeanHu(mask, ct, cancellation),
            LowHu = hu.Percentile(0.5),
            HighHu = hu.Percentile(99.5),
            Findings = ReadableList.Of(findings),
            Notes = ReadableList.Of(item.Label.Source.Notes),
            Sha256 = HashOf(ct, cancellation),
            Patient = source.Patient,
            Hu = hu,
        };
    }

    private static string HashOf(CtVolume ct, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes<int>([ct.Grid.Columns, ct.Grid.Rows, ct.Grid.Slices]));
        var plane = new float[ct.Grid.SliceLength];
        for (int slice = 0, at = 0; slice < ct.Grid.Slices; slice++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (int i = 0; i < plane.Length; i++) plane[i] = ct.HuAt(at++);
            hash.AppendData(MemoryMarshal.AsBytes(plane.AsSpan()));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
