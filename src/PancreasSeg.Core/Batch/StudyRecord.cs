using System.Text.Json.Serialization;
using PancreasSeg.Inference;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Batch;

/// <summary>What result.json says of a study.</summary>
internal sealed record StudyRecord
{
    public string Notice { get; } = "For research. Not a medical device; not for diagnostic use.";

    public required string Study { get; init; }

    public required string Run { get; init; }

    public string? PatientKey { get; init; }

    public required SegmentationStatus Status { get; init; }

    [JsonPropertyName("reason")]
    public required IReadOnlyList<string> Reasons { get; init; }

    public double? VolumeMl { get; init; }

    public double? MeanHu { get; init; }

    public int? VoxelCount { get; init; }

    public VoxelBox? BoundingBox { get; init; }

    public bool TouchesBorder { get; init; }

    public StudyLocation? Location { get; init; }

    public ContrastPhase? Phase { get; init; }

    public IReadOnlyList<double>? HuBounds { get; init; }

    public double? VesselHu { get; init; }

    public double? Threshold { get; init; }

    public double? ExpectedDice { get; init; }

    public double? ExpectedDiceLow { get; init; }

    public string? ReviewReason { get; init; }

    public string? Postprocess { get; init; }

    public int? MembersUsed { get; init; }

    public double? MemberAgreement { get; init; }

    public NnUNetUse? NnUNet { get; init; }

    public required string ContentSha256 { get; init; }

    /// <summary>SHA-256 of the Series Instance UID, in lower-case hex.</summary>
    public string? SeriesUidSha256 { get; init; }

    /// <summary>The UID itself, where it was asked for.</summary>
    public string? SeriesUid { get; init; }

    /// <summary>Columns, rows, slices.</summary>
    public required IReadOnlyList<int> Size { get; init; }

    /// <summary>In mm.</summary>
    public required IReadOnlyList<double> Spacing { get; init; }

    /// <summary>What the reasons mean and what to do.</summary>
    public string? Message { get; init; }

    public IReadOnlyList<string> Notes { get; init; } = [];

    public IReadOnlyList<string>? SeriesPassedOver { get; init; }

    public StudySeconds? Seconds { get; init; }

    public EngineInfo? Engine { get; init; }

    public long PeakMemory { get; init; }

    public required string Model { get; init; }

    public required string ModelSha256 { get; init; }

    public required string ModuleVersion { get; init; }

    /// <summary>The record of a result.</summary>
    public static StudyRecord Of(SegmentationResult result, BatchItem item, string contentSha256, VolumeGrid grid, bool fullUid) => new()
    {
        Study = item.Study,
        Run = item.Run,
        PatientKey = item.PatientKey,
        Status = result.Status,
        Reasons = item.Reasons,
        VolumeMl = result.VolumeMl,
        MeanHu = result.MeanHu,
        VoxelCount = result.Statistics?.VoxelCount,
        BoundingBox = result.BoundingBox,
        TouchesBorder = result.TouchesBorder,
        Location = result.Location is { } l ? new StudyLocation(
            [l.Centre.X, l.Centre.Y, l.Centre.Z], [l.BoxSize.X, l.BoxSize.Y, l.BoxSize.Z], l.Box, l.Confidence, l.VolumeMl) : null,
        Phase = result.Phase,
        HuBounds = result.HuBounds,
        VesselHu = result.VesselHu,
        Threshold = result.Threshold,
        ExpectedDice = result.ExpectedDice,
        ExpectedDiceLow = result.ExpectedDiceLow,
        ReviewReason = result.ReviewReason,
        Postprocess = result.Postprocess?.ToString(),
        MembersUsed = result.MembersUsed,
        MemberAgreement = result.MemberAgreement,
        NnUNet = result.NnUNet,
        ContentSha256 = contentSha256,
        SeriesUidSha256 = result.Source.SeriesUid is { } uid ? BatchStudy.Hash(uid) : null,
        SeriesUid = fullUid ? result.Source.SeriesUid : null,
        Size = [grid.Columns, grid.Rows, grid.Slices],
        Spacing = [grid.Spacing.X, grid.Spacing.Y, grid.Spacing.Z],
        Message = item.Message,
        Notes = result.Source.Notes,
        SeriesPassedOver = item.SeriesPassedOver.Count > 0 ? item.SeriesPassedOver : null,
        Seconds = result.Timings is { } t
            ? new StudySeconds(t.Read.TotalSeconds, t.Preprocess.TotalSeconds, t.Network.TotalSeconds, t.Postprocess.TotalSeconds) : null,
        Engine = result.Engine,
        PeakMemory = result.PeakMemory,
        Model = result.Model,
        ModelSha256 = result.ModelSha256,
        ModuleVersion = typeof(StudyRecord).Assembly.GetName().Version!.ToString(3),
    };
}

/// <summary>Where a model of two stages looked.</summary>
/// <param name="Centre">LPS mm.</param>
/// <param name="BoxSize">Mm.</param>
/// <param name="Box">The source's voxels inside the box.</param>
/// <param name="Confidence">How much of what lies beside every pancreas the locator saw; null where it does not tell.</param>
/// <param name="VolumeMl">Volume of what the locator found.</param>
internal sealed record StudyLocation(
    IReadOnlyList<double> Centre, IReadOnlyList<double> BoxSize, VoxelBox Box, double? Confidence, double VolumeMl);

/// <summary>Wall time per stage in seconds.</summary>
internal sealed record StudySeconds(double Read, double Preprocess, double Network, double Postprocess);
