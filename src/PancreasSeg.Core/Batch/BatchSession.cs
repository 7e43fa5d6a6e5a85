namespace PancreasSeg.Batch;

/// <summary>Which studies a run begins, in which order, and when it ends.</summary>
internal sealed class BatchSession(
    BatchOptions options, StudySegmenter segmenter, IReadOnlyDictionary<string, string> names, BatchLog log, IBatchListener listener,
    CancellationTokenSource stop)
{
    private static readonly TimeSpan s_shortestLook = TimeSpan.FromSeconds(1), s_longestLook = TimeSpan.FromSeconds(30),
        s_longestPause = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_lookAtOthers = TimeSpan.FromSeconds(2);

    private readonly Lock _turn = new();
    private readonly Dictionary<string, string> _handled = [];                   // id, fingerprint
    private readonly Dictionary<string, (DateTimeOffset Until, TimeSpan Length)> _pauses = [];    // by id, of what an archive did not give
    private readonly Dictionary<string, (string Fingerprint, DateTimeOffset Since)> _seen = [];
    private readonly Dictionary<string, string> _names = new(names);            // by id
    private readonly HashSet<string> _passed = [];
    private readonly List<IBatchStudy> _again = [];                               // postponed
    private readonly List<(IBatchStudy Study, int Attempts)> _suspects = [];      // to be done alone
    private readonly List<IBatchStudy> _elsewhere = [];                           // in work on other machines
    private readonly BatchProgress _progress = new(listener);
    private readonly HashSet<string> _ended = [];                                // in this look
    private int _begun;

    /// <summary>Studies left alone.</summary>
    public int Skipped { get; private set; }

    /// <summary>Of these, the ones that failed or went into quarantine before, or in a run beside this one.</summary>
    public int Outstanding { get; private set; }

    /// <summary>True when a study failed in a run beside this one since this one began.</summary>
    public bool HasFailedBeside { get; private set; }

    /// <summary>Entries of the folder that are no studies.</summary>
    public int PassedOver => _passed.Count;

    /// <summary>Studies found and not ended.</summary>
    public int Left { get; private set; }

    /// <summary>True when the studies could not be looked for, so that nobody knows how many are left.</summary>
    public bool IsSearchFailed { get; private set; }

    /// <summary>Why the output folder takes no more; null while it does.</summary>
    public CoreException? OutputFailure { get; private set; }

    private bool MayNotBegin => stop.IsCancellationRequested || DateTimeOffset.Now >= options.StopAt || _begun >= options.MaxStudies;

    /// <summary>Works until all studies have ended, or when watching until the run is stopped.</summary>
    public void Run()
    {
        do
        {
            _progress.Looking();
            SendWaiting();
            List<IBatchStudy> open = [.. Find().Where(IsOpen)];
            _progress.Found(_handled.Count, _handled.Count + open.Count);
            List<IBatchStudy> ready = options.Watch ? [.. open.Where(IsSettled)] : open;
            _again.Clear();
            _suspects.Clear();
            _elsewhere.Clear();
            _ended.Clear();
            Pass(segmenter.InOwnOrder(ready), options.ThrottleLimit);
            if (_again.Count > 0 && !MayNotBegin && !stop.Token.WaitHandle.WaitOne(options.RetryDelay))
                Pass([.. _again], options.ThrottleLimit);
            PassSuspects();
            while (!options.Watch && _elsewhere.Count > 0 && !MayNotBegin && !stop.Token.WaitHandle.WaitOne(s_lookAtOthers)) PassOthers();
            Left = open.Count(study => !_ended.Contains(study.Id));
            if (options.Watch) _progress.Waiting(Left);
        }
        while (options.Watch && !MayNotBegin && !stop.Token.WaitHandle.WaitOne(Interval()));
    }

    private void PassSuspects()
    {
        Pass([.. _suspects.OrderBy(s => s.Attempts).Select(s => s.Study)], 1);
        _suspects.Clear();
    }

    // What another machine had in work is done by now, still in work, or ours if that machine is gone.
    private void PassOthers()
    {
        IBatchStudy[] others = [.. _elsewhere];
        _elsewhere.Clear();
        Pass(others, options.ThrottleLimit);
        PassSuspects();
    }

    private IReadOnlyList<IBatchStudy> Find()
    {
        StudyListing found = options.Archive is { } archive ? Find(archive) : StudyListing.Of(options.Path, _names,
            options.Group == BatchGrouping.Study ? entry => stop.IsCancellationRequested ? [] : segmenter.MembersOf(entry) : null);
        foreach (IBatchStudy study in found.Studies) _names[study.Id] = study.Name;
        foreach (string entry in found.PassedOver)
            if (_passed.Add(entry)) log.Write("passed-over", ("entry", entry));
        return [.. found.Studies.Where(study => options.Shard?.Holds(study.ShardName) != false
            && options.Study?.Invoke(study.Name) != false)];
    }

    // Who watches looks again.
    private StudyListing Find(BatchArchive archive)
    {
        try
        {
            return ArchiveStudy.Find(archive, stop.Token);
        }
        catch (CoreException e)
        {
            IsSearchFailed = !options.Watch;
            log.Write("search-failed", ("message", e.Message));
            listener.Decided($"{e.Message} {e.Remedy}".TrimEnd());
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
        return new StudyListing([], []);
    }

    // Before new work: what earlier runs have segmented and the archive does not have.
    private void SendWaiting()
    {
        if (MayNotBegin) return;
        try
        {
            foreach (BatchItem item in segmenter.SendWaiting(stop.Token))
            {
                log.Write("study-sent", ("study", item.Study), ("state", item.State), ("sent", Kinds(item)), ("notSent", item.NotSent));
                listener.Decided($"'{item.Study}' of run {item.Run}: {item.NotSent ?? "sent to the archive."}");
            }
        }
        catch (CoreException e)
        {
            Fail(e);                                                            // of the journal
        }
    }

    private void Pass(IReadOnlyList<IBatchStudy> studies, int atOnce)
    {
        var tasks = new List<Task>();
        using var places = new SemaphoreSlim(atOnce);
        foreach (IBatchStudy study in studies)
        {
            if (WaitHandle.WaitAny([places.AvailableWaitHandle, stop.Token.WaitHandle]) == 1 || MayNotBegin) break;
            places.Wait(CancellationToken.None);
            if (Begin(study, alone: atOnce == 1) is not { } claim)
            {
                places.Release();
                continue;
            }
            _begun++;
            tasks.Add(Task.Factory.StartNew(() =>
            {
                try
                {
                    Do(claim);
                }
                finally
                {
                    places.Release();
                }
            }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default));
        }
        Task.WaitAll([.. tasks], CancellationToken.None);
    }

    private StudyClaim? Begin(IBatchStudy study, bool alone)
    {
        try
        {
            StudyClaim claim = segmenter.Claim(study, alone, stop.Token);
            _names[study.Id] = claim.Study.Name;
            if (claim.MustBeAlone)
            {
                _suspects.Add((study, claim.Item.Attempt));
                return null;
            }
            if (claim.IsElsewhere && segmenter.IsShared)
            {
                lock (_turn) _elsewhere.Add(study);
                return null;
            }
            if (claim.IsOurs && claim.Item.State == BatchState.Running)
            {
                log.Write("study-started", ("study", claim.Study.Name), ("attempt", claim.Item.Attempt));
                return claim;
            }
            if (claim.Unlisted is { } unlisted)
                log.Write("listing-failed", ("study", claim.Study.Name), ("reason", unlisted.Fault), ("message", unlisted.Message));
            if (claim.Item.IsSkipped) Skipped++;
            if (claim.Item is { IsSkipped: true, State: BatchState.Failed or BatchState.Quarantined })
            {
                Outstanding++;
                HasFailedBeside |= segmenter.IsOfNow(claim.Item);
            }
            Tell(study, claim.Fingerprint, claim.Item);
        }
        catch (OperationCanceledException)
        {
        }
        catch (CoreException e)
        {
            Fail(e);
        }
        return null;
    }

    private void Do(StudyClaim claim)
    {
        try
        {
            BatchItem item = segmenter.Do(claim, listener, _progress.Begin(claim.Study.Name), Fail, stop.Token);
            if (item.State != BatchState.Stopped) Tell(claim.Study, claim.Fingerprint, item);
            // Another has taken it over, and may not have ended yet.
            else if (!stop.IsCancellationRequested) lock (_turn) _elsewhere.Add(claim.Study);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Of the listener, who takes no more; the journal has it.
        }
        catch (CoreException e)
        {
            Fail(e);                                                            // of the journal
        }
    }

    private void Tell(IBatchStudy study, string fingerprint, BatchItem item)
    {
        int handled;
        lock (_turn)
        {
            // What an archive did not give it may give at a later look.
            bool isOwed = item.State == BatchState.Postponed && options.Archive is not null;
            _handled[study.Id] = isOwed ? "" : fingerprint;
            if (isOwed) _pauses[study.Id] = NextPause(study);
            else _pauses.Remove(study.Id);
            _ended.Add(study.Id);
            if (item is { State: BatchState.Postponed, IsSkipped: false }) _again.Add(study);
            handled = _handled.Count;
        }
        log.Write(item.IsSkipped ? "study-skipped" : "study-ended", ("study", item.Study), ("state", item.State), ("status", item.Status),
            ("reason", item.Reasons),
            ("volumeMl", item.VolumeMl), ("seconds", item.Elapsed?.TotalSeconds), ("waited", item.Waited.TotalSeconds),
            ("attempt", item.Attempt), ("message", item.Message),
            ("seriesPassedOver", item.SeriesPassedOver.Count > 0 ? item.SeriesPassedOver : null), ("sent", Kinds(item)),
            ("notSent", item.NotSent));
        if (item.IsSkipped) listener.Decided($"'{item.Study}' was left alone: {item.State} in run {item.Run}.");
        listener.Ended(item);
        _progress.End(item, handled);
    }

    private static string[]? Kinds(BatchItem item) => item.Sent.Count > 0 ? [.. item.Sent.Select(kind => $"{kind}")] : null;

    private void Fail(CoreException failure)
    {
        OutputFailure ??= failure;
        stop.Cancel();
    }

    // Twice as long each time, so that what an archive never gives is asked for ever more seldom.
    private (DateTimeOffset Until, TimeSpan Length) NextPause(IBatchStudy study)
    {
        TimeSpan length = _pauses.TryGetValue(study.Id, out var before) ? 2 * before.Length : options.RetryDelay;
        if (length > s_longestPause) length = s_longestPause;
        return (DateTimeOffset.UtcNow + length, length);
    }

    private bool IsOpen(IBatchStudy study)
    {
        if (!_handled.TryGetValue(study.Id, out string? before)) return true;
        if (_pauses.TryGetValue(study.Id, out var pause) && DateTimeOffset.UtcNow < pause.Until) return false;
        return options.Watch && Fingerprint(study) is { } now && now != before;
    }

    /// <summary>True when a study's files have stayed the same for the time asked for: by their times of writing, or where these lie
    /// in the future by what was seen of them.</summary>
    private bool IsSettled(IBatchStudy study)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        if (Fingerprint(study) is not { } fingerprint) return false;
        if (now - LastChange(study) >= options.SettleTime) return true;
        if (!_seen.TryGetValue(study.Id, out var seen) || seen.Fingerprint != fingerprint) _seen[study.Id] = seen = (fingerprint, now);
        return now - seen.Since >= options.SettleTime;
    }

    private TimeSpan Interval()
    {
        TimeSpan look = options.SettleTime / 4;
        look = look < s_shortestLook ? s_shortestLook : look > s_longestLook ? s_longestLook : look;
        return options.StopAt - DateTimeOffset.Now is { } left && left < look ? left > TimeSpan.Zero ? left : TimeSpan.Zero : look;
    }

    // Null while it cannot be read: the next look tries again.
    private string? Fingerprint(IBatchStudy study)
    {
        try
        {
            return study.Fingerprint(stop.Token);
        }
        catch (Exception e) when (e is CoreException || (e is OperationCanceledException && stop.IsCancellationRequested))
        {
            return null;
        }
    }

    private static DateTimeOffset? LastChange(IBatchStudy study)
    {
        try
        {
            return study.LastChange();
        }
        catch (CoreException)
        {
            return null;
        }
    }
}
