using System.Data.Common;
using System.Globalization;
using System.Net.Sockets;
using Npgsql;

namespace PancreasSeg.Batch;

/// <summary>
/// The journal of several machines, in the schema pancreasseg of a PostgreSQL database. Unique indexes are what keeps two workers apart;
/// SKIP LOCKED only spares them waiting for each other. A worker lives while its run says so: times are the server's. Where the
/// connection is lost it is made anew for some minutes, and what was being done is done again.
/// </summary>
internal sealed class PostgresJournal : BatchJournal
{
    private const string SchemaName = "pancreasseg";
    private const int SchemaVersion = 3;
    private const string Schema = """
        CREATE SCHEMA IF NOT EXISTS pancreasseg;
        CREATE TABLE IF NOT EXISTS pancreasseg.journal (id integer PRIMARY KEY DEFAULT 1 CHECK (id = 1), version integer NOT NULL, output text NOT NULL);
        CREATE TABLE IF NOT EXISTS pancreasseg.run (id text PRIMARY KEY, started text NOT NULL, ended text, outcome text, model text NOT NULL,
            model_sha256 text NOT NULL, skipped integer NOT NULL DEFAULT 0, remaining integer NOT NULL DEFAULT 0, peak_memory bigint NOT NULL DEFAULT 0,
            report text, outstanding integer NOT NULL DEFAULT 0, unsent integer NOT NULL DEFAULT 0, beat timestamptz NOT NULL DEFAULT now());
        CREATE TABLE IF NOT EXISTS pancreasseg.study (name text PRIMARY KEY);
        CREATE TABLE IF NOT EXISTS pancreasseg.attempt (id bigserial PRIMARY KEY, run text NOT NULL REFERENCES pancreasseg.run (id),
            study text NOT NULL REFERENCES pancreasseg.study (name), path text NOT NULL, work text NOT NULL, number integer NOT NULL, state text NOT NULL,
            alone integer NOT NULL, started text NOT NULL, ended text, patient_key text, status text, reasons text, message text,
            volume_ml double precision, mean_hu double precision, touches_border integer NOT NULL DEFAULT 0, model_sha256 text NOT NULL,
            folder text, mask text, identity text, passed_over text, waited double precision NOT NULL DEFAULT 0, sent text, not_sent text,
            members integer, expected_dice double precision, expected_dice_low double precision, review text);
        CREATE UNIQUE INDEX IF NOT EXISTS one_at_a_time ON pancreasseg.attempt (study) WHERE state = 'Running';
        CREATE UNIQUE INDEX IF NOT EXISTS one_done_by_number ON pancreasseg.attempt (work, number) WHERE state IN ('Done', 'Unsent');
        CREATE UNIQUE INDEX IF NOT EXISTS one_name_at_a_time ON pancreasseg.attempt (coalesce(identity, path)) WHERE state = 'Running';
        CREATE INDEX IF NOT EXISTS by_identity ON pancreasseg.attempt (coalesce(identity, path));
        CREATE INDEX IF NOT EXISTS by_work ON pancreasseg.attempt (work);
        CREATE INDEX IF NOT EXISTS by_study ON pancreasseg.attempt (study);
        CREATE INDEX IF NOT EXISTS by_run ON pancreasseg.attempt (run);
        CREATE TABLE IF NOT EXISTS pancreasseg.content (fingerprint text PRIMARY KEY, sha256 text NOT NULL);
        """;

    /// <summary>What brings the tables of version 1, then 2, to the next.</summary>
    private static readonly string[] s_steps =
    [
        """
        ALTER TABLE attempt ADD COLUMN waited double precision NOT NULL DEFAULT 0;
        UPDATE attempt a SET state = 'Interrupted', ended = started WHERE state = 'Running' AND EXISTS (SELECT 1 FROM attempt b
            WHERE b.state = 'Running' AND b.id > a.id AND coalesce(b.identity, b.path) = coalesce(a.identity, a.path));
        CREATE UNIQUE INDEX one_name_at_a_time ON attempt (coalesce(identity, path)) WHERE state = 'Running';
        CREATE INDEX by_identity ON attempt (coalesce(identity, path));
        DROP INDEX one_done_by_number;
        CREATE UNIQUE INDEX one_done_by_number ON attempt (work, number) WHERE state IN ('Done', 'Unsent');
        ALTER TABLE run ADD COLUMN unsent integer NOT NULL DEFAULT 0;
        ALTER TABLE attempt ADD COLUMN sent text;
        ALTER TABLE attempt ADD COLUMN not_sent text;
        """,
        "ALTER TABLE attempt ADD COLUMN members integer, ADD COLUMN expected_dice double precision, "
            + "ADD COLUMN expected_dice_low double precision, ADD COLUMN review text",
    ];

    // Any number: workers that begin at once make the tables one after the other.
    private const long SchemaLock = 6_033_027;

    private static readonly TimeSpan s_firstPause = TimeSpan.FromSeconds(0.25), s_longestPause = TimeSpan.FromSeconds(15);

    private readonly JournalServer _server;
    private readonly NpgsqlConnection _connection;
    private readonly HashSet<string> _runs = [];
    private readonly CancellationTokenSource _stop = new();
    private Thread? _heart;
    private bool _isGuarded, _isGivenUp;

    private PostgresJournal(BatchFolder folder, JournalServer server) : base(folder)
    {
        _server = server;
        _connection = new NpgsqlConnection(ConnectionString(server));
        Use(_connection);
    }

    /// <summary>Opens the journal of an output folder; makes its tables where there are none.</summary>
    /// <param name="folder">The output folder, which exists.</param>
    /// <param name="server">The database.</param>
    /// <param name="died">What attempts are called whose process is gone.</param>
    /// <exception cref="CoreException"><see cref="Fault.SettingInvalid"/>: the connection cannot be used, or the journal is that of
    /// another output folder; <see cref="Fault.BatchJournalInvalid"/>: by a newer version.</exception>
    public static PostgresJournal Open(BatchFolder folder, JournalServer server, BatchState died = BatchState.Interrupted) =>
        new PostgresJournal(folder, server) { Died = died }.Opened(make: true);

    /// <summary>Opens a journal that is there, to look at it.</summary>
    /// <exception cref="CoreException"><see cref="Fault.FileNotFound"/> when there is none, and as <see cref="Open"/>.</exception>
    public static PostgresJournal OpenExisting(BatchFolder folder, JournalServer server) =>
        new PostgresJournal(folder, server).Opened(make: false);

    /// <inheritdoc/>
    public override bool IsShared => true;

    /// <inheritdoc/>
    public override DateTimeOffset Now =>
        Read(() => new DateTimeOffset(DateTime.SpecifyKind((DateTime)Rows.Scalar("SELECT clock_timestamp()")!, DateTimeKind.Utc)));

    /// <inheritdoc/>
    public override bool IsAlive(string run) => Read(() => Rows.Scalar(
        "SELECT 1 FROM run WHERE id = @p0 AND ended IS NULL AND beat > clock_timestamp() - make_interval(secs => @p1)", run,
        _server.Lease.TotalSeconds) is not null);

    /// <inheritdoc/>
    public override void Begin(BatchSummary run, string modelSha256)
    {
        base.Begin(run, modelSha256);
        lock (_runs) _runs.Add(run.Run);
        _heart ??= StartHeart();
    }

    /// <inheritdoc/>
    public override (long? Id, BatchItem Item) Claim(ClaimRequest request) => Write(() =>
    {
        Rows.Execute("INSERT INTO study (name) VALUES (@p0) ON CONFLICT DO NOTHING", request.Item.Study);
        return Rows.Scalar("SELECT 1 FROM study WHERE name = @p0 FOR UPDATE SKIP LOCKED", request.Item.Study) is null
            ? (null, request.Item)                                              // in the hands of another at this moment
            : new StudyClaims(Rows, IsAlive, Died).Claim(request);
    });

    /// <inheritdoc/>
    public override bool Complete(long id, BatchItem item, Action? settle = null) => Write(() =>
    {
        Rows.Scalar("SELECT 1 FROM study WHERE name = @p0 FOR UPDATE", item.Study);
        string? state = Rows.Scalar("SELECT state FROM attempt WHERE id = @p0 FOR UPDATE", id) as string;
        if (state != nameof(BatchState.Running) && state != nameof(BatchState.Quarantined))
            return state == $"{item.State}";                                    // entered before the connection broke off
        settle?.Invoke();
        settle = null;
        return Rows.Complete(id, item);
    });

    /// <inheritdoc/>
    public override void Dispose()
    {
        _stop.Cancel();
        _heart?.Join();
        _connection.Dispose();
        _stop.Dispose();
    }

    /// <inheritdoc/>
    protected override CoreException Invalid(string why, Exception? inner = null) =>
        new(Fault.BatchJournalInvalid, $"The database of '{_server}' is not a journal of this module, or it is damaged: {why}.",
            _server.Connection, "Name another database; its batch then does every study again.", inner);

    /// <inheritdoc/>
    protected override string RowLock => "FOR UPDATE OF a";

    /// <inheritdoc/>
    protected override DbTransaction BeginWriting() => _connection.BeginTransaction();

    /// <inheritdoc/>
    protected override T Guard<T>(Func<T> action)
    {
        if (_isGuarded) return action();                                        // a question within a change
        long started = Environment.TickCount64;
        for (TimeSpan pause = s_firstPause; ; pause = pause * 2 < s_longestPause ? pause * 2 : s_longestPause)
        {
            _isGuarded = true;
            try
            {
                if (_connection.State != System.Data.ConnectionState.Open) Reopen();
                T answer = action();
                _isGivenUp = false;
                return answer;
            }
            catch (Exception e) when (IsLost(e) && !_isGivenUp && Environment.TickCount64 - started < _server.Patience.TotalMilliseconds)
            {
                _stop.Token.WaitHandle.WaitOne(pause);
            }
            catch (Exception e) when (e is NpgsqlException or SocketException or TimeoutException)
            {
                _isGivenUp = IsLost(e);                                         // what else is asked is waited for no more
                throw Unusable(e);
            }
            finally
            {
                _isGuarded = false;
            }
        }
    }

    private PostgresJournal Opened(bool make)
    {
        try
        {
            Connect();
            Write(() => Prepare(make));
            return this;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    private static string ConnectionString(JournalServer server)
    {
        try
        {
            var builder = new NpgsqlConnectionStringBuilder(server.Connection) { SearchPath = SchemaName, Pooling = false };
            if (builder.Password is not null)
                throw new CoreException(Fault.SettingInvalid, "The connection of -Journal holds a password.", null,
                    "Leave it out: give -JournalCredential, or a password file by the variable PGPASSFILE.");
            if (server.User is not null) builder.Username = server.User;
            if (server.Password is not null) builder.Password = server.Password;
            builder.ApplicationName ??= "PancreasSeg";
            return builder.ToString();
        }
        catch (ArgumentException e)
        {
            throw new CoreException(Fault.SettingInvalid, $"The connection of -Journal cannot be read: {e.Message}", null,
                "Write e.g. 'Host=db;Database=batch;Username=batch'.", e);
        }
    }

    // At the start nothing is waited for: a name or a password may be wrong.
    private void Connect()
    {
        try
        {
            _connection.Open();
        }
        catch (Exception e) when (e is NpgsqlException or SocketException or TimeoutException)
        {
            throw new CoreException(Fault.SettingInvalid, $"The journal '{_server}' cannot be reached: {e.Message}", null,
                "Check host, database, role and password.", e);
        }
    }

    private void Reopen()
    {
        _connection.Close();
        _connection.Open();
    }

    private bool Prepare(bool make)
    {
        Rows.Execute("SELECT pg_advisory_xact_lock(@p0)", SchemaLock);
        bool isThere = Rows.Scalar("SELECT to_regclass('pancreasseg.journal')::text") is string;
        if (!make && !(isThere && File.Exists(Folder.JournalId)))
            throw new CoreException(Fault.FileNotFound, $"The database of '{_server}' holds no journal of '{Folder.Root}'.", Folder.Root,
                "Give -Journal and -OutputPath of Start-PancreasBatch.");
        if (!isThere) Rows.Execute(Schema);
        string output = OutputId();
        Rows.Execute("INSERT INTO journal (version, output) VALUES (@p0, @p1) ON CONFLICT DO NOTHING", SchemaVersion, output);
        int version = (int)Rows.Scalar("SELECT version FROM journal")!;
        if (version > SchemaVersion) throw Invalid("it was written by a newer version of the module");
        foreach (string step in s_steps[(version - 1)..]) Rows.Execute(step);
        if (version < SchemaVersion) Rows.Execute("UPDATE journal SET version = @p0", SchemaVersion);
        if ((string)Rows.Scalar("SELECT output FROM journal")! != output)
            throw new CoreException(Fault.SettingInvalid,
                $"The database of '{_server}' is the journal of another output folder than '{Folder.Root}'.",
                Folder.Root, "Give each output folder a database of its own.");
        return true;
    }

    /// <summary>What the output folder is known by, whatever path each machine sees it under.</summary>
    private string OutputId() => FileFault.Writing(Folder.JournalId, () =>
    {
        if (!File.Exists(Folder.JournalId))
            AtomicFile.Write(Folder.JournalId, false, stream => stream.Write(System.Text.Encoding.ASCII.GetBytes($"{Guid.NewGuid():N}")));
        return File.ReadAllText(Folder.JournalId).Trim();
    });

    private Thread StartHeart()
    {
        var heart = new Thread(Beat) { IsBackground = true, Name = "PancreasSeg journal" };
        heart.Start();
        return heart;
    }

    // On a connection of its own: the other may be waiting. A beat that is missed is made up for by the next.
    private void Beat()
    {
        using var connection = new NpgsqlConnection(ConnectionString(_server));
        while (!_stop.Token.WaitHandle.WaitOne(_server.Lease / 6))
        {
            try
            {
                if (connection.State != System.Data.ConnectionState.Open)
                {
                    connection.Close();
                    connection.Open();
                }
                string[] runs;
                lock (_runs) runs = [.. _runs];
                using var command = new NpgsqlCommand("UPDATE run SET beat = clock_timestamp() WHERE id = ANY(@p0)", connection);
                command.Parameters.AddWithValue("p0", runs);
                command.ExecuteNonQuery();
            }
            catch (Exception e) when (e is NpgsqlException or SocketException or TimeoutException)
            {
            }
        }
    }

    /// <summary>True where the server is gone, going or coming; another connection may succeed.</summary>
    private static bool IsLost(Exception e) => e switch
    {
        PostgresException p => p.SqlState.StartsWith("08", StringComparison.Ordinal) || p.IsTransient
            || p.SqlState is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow
            || p is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "one_at_a_time" or "one_name_at_a_time" },
        NpgsqlException or SocketException or TimeoutException => true,
        _ => false,
    };

    private CoreException Unusable(Exception e) => new(Fault.FileWriteFailed, string.Create(CultureInfo.InvariantCulture,
        $"The journal '{_server}' cannot be used: {e.Message}"), _server.Connection,
        "Look at the database; the batch goes on where it stopped.", e);
}
