using System.Diagnostics;
using System.Text.Json;
using PancreasSeg.Import;
using PancreasSeg.Network;
using PancreasSeg.Nifti;
using PancreasSeg.Pictures;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Batch;

/// <summary>One study from the journal's leave to its files and back to the journal.</summary>
/// <param name="options">The batch.</param>
/// <param name="folder">Its output folder.</param>
/// <param name="model">The model.</param>
/// <param name="pipeline">Of the model.</param>
/// <param name="compute">Where the network works.</param>
/// <param name="journal">The journal.</param>
/// <param name="elsewhere">What other journals of the folder had done when the run began.</param>
/// <param name="run">Id of the run.</param>
/// <param name="runStarted">When the run began, by the journal's clock.</param>
internal sealed class StudySegmenter(BatchOptions options, BatchFolder folder, PancreasModel model, SegmentationPipeline pipeline,
    ComputeThread compute, BatchJournal journal, IReadOnlyDictionary<string, AttemptRow> elsewhere, string run,
    DateTimeOffset runStarted)
{
    private readonly ResultSender? _sender = options.Archive is { } archive ? new ResultSender(archive, journal, run) : null;

    /// <summary>True where other machines share the journal.</summary>
    public bool IsShared => journal.IsShared;

    /// <summary>True for an attempt that has ended since this run began, here or in a run beside it.</summary>
    public bool IsOfNow(BatchItem item) => item.Ended >= runStarted;

    /// <summary>The studies in an order of this run's own, so that several at once hardly meet.</summary>
    public IReadOnlyList<IBatchStudy> InOwnOrder(IReadOnlyList<IBatchStudy> studies) =>
        journal.IsShared ? [.. studies.OrderBy(study => BatchStudy.Hash($"{run}|{study.Id}"), StringComparer.Ordinal)] : studies;

    /// <summary>The examinations below an entry of the folder, read anew only where its files have changed.</summary>
    /// <exception cref="CoreException">The journal cannot be used.</exception>
    public IReadOnlyList<StudyIndex.Member> MembersOf(string entry)
    {
        try
        {
            string seen = BatchStudy.Hash($"{new BatchStudy("", entry).Fingerprint()}|examinations");
            if (journal.Recall(seen) is { } known) return JsonSerializer.Deserialize(known, BatchJson.Default.IReadOnlyListMember)!;
            IReadOnlyList<StudyIndex.Member> members = StudyIndex.Read(entry, options.Series, CancellationToken.None);
            journal.Remember(seen, JsonSerializer.Serialize(members, BatchJson.Default.IReadOnlyListMember));
            return members;
        }
        catch (CoreException e) when (e.Fault is Fault.FileReadFailed or Fault.FileNotFound)
        {
            return [];                                                          // a study by itself, whose reader says why
        }
    }

    /// <summary>Sends what is left to be sent; see <see cref="ResultSender"/>.</summary>
    /// <exception cref="CoreException">The journal cannot be used.</exception>
    public IEnumerable<BatchItem> SendWaiting(CancellationToken cancellation) =>
        _sender?.SendWaiting(options.Study ?? (_ => true), cancellation) ?? [];

    /// <summary>Results that wait to be sent: those that the next run of the same kind sends first, and those of other archives or other
    /// studies.</summary>
    /// <exception cref="CoreException">The journal cannot be used.</exception>
    public (int Own, int Others) Unsent()
    {
        if (_sender is null || options.Archive!.SendBack.Count == 0) return (0, 0);
        int own = _sender.Waiting(options.Study ?? (_ => true)).Count(IsUnsent);
        return (own, journal.NotSent().Count(row => IsUnsent(row) && (row.Item.Run == run || !journal.IsAlive(row.Item.Run))) - own);
        static bool IsUnsent(AttemptRow row) => row.Item.State == BatchState.Unsent;
    }

    /// <summary>Asks the journal for a study.</summary>
    /// <param name="study">The study.</param>
    /// <param name="alone">True when no other study is in work.</param>
    /// <param name="cancellation">Looked at between files.</param>
    /// <exception cref="CoreException">The journal cannot be used.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public StudyClaim Claim(IBatchStudy study, bool alone, CancellationToken cancellation)
    {
        (string fingerprint, string content, CoreException? unreadable) = Look(study, cancellation);
        var item = new BatchItem
        {
            Study = study.Name,
            Path = study.Path,
            State = BatchState.Running,
            Started = journal.Now,
            Run = run,
            ModelSha256 = model.Sha256,
            PatientKey = options.PatientKeys.GetValueOrDefault(study.Name)
                ?? options.PatientKeys.GetValueOrDefault(FileNames.Safe(CtImporter.NameOf(study.Entry))),
        };
        string key = StudyKey.Of(study.Name, content, model, options);
        AttemptRow? other = elsewhere.GetValueOrDefault(study.Name);
        if (other is not null && journal.DoneOf(study.Name) is { } own && own.Item.Started > other.Item.Started) other = null;
        BatchItem? made = other?.Key == key && !IsAskedFor(other.Item) ? Judged(other.Item) : null;
        if (made is not null && made == other!.Item && _sender?.Owes(made) != true)
            return new StudyClaim(study, fingerprint, content, key, null, made with { IsSkipped = true });
        // An archive that is away now says nothing against what is done.
        if (unreadable is not null && IsOfArchive(unreadable.Fault) && (other ?? journal.DoneOf(study.Name)) is { Item: var done }
            && done.ModelSha256 == model.Sha256 && !IsAskedFor(done))
            return new StudyClaim(study, fingerprint, content, key, null, done with { IsSkipped = true }, unreadable);
        string mask = StudyKey.OfMask(study.Name, content, model, options);
        // What is older here than the result that is taken over does not stand for it.
        (long? id, item) = journal.Claim(new ClaimRequest(item, study.Id, key, mask, other?.Mask, alone,
            before => Again(before) || (made is not null && before.Started < other!.Item.Started)));
        // Another run has given it a name since this one began.
        if (item.Study != study.Name) return Claim(study.Named(item.Study), alone, cancellation);
        if (id is null) item = (_sender?.Deliver(item, cancellation) ?? item) with { IsSkipped = true };
        else if (unreadable is not null) item = Ended(id.Value, Failure(item, unreadable, key));
        else if (made is not null && item.State == BatchState.Running) item = Taken(id.Value, item, made, cancellation);
        return new StudyClaim(study, fingerprint, content, key, id, item);
    }

    /// <summary>Segments a study that was claimed and writes its files.</summary>
    /// <param name="claim">The claim.</param>
    /// <param name="listener">Is told what the reader decided.</param>
    /// <param name="progress">Told how far it has come.</param>
    /// <param name="outputFailed">Called when its files cannot be written; the study is then given up.</param>
    /// <param name="cancellation">Gives the study up.</param>
    /// <exception cref="CoreException">The journal cannot be used.</exception>
    public BatchItem Do(StudyClaim claim, IBatchListener listener, IProgress<ProgressStep> progress, Action<CoreException> outputFailed,
        CancellationToken cancellation)
    {
        BatchItem item = claim.Item;
        Action? settle = null;
        string scratch = folder.Scratch(item.Study, run);
        try
        {
            long start = Stopwatch.GetTimestamp();
            CtVolume ct = claim.Study.Read(claim.Fingerprint, options.Series, scratch, cancellation);
            TimeSpan reading = Stopwatch.GetElapsedTime(start);
            foreach (string note in ct.Source.Notes.Select(Told)) listener.Decided($"'{item.Study}': {note}");
            long queued = Stopwatch.GetTimestamp();
            TimeSpan waited = default;
            SegmentationResult result = compute.Run(() =>
            {
                waited = Stopwatch.GetElapsedTime(queued);
                return pipeline.Run(ct, options.Segmentation, progress: progress, cancellation: cancellation);
            });
            if (result.Timings is { } timings) result = result with { Timings = timings with { Read = reading } };
            item = item with
            {
                State = BatchState.Done,
                Waited = waited,
                Status = result.Status,
                Reasons = result.Reasons,
                Message = result.Reasons.Count == 0 ? null
                    : string.Join(' ', [ReasonText.OfAll(result.Reasons), .. result.Remarks.Select(Sentence)]),
                VolumeMl = result.VolumeMl,
                MeanHu = result.MeanHu,
                TouchesBorder = result.TouchesBorder,
                ExpectedDice = result.ExpectedDice,
                ExpectedDiceLow = result.ExpectedDiceLow,
                ReviewReason = result.ReviewReason,
                MembersUsed = result.MembersUsed,
                SeriesPassedOver = [.. ct.Source.SeriesPassedOver.Select(Told)],
            };
            folder.Stage(item.Study, run, staged => item = Write(staged, ct, result, item, claim.Content));
            item = item.Reviewed(options.ReviewBelow) with { OutputFolder = folder.ResultOf(item.Study) };
            settle = () => folder.Exchange(item.Study, run);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            item = claim.Item with { State = BatchState.Stopped };
        }
        catch (CoreException e) when (e.Fault == Fault.FileWriteFailed)
        {
            outputFailed(e);
            item = claim.Item with { State = BatchState.Stopped };
        }
        catch (Exception e)
        {
            item = Failure(claim.Item, e, claim.Key);
        }
        finally
        {
            if (Directory.Exists(scratch)) Directory.Delete(scratch, recursive: true);
        }
        try
        {
            item = Ended(claim.Id!.Value, _sender?.Entered(item) ?? item, settle);
        }
        catch (CoreException e) when (settle is not null && e.Fault == Fault.FileWriteFailed)
        {
            outputFailed(e);
            return Ended(claim.Id!.Value, claim.Item with { State = BatchState.Stopped });
        }
        return item.State == BatchState.Unsent ? _sender!.Send(claim.Id!.Value, item, cancellation) : item;
    }

    // What another journal has as a result becomes one of this journal, which enters what has become of judging and sending it.
    private BatchItem Taken(long id, BatchItem item, BatchItem made, CancellationToken cancellation)
    {
        item = made with
        {
            Path = item.Path,
            PatientKey = item.PatientKey,
            Attempt = item.Attempt,
            Started = item.Started,
            Waited = TimeSpan.Zero,
            Run = run,
        };
        item = Ended(id, _sender?.Entered(item) ?? item);
        return _sender?.Owes(item) == true ? _sender.Send(id, item, cancellation) : item;
    }

    private BatchItem Judged(BatchItem item)
    {
        item = item.Reviewed(options.ReviewBelow);
        return _sender?.HeldBack(item) ?? item;
    }

    private BatchItem Ended(long id, BatchItem item, Action? settle = null)
    {
        item = item with { Ended = journal.Now };
        // Another machine that has taken the study over gives the answer.
        if (!journal.Complete(id, item, settle)) return item with { State = BatchState.Stopped };
        // What the study was before it changed is no answer to what it is now.
        if (item.State is BatchState.Failed or BatchState.Quarantined && folder.Supersede(item.Study, run) is { } superseded)
            journal.Moved(item.Study, folder.ResultOf(item.Study), superseded);
        return item;
    }

    private (string Fingerprint, string Content, CoreException? Unreadable) Look(IBatchStudy study, CancellationToken cancellation)
    {
        string fingerprint = "";
        try
        {
            fingerprint = study.Fingerprint(cancellation);
            string seen = BatchStudy.Hash($"{fingerprint}|{options.Series}");
            if (journal.Recall(seen) is { } known) return (fingerprint, known, null);
            string content = study.ContentHash(options.Series, cancellation);
            journal.Remember(seen, content);
            return (fingerprint, content, null);
        }
        catch (CoreException e) when (e.Fault is Fault.FileReadFailed or Fault.FileNotFound || IsOfArchive(e.Fault))
        {
            return (fingerprint, $"unreadable {fingerprint}", e);
        }
    }

    private static string Sentence(string remark) => $"{char.ToUpperInvariant(remark[0])}{remark[1..]}.";

    private string Told(string text) => options.FullUid ? text : UidText.Hashed(text);

    // What this run or a worker beside it has done since is done.
    private bool Again(BatchItem before) => before.Started < runStarted && IsAskedFor(before);

    private bool IsAskedFor(BatchItem before) =>
        options.Force || (options.Retry && before.State is BatchState.Failed or BatchState.Quarantined) || HasLostItsFiles(before);

    private bool HasLostItsFiles(BatchItem before) =>
        before.HasResult && !File.Exists(Path.Combine(folder.ResultOf(before.Study), BatchFolder.ResultFile));

    /// <summary>What an archive is to blame for, and no study.</summary>
    private static bool IsOfArchive(Fault fault) => fault is Fault.ServerUnreachable or Fault.CredentialRefused
        or Fault.CertificateUntrusted or Fault.ServerRequestRefused or Fault.ServerAnswerInvalid or Fault.SeriesGone
        or Fault.SeriesIncomplete;

    private static bool IsOfArchive(string reason) => Enum.TryParse(reason, out Fault fault) && IsOfArchive(fault);

    /// <summary>What failed for a reason that may pass is tried once more; what the study itself is to blame for is final, and what an
    /// archive is to blame for is tried by every run.</summary>
    private BatchItem Failure(BatchItem item, Exception e, string key)
    {
        var known = e as CoreException;
        bool mayPass = known is null or { Fault: Fault.FileReadFailed or Fault.FileNotFound or Fault.InputChanged };
        string reason = known?.Fault.ToString() ?? (e is OutOfMemoryException ? "OutOfMemory" : "UnexpectedError");
        return item with
        {
            State = known is not null && IsOfArchive(known.Fault) ? BatchState.Postponed : !mayPass ? BatchState.Failed
                : journal.WasPostponed(key, before => !before.Reasons.Any(IsOfArchive)) ? BatchState.Quarantined : BatchState.Postponed,
            Status = SegmentationStatus.Failed,
            Reasons = [reason],
            Message = Told(known is null ? $"{e.GetType().Name}: {e.Message}" : $"{known.Message} {known.Remedy}".TrimEnd()),
        };
    }

    private BatchItem Write(string staged, CtVolume ct, SegmentationResult result, BatchItem item, string content)
    {
        if (result.Mask is not null) NiftiFile.Write(Path.Combine(staged, BatchFolder.MaskFile), result.Mask, true, CancellationToken.None);
        PreviewPage preview = SegmentationPreview.Draw(ct, result.Mask, PreviewWords.Of(result));
        Save(staged, BatchFolder.PreviewFile, preview.Image.ToPng());
        Save(staged, BatchFolder.ThumbnailFile, preview.Thumbnail().ToPng());
        item = StudyObjects.Write(staged, options, item, ct, result);
        item = item with { Message = item.Message is { } message ? Told(message) : null };
        if (options.ViewerPath is not null && result is { Mask: { } mask, BoundingBox: not null })
            StudyViewer.Write(Path.Combine(staged, StudyViewer.PageFile), ViewerFacts.Of(item, folder, model.Name), ct, mask);
        result = result with { Source = result.Source with { Notes = [.. result.Source.Notes.Select(Told)] } };
        Save(
            staged, BatchFolder.ResultFile, JsonSerializer.SerializeToUtf8Bytes(
                StudyRecord.Of(result, item, content, ct.Grid, options.FullUid), BatchJson.Default.StudyRecord));
        return item;
    }

    private static void Save(string folder, string name, byte[] content) =>
        AtomicFile.Write(Path.Combine(folder, name), true, stream => stream.Write(content));
}
