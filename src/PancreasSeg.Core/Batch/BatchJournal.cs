using System.Globalization;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Batch;

/// <summary>
/// The memory of an output folder: one row per attempt, one per run, in SQLite with a write-ahead log, so that others read while a
/// batch writes. A unique index lets no two batches work on one study at a time.
/// </summary>
internal sealed class BatchJournal : IDisposable
{
    private const int SchemaVersion = 2, ConstraintViolated = 19, NotADatabase = 26, Corrupt = 11, ReadOnly = 8,
        CannotOpen = 14, MostCopies = 3;
    private const string Schema = """
        CREATE TABLE run (id TEXT PRIMARY KEY, started TEXT NOT NULL, ended TEXT, outcome TEXT, model TEXT NOT NULL, model_sha256 TEXT NOT NULL,
            skipped INTEGER NOT NULL DEFAULT 0, remaining INTEGER NOT NULL DEFAULT 0, peak_memory INTEGER NOT NULL DEFAULT 0, report TEXT,
            outstanding INTEGER NOT NULL DEFAULT 0);
        CREATE TABLE attempt (id INTEGER PRIMARY KEY, run TEXT NOT NULL REFERENCES run (id), study TEXT NOT NULL, path TEXT NOT NULL, work TEXT NOT NULL,
            number INTEGER NOT NULL, state TEXT NOT NULL, alone INTEGER NOT NULL, started TEXT NOT NULL,
            ended TEXT, patient_key TEXT, status TEXT, reasons TEXT, message TEXT,
            volume_ml REAL, mean_hu REAL, touches_border INTEGER NOT NULL DEFAULT 0, model_sha256 TEXT NOT NULL, folder TEXT, mask TEXT);
        CREATE UNIQUE INDEX one_at_a_time ON attempt (study) WHERE state = 'Running';
        CREATE INDEX by_work ON attempt (work);
        CREATE INDEX by_study ON attempt (study);
        CREATE TABLE content (fingerprint TEXT PRIMARY KEY, sha256 TEXT NOT NULL);
        PRAGMA user_version = 2;
        """;
    private const string FromVersion1 = "ALTER TABLE run ADD COLUMN outstanding INTEGER NOT NULL DEFAULT 0; ALTER TABLE attempt ADD COLUMN mask TEXT; PRAGMA user_version = 2";
    private const string Attempts = """
        SELECT a.id, a.run, a.study, a.path, a.number, a.state, a.started, a.ended, a.patient_key, a.status, a.reasons, a.message, a.volume_ml, a.mean_hu,
            a.touches_border, a.model_sha256, a.folder FROM attempt a
        """;

    private static readonly string[] s_files = ["", "-wal"];

    private readonly Lock _turn = new();
    private readonly SqliteConnection _connection;
    private readonly BatchFolder _folder;
    private DirectoryInfo? _copy;
    private BatchState _died = BatchState.Interrupted;

    private BatchJournal(SqliteConnection connection, BatchFolder folder) => (_connection, _folder) = (connection, folder);

    /// <summary>Opens the journal of an output folder, which exists; makes it where there is none.</summary>
    /// <exception cref="CoreException"><see cref="Fault.BatchJournalInvalid"/>; <see cref="Fault.FileWriteFailed"/>;
    /// <see cref="Fault.NativeRuntimeMissing"/>.</exception>
    /// <param name="folder">The output folder.</param>
    /// <param name="died">What attempts are called whose process is gone: interrupted, or preempted by a scheduler.</param>
    public static BatchJournal Open(BatchFolder folder, BatchState died = BatchState.Interrupted)
    {
        BatchJournal journal = Open(folder, SqliteOpenMode.ReadWriteCreate);
        journal._died = died;
        return journal;
    }

    /// <summary>Opens a journal that is there, to look at it.</summary>
    /// <exception cref="CoreException"><see cref="Fault.FileNotFound"/> when there is none, and as
    /// <see cref="Open(BatchFolder, BatchState)"/>.</exception>
    public static BatchJournal OpenExisting(BatchFolder folder)
    {
        if (!File.Exists(folder.Journal))
            throw new CoreException(Fault.FileNotFound, $"'{folder.Root}' holds no journal of a batch.", folder.Root,
                "Give the -OutputPath of Start-PancreasBatch.");
        try
        {
            // A shard at work holds its journal alone.
            return folder.Shard is null ? Open(folder, SqliteOpenMode.ReadWrite) : OpenCopy(folder);
        }
        catch (CoreException e) when (e.InnerException is SqliteException { SqliteErrorCode: ReadOnly or CannotOpen })
        {
            return OpenCopy(folder);
        }
    }

    /// <summary>Opens a copy, where the folder may only be read: the write-ahead log needs a place to write even for readers. A copy that
    /// was torn by a writer is made again.</summary>
    private static BatchJournal OpenCopy(BatchFolder folder)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                BatchJournal copy = OpenOneCopy(folder);
                if (copy.Guard(() => copy.Scalar("PRAGMA quick_check") as string) == "ok") return copy;
                copy.Dispose();
                throw Invalid(folder.Journal, "its pages do not fit together", null);
            }
            catch (CoreException) when (attempt < MostCopies)
            {
            }
        }
    }

    private static BatchJournal OpenOneCopy(BatchFolder folder)
    {
        DirectoryInfo copy = Directory.CreateTempSubdirectory("pancreasseg-journal-");
        try
        {
            string journal = Path.Combine(copy.FullName, Path.GetFileName(folder.Journal));
            FileFault.Reading(folder.Journal, () =>
            {
                foreach (string ending in s_files)
                    if (File.Exists(folder.Journal + ending)) File.Copy(folder.Journal + ending, journal + ending);
                return true;
            });
            BatchJournal opened = Open(folder, SqliteOpenMode.ReadWrite, journal);
            opened._copy = copy;
            return opened;
        }
        catch
        {
            copy.Delete(recursive: true);
            throw;
        }
    }

    private static BatchJournal Open(BatchFolder folder, SqliteOpenMode mode, string? path = null)
    {
        NativeRuntime.EnsureSqlite();
        if (path is null && folder.Shard is null && NetworkDrive.FormatOf(folder.Root) is { } format)
            throw new CoreException(Fault.SettingInvalid,
                $"'{folder.Root}' lies on a network drive ({format}), where the locks of a journal do not hold.", folder.Root,
                "Give an output folder on a local disk, or let each machine do a shard, whose journal it holds alone.");
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path ?? folder.Journal,
            Mode = mode,
            Pooling = false,
            DefaultTimeout = 60,
        }.ToString());
        var journal = new BatchJournal(connection, folder);
        try
        {
            journal.Guard(() =>
            {
                connection.Open();
                // Before the write-ahead log, which then needs no shared memory: that is none across machines.
                if (folder.Shard is not null) journal.Execute("PRAGMA locking_mode = EXCLUSIVE");
                journal.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
                using SqliteTransaction transaction = connection.BeginTransaction();
                long version = (long)journal.Scalar("PRAGMA user_version")!;
                if (version > SchemaVersion) throw Invalid(folder.Journal, "it was written by a newer version of the module", null);
                if (version == 0) journal.Execute(Schema);
                if (version == 1) journal.Execute(FromVersion1);
                transaction.Commit();
                return true;
            });
            return journal;
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    }

    /// <summary>Enters a run.</summary>
    public void Begin(BatchSummary run, string modelSha256) => Write(() =>
        Execute("INSERT INTO run (id, started, model, model_sha256) VALUES ($p0, $p1, $p2, $p3)", run.Run, Text(run.Started), run.Model,
            modelSha256));

    /// <summary>Enters how a run ended.</summary>
    public void End(BatchSummary run) => Write(() => Execute(
        "UPDATE run SET ended = $p1, outcome = $p2, skipped = $p3, remaining = $p4, peak_memory = $p5, report = $p6, outstanding = $p7 WHERE id = $p0",
        run.Run, Text(run.Ended!.Value), run.Outcome.ToString(), run.Skipped, run.Left, run.PeakMemory, run.Report, run.Outstanding));

    /// <summary>The hash of content that was seen before under this fingerprint; null when it was not.</summary>
    public string? ContentOf(string fingerprint) =>
        Guard(() => Scalar("SELECT sha256 FROM content WHERE fingerprint = $p0", fingerprint) as string);

    /// <summary>Remembers the hash of content.</summary>
    public void Remember(string fingerprint, string sha256) =>
        Write(() => Execute("INSERT OR REPLACE INTO content VALUES ($p0, $p1)", fingerprint, sha256));

    /// <summary>
    /// Takes a study into work, unless the journal has it done, failed or in quarantine, or another living batch works on it. Attempts
    /// that died are closed. One that died beside others is only done alone from then on, so that it is known whose fault it was; the
    /// second death alone makes it quarantine.
    /// </summary>
    /// <param name="item">The attempt, <see cref="BatchState.Running"/>.</param>
    /// <param name="key">What was asked, out of <see cref="StudyKey"/>; the column "work" holds it.</param>
    /// <param name="mask">Out of <see cref="StudyKey.OfMask"/>: files of another mask in the study's place have replaced what was
    /// done.</param>
    /// <param name="newest">Of the mask that another journal has put there since; null for none.</param>
    /// <param name="alone">True when no other study is in work.</param>
    /// <param name="again">Which states do not hold it back.</param>
    /// <returns>The attempt with its id and number; or no id and the earlier attempt that stands in the way, one that is
    /// <see cref="BatchState.Interrupted"/> when it must be done alone.</returns>
    public (long? Id, BatchItem Item) Claim(BatchItem item, string key, string mask, string? newest, bool alone,
        Func<BatchItem, bool> again) => Write(() =>
    {
        foreach ((long id, BatchItem running) in Select($"{Attempts} WHERE a.study = $p0 AND a.state = 'Running'", item.Study))
        {
            if (BatchLock.IsHeld(_folder.Staging, running.Run)) return ((long?)null, running);
            Execute("UPDATE attempt SET state = $p3, ended = $p1, message = $p2 WHERE id = $p0", id, Text(item.Started),
                "The process ended while it worked on this study.", $"{_died}");
        }
        List<BatchItem> before = [.. Select($"{Attempts} WHERE a.work = $p0 ORDER BY a.id", key).Select(row => row.Item)];
        bool isReplaced = (newest ?? NewestDone(item.Study)?.Mask) is { } other && other != mask;
        if (before.LastOrDefault(b => b.State is BatchState.Done or BatchState.Failed or BatchState.Quarantined) is { } last
            && !(isReplaced && last.State == BatchState.Done) && !again(last)) return (null, last);
        item = item with { Attempt = before.Count(b => b.State != BatchState.Stopped) + 1 };
        if (!alone && before.LastOrDefault() is { State: BatchState.Interrupted } died) return (null, died);
        long deaths = (long)Scalar(
            """
            SELECT count(*) FROM attempt WHERE work = $p0 AND alone = 1 AND state = 'Interrupted'
                AND id > (SELECT coalesce(max(id), 0) FROM attempt WHERE work = $p0 AND state = 'Quarantined')
            """, key)!;
        if (deaths >= 2)
        {
            item = item with
            {
                State = BatchState.Quarantined,
                Status = SegmentationStatus.Failed,
                Reasons = [nameof(SegmentationReason.ProcessDied)],
                Ended = item.Started,
                Message =
                    "The process ended twice while it worked on this study alone. Look at its size and at the memory of the machine, then use -Retry.",
            };
        }
        return (Insert(item, key, mask, alone), item);
    });

    /// <summary>The newest finished attempt at a study; null when there is none.</summary>
    public DoneStudy? DoneOf(string study) => Guard(() => NewestDone(study));

    /// <summary>The newest finished attempt at each study.</summary>
    public IReadOnlyDictionary<string, DoneStudy> Done() => Guard(() =>
        (IReadOnlyDictionary<string, DoneStudy>)Finished("").GroupBy(d => d.Item.Study).ToDictionary(g => g.Key, g => g.Last()));

    private DoneStudy? NewestDone(string study) => Finished(" AND a.study = $p0", study).LastOrDefault();

    private List<DoneStudy> Finished(string condition, params object?[] values)
    {
        List<(long Id, BatchItem Item)> rows = Select($"{Attempts} WHERE a.state = 'Done'{condition} ORDER BY a.id", values);
        using SqliteCommand command = Command($"SELECT a.work, a.mask FROM attempt a WHERE a.state = 'Done'{condition} ORDER BY a.id", values);
        using SqliteDataReader row = command.ExecuteReader();
        var done = new List<DoneStudy>();
        while (row.Read()) done.Add(new DoneStudy(rows[done.Count].Item, row.GetString(0), row.IsDBNull(1) ? null : row.GetString(1)));
        return done;
    }

    /// <summary>Enters how an attempt ended.</summary>
    public void Complete(long id, BatchItem item) => Write(() => Execute(
        """
        UPDATE attempt SET state = $p1, ended = $p2, status = $p3, reasons = $p4, message = $p5, volume_ml = $p6, mean_hu = $p7, touches_border = $p8, folder = $p9
        WHERE id = $p0
        """,
        id, item.State.ToString(), Text(item.Ended!.Value), item.Status?.ToString(),
            JsonSerializer.Serialize(item.Reasons, BatchJson.Default.IReadOnlyListString), item.Message,
        item.VolumeMl, item.MeanHu, item.TouchesBorder ? 1 : 0,
            item.OutputFolder is null ? null : Path.GetRelativePath(_folder.Root, item.OutputFolder)));

    /// <summary>Enters that the files of a study lie elsewhere, as the study has changed since.</summary>
    /// <param name="study">Name of the study.</param>
    /// <param name="before">Full path of the folder that was named.</param>
    /// <param name="now">Full path of the folder.</param>
    public void Moved(string study, string before, string now) => Write(() => Execute(
        "UPDATE attempt SET folder = $p2, message = $p3 WHERE study = $p0 AND state = 'Done' AND folder = $p1",
        study, Path.GetRelativePath(_folder.Root, before), Path.GetRelativePath(_folder.Root, now),
        "Superseded: the study changed afterwards and then failed."));

    /// <summary>The name that each path had in the last attempt at it.</summary>
    public IReadOnlyDictionary<string, string> Names() => Guard(() =>
    {
        using SqliteCommand command = Command("SELECT path, study FROM attempt ORDER BY id");
        using SqliteDataReader row = command.ExecuteReader();
        var names = new Dictionary<string, string>();
        while (row.Read()) names[row.GetString(0)] = row.GetString(1);
        return (IReadOnlyDictionary<string, string>)names;
    });

    /// <summary>True when an earlier attempt at the same was postponed.</summary>
    public bool WasPostponed(string key) =>
        Guard(() => Scalar("SELECT 1 FROM attempt WHERE work = $p0 AND state = 'Postponed'", key) is not null);

    /// <summary>All attempts in the order in which they began.</summary>
    public IReadOnlyList<BatchItem> History() => Guard(() => Select($"{Attempts} ORDER BY a.id").Select(row => row.Item).ToList());

    /// <summary>The attempts of a run.</summary>
    public IReadOnlyList<BatchItem> Of(string run) =>
        Guard(() => Select($"{Attempts} WHERE a.run = $p0 ORDER BY a.id", run).Select(row => row.Item).ToList());

    /// <summary>All runs, the newest last.</summary>
    public IReadOnlyList<BatchSummary> Runs() => Guard(() =>
    {
        using SqliteCommand command =
            Command("SELECT id, started, ended, outcome, model, skipped, remaining, peak_memory, report, outstanding FROM run ORDER BY started");
        using SqliteDataReader row = command.ExecuteReader();
        var runs = new List<BatchSummary>();
        while (row.Read())
        {
            runs.Add(new BatchSummary
            {
                Run = row.GetString(0),
                Started = Time(row.GetString(1)),
                Ended = row.IsDBNull(2) ? null : Time(row.GetString(2)),
                Outcome = row.IsDBNull(3) ? null : Known<BatchOutcome>(row.GetString(3)),
                Model = row.GetString(4),
                Skipped = row.GetInt32(5),
                Left = row.GetInt32(6),
                PeakMemory = row.GetInt64(7),
                Report = row.IsDBNull(8) ? null : row.GetString(8),
                Outstanding = row.GetInt32(9),
                IsRunning = row.IsDBNull(2) && BatchLock.IsHeld(_folder.Staging, row.GetString(0)),
            });
        }
        return (
            IReadOnlyList<BatchSummary>)[.. runs.Select(
                run => Counted(run, Select($"{Attempts} WHERE a.run = $p0", run.Run).Select(r => r.Item)))];
    });

    /// <summary>A run with the counts of its attempts; of several at one study the last counts.</summary>
    public static BatchSummary Counted(BatchSummary run, IEnumerable<BatchItem> items)
    {
        List<BatchItem> last = [.. items.GroupBy(i => i.Study).Select(g => g.Last())];
        return run with
        {
            Done = last.Count(i => i.State == BatchState.Done),
            Flagged = last.Count(i => i.State == BatchState.Done && i.IsFlagged),
            Failed = last.Count(i => i.State is BatchState.Failed or BatchState.Postponed or BatchState.Quarantined),
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _connection.Dispose();
        _copy?.Delete(recursive: true);
    }

    private long? Insert(BatchItem item, string key, string mask, bool alone)
    {
        Execute(
            """
            INSERT INTO attempt (run, study, path, work, number, state, started, ended, patient_key, status, reasons, message, model_sha256, alone, mask)
            VALUES ($p0, $p1, $p2, $p3, $p4, $p5, $p6, $p7, $p8, $p9, $p10, $p11, $p12, $p13, $p14)
            """,
            item.Run, item.Study, item.Path, key, item.Attempt, item.State.ToString(), Text(item.Started),
                item.Ended is { } end ? Text(end) : null, item.PatientKey,
            item.Status?.ToString(), JsonSerializer.Serialize(item.Reasons, BatchJson.Default.IReadOnlyListString), item.Message,
                item.ModelSha256, alone ? 1 : 0, mask);
        return (long)Scalar("SELECT last_insert_rowid()")!;
    }

    private List<(long Id, BatchItem Item)> Select(string sql, params object?[] values)
    {
        using SqliteCommand command = Command(sql, values);
        using SqliteDataReader row = command.ExecuteReader();
        var items = new List<(long, BatchItem)>();
        string? Maybe(int column) => row.IsDBNull(column) ? null : row.GetString(column);
        while (row.Read())
        {
            items.Add((row.GetInt64(0), new BatchItem
            {
                Run = row.GetString(1),
                Study = row.GetString(2),
                Path = row.GetString(3),
                Attempt = row.GetInt32(4),
                State = Known<BatchState>(row.GetString(5)),
                Started = Time(row.GetString(6)),
                Ended = Maybe(7) is { } ended ? Time(ended) : null,
                PatientKey = Maybe(8),
                Status = Maybe(9) is { } status ? Known<SegmentationStatus>(status) : null,
                Reasons = Maybe(10) is { } reasons ? JsonSerializer.Deserialize(reasons, BatchJson.Default.IReadOnlyListString)! : [],
                Message = Maybe(11),
                VolumeMl = row.IsDBNull(12) ? null : row.GetDouble(12),
                MeanHu = row.IsDBNull(13) ? null : row.GetDouble(13),
                TouchesBorder = row.GetInt32(14) != 0,
                ModelSha256 = row.GetString(15),
                OutputFolder = Maybe(16) is { } folder ? Path.Combine(_folder.Root, folder) : null,
            }));
        }
        return items;
    }

    private T Known<T>(string text) where T : struct, Enum => Enum.TryParse(text, out T value) && Enum.IsDefined(value) ? value
        : throw Invalid(_folder.Journal, $"it holds '{text}' where a {typeof(T).Name} should stand", null);

    private void Write(Action change) => Write(() =>
    {
        change();
        return true;
    });

    // Begun at once as a writer: a reader that turns writer later can fail where another was quicker.
    private T Write<T>(Func<T> change) => Guard(() =>
    {
        using SqliteTransaction transaction = _connection.BeginTransaction(deferred: false);
        T result = change();
        transaction.Commit();
        return result;
    });

    private T Guard<T>(Func<T> action)
    {
        try
        {
            lock (_turn) return action();
        }
        catch (SqliteException e) when (e.SqliteErrorCode is NotADatabase or Corrupt or ConstraintViolated)
        {
            throw Invalid(_folder.Journal, e.Message, e);
        }
        catch (SqliteException e)
        {
            throw new CoreException(Fault.FileWriteFailed, $"The journal '{_folder.Journal}' cannot be used: {e.Message}", _folder.Journal,
                "Check that the output folder is writable, on a local disk and has space; the batch goes on where it stopped.", e);
        }
    }

    private static CoreException Invalid(string path, string why, Exception? inner) =>
        new(Fault.BatchJournalInvalid, $"'{path}' is not a journal of this module, or it is damaged: {why}.",
        path, "Move it away; the next batch then does every study again.", inner);

    private void Execute(string sql, params object?[] values)
    {
        using SqliteCommand command = Command(sql, values);
        command.ExecuteNonQuery();
    }

    private object? Scalar(string sql, params object?[] values)
    {
        using SqliteCommand command = Command(sql, values);
        return command.ExecuteScalar();
    }

    private SqliteCommand Command(string sql, params object?[] values)
    {
        SqliteCommand command = _connection.CreateCommand();
        command.CommandText = sql;
        for (int i = 0; i < values.Length; i++) command.Parameters.AddWithValue($"$p{i}", values[i] ?? DBNull.Value);
        return command;
    }

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);

    private static DateTimeOffset Time(string text) =>
        DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
