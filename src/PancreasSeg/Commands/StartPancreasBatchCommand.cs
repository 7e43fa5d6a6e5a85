using System.Collections;
using System.Management.Automation;
using PancreasSeg.Batch;
using PancreasSeg.Common;
using PancreasSeg.Dicom;
using PancreasSeg.Inference;
using PancreasSeg.Network;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Commands;

/// <summary>Segments every study of a folder or an archive once, with a journal, a log and a report.</summary>
[Cmdlet(VerbsLifecycle.Start, "PancreasBatch", DefaultParameterSetName = FolderSet, SupportsShouldProcess = true)]
[OutputType(typeof(BatchItem), typeof(BatchSummary))]
public sealed partial class StartPancreasBatchCommand : ComputingCommand
{
    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        string objects = DicomOutput.Length > 0 ? ", with DICOM objects, which contain the patient module of their source" : "";
        string back = SendBack.Length > 0 ? $", and send {string.Join(", ", SendBack)} back, which contain the patient module" : "";
        if (!ShouldProcess(Server is null ? this.ResolveOutput(Path) : $"{Server}",
            $"Segment every study and write to '{this.ResolveOutput(OutputPath)}'{objects}{back}")) return;
        // What stood there before is no answer to this batch, however it ends.
        if (SummaryVariable is not null) SessionState.PSVariable.Set(SummaryVariable, null);
        BatchOptions options = Options();
        int? threads = ThreadCount ?? Number("SLURM_CPUS_PER_TASK");
        var engine = new EngineOptions { Device = Device, Precision = Precision, ThreadCount = threads };
        Func<PancreasModel> read = SetUp(Model, () => ModelArgument.Behind(this, ModelArgument.Resolve(this, Model, Plan, null), Locator));
        BatchSummary summary = SetUp(options.Path, () => RunWork("Segmenting studies", channel =>
        {
            using var runner = new BatchRunner(options, read(), Engine, engine);
            channel.Verbose($"Computing with {runner.Engine}.");
            return runner.Run(new BatchListener(channel), channel.Cancellation);
        }));
        if (SummaryVariable is null) WriteObject(summary);
        else SessionState.PSVariable.Set(SummaryVariable, summary);
    }

    private Predicate<string>? StudyPattern()
    {
        WildcardPattern[]? patterns = Study?.Select(name => new WildcardPattern(name, WildcardOptions.IgnoreCase)).ToArray();
        return patterns is null ? null : name => patterns.Any(pattern => pattern.IsMatch(name));
    }

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), out int number) ? number : null;

    private BatchArchive? Archive() => Server is null ? null : new()
    {
        Server = SetUp(Server, () => ServerCommand.Server(Server, Credential, Token, Certificate, CertificateFingerprint)),
        Query = Query.ToQuery(),
        SendBack = SendBack,
        SendFlagged = SendFlagged,
    };

    private BatchOptions Options() => new()
    {
        Archive = Archive(),
        Path = Server is null ? this.ResolveOutput(Path) : $"{Server}",
        OutputPath = this.ResolveOutput(OutputPath),
        Group = Group,
        Journal = JournalArgument.Of(Journal, JournalCredential),
        Series = new CtSeriesOptions { Rules = Filter, Regularize = Regularize },
        Segmentation = new SegmentationOptions
        {
            Threshold = Threshold,
            LargestComponent = LargestComponent,
            NoPostprocess = NoPostprocess,
            Effort = Effort,
            AcceptAnyInput = AcceptAnyInput,
        },
        ReviewBelow = ReviewBelow,
        Shard = Shard,
        Study = StudyPattern(),
        AfterPreemption = Number("SLURM_RESTART_COUNT") > 0,
        DicomOutput = DicomOutput,
        OnSourceSlices = OnSourceSlices,
        FullUid = FullUid,
        ThrottleLimit = ThrottleLimit,
        StopAt = StopAt is not { } time ? null : time > DateTime.Now || time.Date != DateTime.Today ? time : time.AddDays(1),
        MaxStudies = MaxCase,
        Retry = Retry,
        Force = Force,
        Watch = Watch,
        SettleTime = SettleTime,
        ViewerPath = Viewer ? ViewerFiles.Find(this) : null,
        PatientKeys = PatientKey.Cast<DictionaryEntry>().ToDictionary(e => $"{e.Key}", e => $"{e.Value}", StringComparer.OrdinalIgnoreCase),
    };
}
