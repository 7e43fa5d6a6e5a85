using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using PancreasSeg.Dicom;
using PancreasSeg.Import;
using PancreasSeg.Inference;
using PancreasSeg.Network;
using PancreasSeg.Pacs;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Batch;

/// <summary>
/// Segments every study of a folder, each once: what the journal of the output folder has done is left alone, whatever ended the
/// batch before. While the network works on one study the next is read and the last is written. One bad study never stops the others.
/// </summary>
public sealed class BatchRunner : IDisposable
{
    private readonly BatchOptions _options;
    private readonly BatchFolder _folder;
    private readonly PancreasModel _model;
    private readonly ComputeThread _compute = new();
    private readonly SegmentationPipeline _pipeline;

    /// <summary>Loads the model, once for all studies.</summary>
    /// <param name="options">What to work on.</param>
    /// <param name="model">The model.</param>
    /// <param name="createEngine">Makes the engine of a stage of the model; the runner owns it.</param>
    /// <exception cref="CoreException">The model does not fit its plan, does not tell what a bound asks of it, or its engine cannot be
    /// made.</exception>
    public BatchRunner(BatchOptions options, PancreasModel model, Func<PancreasModel, ISegmentationEngine> createEngine)
        : this(options, model, () => new SegmentationPipeline(model, createEngine))
    {
    }

    /// <summary>Loads any model, of this module or of another project, once for all studies.</summary>
    /// <param name="options">What to work on.</param>
    /// <param name="model">The model.</param>
    /// <param name="kind">Which library computes.</param>
    /// <param name="engine">How it computes.</param>
    /// <exception cref="CoreException">As <see cref="SegmentationPipeline.Create"/>.</exception>
    public BatchRunner(BatchOptions options, PancreasModel model, SegmentationEngineKind kind, EngineOptions engine)
        : this(options, model, () => SegmentationPipeline.Create(model, kind, engine, options.Segmentation))
    {
    }

    private BatchRunner(BatchOptions options, PancreasModel model, Func<SegmentationPipeline> createPipeline)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(model);
        if (options.ReviewBelow is not null && !ExpectedQuality.IsTold(model, options.Segmentation))
            throw new CoreException(Fault.SettingInvalid,
                $"'{model.Name}' does not tell what Dice to expect of such masks, so that -ReviewBelow would ask nothing.", model.Name,
                "Leave it out, or take a model whose file has Quality, of one stage, with its own threshold and post-processing.");
        // What is sent must be written.
        _options = options with { DicomOutput = [.. options.DicomOutput.Union(options.Archive?.SendBack ?? [])] };
        (_model, _folder) = (model, new BatchFolder(options.OutputPath, options.Shard));
        try
        {
            _pipeline = _compute.Run(createPipeline);
        }
        catch
        {
            _compute.Dispose();
            throw;
        }
    }

    /// <summary>What computes.</summary>
    public EngineInfo Engine => _pipeline.Engine;

    /// <summary>
    /// Runs the batch to its end. SIGTERM ends it as <paramref name="cancellation"/> does: studies at work are given up, what is being
    /// written
    /// is finished.
    /// </summary>
    /// <param name="listener">Is told about each study.</param>
    /// <param name="cancellation">Looked at between slices, blocks of the network and files.</param>
    /// <returns>How it ended, and the report.</returns>
    /// <exception cref="CoreException"><see cref="Fault.FileNotFound"/> or <see cref="Fault.FileReadFailed"/> for the folder of studies;
    /// <see cref="Fault.OutputIsInput"/> where one of the two folders lies in the other;
    /// <see cref="Fault.DicomSeriesEmpty"/>: DICOM objects are asked for, and no study is DICOM;
    /// <see cref="Fault.BatchJournalInvalid"/>; <see cref="Fault.FileWriteFailed"/> when the output folder takes no more: studies that were
    /// done stay so, and the next run goes on.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the journal says so.</exception>
    public BatchSummary Run(IBatchListener listener, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(listener);
        if (_options is { Journal: not null, Shard: not null })
            throw new CoreException(Fault.SettingInvalid, "A shard has a journal of its own, beside the one in a database.", null,
                "Leave one of -Shard and -Journal out: workers with one database share the studies as they go.");
        if (_options.Archive is { } archive) CheckArchive(archive, cancellation);
        else CheckFolder();
        DateTimeOffset started = DateTimeOffset.UtcNow;
        string id = string.Create(CultureInfo.InvariantCulture, $"{started:yyyyMMdd-HHmmss}-{Guid.NewGuid().ToString("N")[..6]}");
        var run = new BatchSummary { Run = id, Model = _model.Name };
        using BatchLock? alone = TakeShard();
        using var held = new BatchLock(_folder.Staging, id);
        using BatchJournal journal = OpenJournal();
        DateTimeOffset begun = journal.Now;
        using BatchLog log = BatchLog.Create(_folder.Logs, id);
        _folder.CleanUp(journal.IsAlive);
        if (_options.ViewerPath is { } viewer) _folder.PlaceViewer(viewer);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            stop.Cancel();
        });
        run = run with { Started = begun };
        journal.Begin(run, _model.Sha256);
        log.Write("run-started", ("model", _model.Name), ("modelSha256", _model.Sha256), ("engine", Engine.Engine),
            ("precision", Engine.Precision));

        journal.Review(_options.ReviewBelow, _options.Study ?? (_ => true));
        (Dictionary<string, string> names, Dictionary<string, AttemptRow> elsewhere) = Known(journal);
        var segmenter = new StudySegmenter(_options, _folder, _model, _pipeline, _compute, journal, elsewhere, id, begun);
        var session = new BatchSession(_options, segmenter, names, log, listener, stop);
        session.Run();
        _folder.Discard(id);
        (int unsent, int unsentElsewhere) = segmenter.Unsent();
        run = BatchJournal.Counted(run, journal.Of(id)) with
        {
            Skipped = session.Skipped,
            Outstanding = session.Outstanding,
            PassedOver = session.PassedOver,
            Left = session.Left,
            Unsent = unsent,
            Ended = journal.Now,
            PeakMemory = PeakMemory()
        };
        run = run with { Outcome = Outcome(run, session) };
        if (session.OutputFailure is { } failure)
        {
            TryEnd(run, journal);
            throw failure;
        }
        run = run with { Report = BatchReport.Write(_folder, run, journal.Of(id), journal.History()) };
        journal.End(run);
        log.Write("run-ended", ("outcome", run.Outcome), ("done", run.Done), ("flagged", run.Flagged), ("failed", run.Failed),
            ("skipped", run.Skipped), ("outstanding", run.Outstanding), ("unsent", run.Unsent), ("unsentElsewhere", unsentElsewhere),
            ("passedOver", run.PassedOver), ("left", run.Left));
        cancellation.ThrowIfCancellationRequested();
        return run;
    }

    /// <summary>Frees the model.</summary>
    public void Dispose()
    {
        _compute.Run(() =>
        {
            _pipeline.Dispose();
            return true;
        });
        _compute.Dispose();
    }

    private BatchJournal OpenJournal()
    {
        BatchState died = _options.AfterPreemption ? BatchState.Preempted : BatchState.Interrupted;
        return _options.Journal is { } server ? PostgresJournal.Open(_folder, server, died) : SqliteJournal.Open(_folder, died);
    }

    /// <summary>A shard has one process at a time, on whatever machine.</summary>
    private BatchLock? TakeShard()
    {
        const string name = "shard";
        if (_options.Shard is null) return null;
        if (Directory.Exists(_folder.Staging) && BatchLock.IsHeld(_folder.Staging, name))
            throw new CoreException(Fault.ShardInUse, $"The shard {_options.Shard} of '{_folder.Root}' is in work by another process.",
                _folder.Root, "Wait until that one has ended; each shard is given to one process.");
        return new BatchLock(_folder.Staging, name);
    }

    /// <summary>Names by path of all journals, and what the other journals have done.</summary>
    private (Dictionary<string, string> Names, Dictionary<string, AttemptRow> Elsewhere) Known(BatchJournal own)
    {
        var names = new Dictionary<string, string>();
        var elsewhere = new Dictionary<string, AttemptRow>();
        foreach (BatchFolder folder in _folder.WithJournals().Where(f => _options.Journal is not null || f != _folder))
        {
            using BatchJournal journal = SqliteJournal.OpenExisting(folder);
            foreach ((string path, string name) in journal.Names()) names[path] = name;
            foreach ((string study, AttemptRow done) in journal.Done())
                if (!elsewhere.TryGetValue(study, out AttemptRow? other) || other.Item.Started < done.Item.Started) elsewhere[study] = done;
        }
        foreach ((string path, string name) in own.Names()) names[path] = name;
        return (names, elsewhere);
    }

    private void CheckFolder()
    {
        InputGuard.CheckFolder(_folder.Results, _options.Path);
        InputGuard.CheckFolder(_options.Path, _options.OutputPath);             // results would be studies themselves
        IReadOnlyList<IBatchStudy> studies = StudyListing.Of(_options.Path, new Dictionary<string, string>()).Studies;
        // One study without DICOM is flagged; a folder without any was not meant.
        if (_options.DicomOutput.Count > 0 && !_options.Watch && studies.Count > 0 && studies.All(s => CtImporter.IsNifti(s.Path)))
            throw new CoreException(Fault.DicomSeriesEmpty,
                $"All studies in '{_options.Path}' are NIfTI files, which have no DICOM headers for DICOM objects.", _options.Path,
                "Leave out -DicomOutput, or give the DICOM studies.");
    }

    // Whether it is there and lets us in is told before anything is written.
    private void CheckArchive(BatchArchive archive, CancellationToken cancellation)
    {
        if (_options.Group != BatchGrouping.Entry || _options.Series.Rules != new SeriesRules())
            throw new CoreException(Fault.SettingInvalid,
                "-Group and -Filter are about folders: each series of an archive is a study of its own.", null,
                "Leave them out, and say with -Query which series are meant.");
        _ = ArchiveSearch.Find(archive.Server, archive.Query, cancellation).Any();
    }

    private static BatchOutcome Outcome(BatchSummary run, BatchSession session) =>
        session.OutputFailure is not null ? BatchOutcome.OutputFailed
        : run.Left > 0 || session.IsSearchFailed ? BatchOutcome.Stopped
        : run.Failed > 0 || session.HasFailedBeside ? BatchOutcome.SomeFailed
        : run.Unsent > 0 ? BatchOutcome.Unsent
        : run.Done + run.Skipped == 0 ? BatchOutcome.NothingFound
        : run.Outstanding > 0 ? BatchOutcome.Outstanding
        : BatchOutcome.Completed;

    // The folder that takes no more may take no more rows either; the run then counts as interrupted.
    private static void TryEnd(BatchSummary run, BatchJournal journal)
    {
        try
        {
            journal.End(run);
        }
        catch (CoreException)
        {
        }
    }

    private static long PeakMemory()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
