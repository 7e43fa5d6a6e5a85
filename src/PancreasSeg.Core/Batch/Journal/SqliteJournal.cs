using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace PancreasSeg.Batch;

/// <summary>
/// The journal of one machine: SQLite with a write-ahead log, so that others read while a batch writes. That of a shard is held by its
/// process alone.
/// </summary>
internal sealed class SqliteJournal : BatchJournal
{
    private const int SchemaVersion = 5, ConstraintViolated = 19, NotADatabase = 26, Corrupt = 11, ReadOnly = 8, CannotOpen = 14;
    private const string Schema = """
        CREATE TABLE run (id TEXT PRIMARY KEY, started TEXT NOT NULL, ended TEXT, outcome TEXT, model TEXT NOT NULL, model_sha256 TEXT NOT NULL,
            skipped INTEGER NOT NULL DEFAULT 0, remaining INTEGER NOT NULL DEFAULT 0, peak_memory INTEGER NOT NULL DEFAULT 0, report TEXT,
            outstanding INTEGER NOT NULL DEFAULT 0, unsent INTEGER NOT NULL DEFAULT 0);
        CREATE TABLE attempt (id INTEGER PRIMARY KEY, run TEXT NOT NULL REFERENCES run (id), study TEXT NOT NULL, path TEXT NOT NULL, work TEXT NOT NULL,
            number INTEGER NOT NULL, state TEXT NOT NULL, alone INTEGER NOT NULL, started TEXT NOT NULL,
            ended TEXT, patient_key TEXT, status TEXT, reasons TEXT, message TEXT,
            volume_ml REAL, mean_hu REAL, touches_border INTEGER NOT NULL DEFAULT 0, model_sha256 TEXT NOT NULL, folder TEXT, mask TEXT,
            identity TEXT, passed_over TEXT, waited REAL NOT NULL DEFAULT 0, sent TEXT, not_sent TEXT, members INTEGER, expected_dice REAL,
            expected_dice_low REAL, review TEXT);
        CREATE UNIQUE INDEX one_at_a_time ON attempt (study) WHERE state = 'Running';
        CREATE INDEX by_work ON attempt (work);
        CREATE INDEX by_study ON attempt (study);
        CREATE INDEX by_identity ON attempt (coalesce(identity, path));
        CREATE TABLE content (fingerprint TEXT PRIMARY KEY, sha256 TEXT NOT NULL);
        """;

    /// <summary>What brings the rows of version 1, then 2 and so on, to the next.</summary>
    private static readonly string[] s_steps =
    [
        "ALTER TABLE run ADD COLUMN outstanding INTEGER NOT NULL DEFAULT 0; ALTER TABLE attempt ADD COLUMN mask TEXT",
        "ALTER TABLE attempt ADD COLUMN identity TEXT; ALTER TABLE attempt ADD COLUMN passed_over TEXT",
        "ALTER TABLE attempt ADD COLUMN waited REAL NOT NULL DEFAULT 0; CREATE INDEX by_identity ON attempt (coalesce(identity, path)); "
            + "ALTER TABLE run ADD COLUMN unsent INTEGER NOT NULL DEFAULT 0; ALTER TABLE attempt ADD COLUMN sent TEXT; ALTER TABLE attempt ADD COLUMN not_sent TEXT",
        "ALTER TABLE attempt ADD COLUMN members INTEGER; ALTER TABLE attempt ADD COLUMN expected_dice REAL; "
            + "ALTER TABLE attempt ADD COLUMN expected_dice_low REAL; ALTER TABLE attempt ADD COLUMN review TEXT",
    ];

    private readonly SqliteConnection _connection;
    private readonly JournalCopy? _copy;

    private SqliteJournal(BatchFolder folder, SqliteOpenMode mode, JournalCopy? copy) : base(folder)
    {
        NativeRuntime.EnsureSqlite();
        _copy = copy;
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = copy?.Path ?? folder.Journal,
            Mode = mode,
            Pooling = false,
            DefaultTimeout = 60,
        }.ToString());
        try
        {
            Guard(Open);
        }
        catch
        {
            _connection.Dispose();
            throw;
        }
    }

    /// <summary>Opens the journal of an output folder, which exists; makes it where there is none.</summary>
    /// <param name="folder">The output folder.</param>
    /// <param name="died">What attempts are called whose process is gone: interrupted, or preempted by a scheduler.</param>
    /// <exception cref="CoreException"><see cref="Fault.BatchJournalInvalid"/>; <see cref="Fault.FileWriteFailed"/>;
    /// <see cref="Fault.SettingInvalid"/>: on a network drive; <see cref="Fault.NativeRuntimeMissing"/>.</exception>
    public static SqliteJournal Open(BatchFolder folder, BatchState died = BatchState.Interrupted)
    {
        CheckDrive(folder);
        return new SqliteJournal(folder, SqliteOpenMode.ReadWriteCreate, null) { Died = died };
    }

    /// <summary>Opens a journal that is there, to look at it.</summary>
    /// <exception cref="CoreException"><see cref="Fault.FileNotFound"/> when there is none;
    /// <see cref="Fault.BatchJournalInvalid"/>; <see cref="Fault.FileReadFailed"/>; <see cref="Fault.FileWriteFailed"/>;
    /// <see cref="Fault.NativeRuntimeMissing"/>.</exception>
    public static SqliteJournal OpenExisting(BatchFolder folder)
    {
        if (!File.Exists(folder.Journal))
            throw new CoreException(Fault.FileNotFound, $"'{folder.Root}' holds no journal of a batch.", folder.Root,
                "Give the -OutputPath of Start-PancreasBatch.");
        // A shard at work holds its journal alone; on a network drive there is no shared memory.
        if (folder.Shard is not null || NetworkDrive.FormatOf(folder.Root) is not null) return OpenCopy(folder);
        try
        {
            return new SqliteJournal(folder, SqliteOpenMode.ReadWrite, null);
        }
        catch (CoreException e) when (e.InnerException is SqliteException { SqliteErrorCode: ReadOnly or CannotOpen })
        {
            return OpenCopy(folder);
        }
    }

    /// <inheritdoc/>
    public override bool IsAlive(string run) => BatchLock.IsHeld(Folder.Staging, run);

    /// <inheritdoc/>
    public override void Dispose()
    {
        _connection.Dispose();
        _copy?.Dispose();
    }

    /// <inheritdoc/>
    protected override CoreException Invalid(string why, Exception? inner = null) =>
        new(Fault.BatchJournalInvalid, $"'{Folder.Journal}' is not a journal of this module, or it is damaged: {why}.",
        Folder.Journal, "Move it away; the next batch then does every study again.", inner);

    // Begun at once as a writer: a reader that turns writer later can fail where another was quicker.
    /// <inheritdoc/>
    protected override DbTransaction BeginWriting() => _connection.BeginTransaction(deferred: false);

    /// <inheritdoc/>
    protected override T Guard<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (SqliteException e) when (e.SqliteErrorCode is NotADatabase or Corrupt or ConstraintViolated)
        {
            throw Invalid(e.Message, e);
        }
        catch (SqliteException e)
        {
            throw new CoreException(Fault.FileWriteFailed, $"The journal '{Folder.Journal}' cannot be used: {e.Message}", Folder.Journal,
                "Check that the output folder is writable, on a local disk and has space; the batch goes on where it stopped.", e);
        }
    }

    private static SqliteJournal OpenCopy(BatchFolder folder) => JournalCopy.Try(folder, copy =>
    {
        var journal = new SqliteJournal(folder, SqliteOpenMode.ReadWrite, copy);
        if (journal.Guard(() => journal.Rows.Scalar("PRAGMA quick_check") as string) == "ok") return journal;
        journal.Dispose();
        throw journal.Invalid("its pages do not fit together");
    });

    private static void CheckDrive(BatchFolder folder)
    {
        if (folder.Shard is null && NetworkDrive.FormatOf(folder.Root) is { } format)
            throw new CoreException(Fault.SettingInvalid,
                $"'{folder.Root}' lies on a network drive ({format}), where the locks of a journal do not hold.", folder.Root,
                "Give an output folder on a local disk, let each machine do a shard, whose journal it holds alone, or keep the journal in "
                + "PostgreSQL with -Journal.");
    }

    private bool Open()
    {
        _connection.Open();
        Use(_connection);
        // Before the write-ahead log, which then needs no shared memory: that is none across machines.
        if (Folder.Shard is not null) Rows.Execute("PRAGMA locking_mode = EXCLUSIVE");
        Rows.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
        using SqliteTransaction transaction = _connection.BeginTransaction();
        long version = (long)Rows.Scalar("PRAGMA user_version")!;
        if (version > SchemaVersion) throw Invalid("it was written by a newer version of the module");
        if (version == 0) Rows.Execute(Schema);
        else foreach (string step in s_steps[((int)version - 1)..]) Rows.Execute(step);
        if (version < SchemaVersion) Rows.Execute($"PRAGMA user_version = {SchemaVersion}");
        transaction.Commit();
        return true;
    }
}
