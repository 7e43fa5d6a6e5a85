using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using PancreasSeg.Dicom;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Batch;

/// <summary>The rows of a journal, which are the same in SQLite and PostgreSQL: parameters are @p0, @p1 and so on.</summary>
/// <param name="connection">Open.</param>
/// <param name="root">Output folder, to which the folders of results are relative.</param>
/// <param name="invalid">Makes the failure of a journal that holds something else, of why.</param>
internal sealed class JournalRows(DbConnection connection, string root, Func<string, CoreException> invalid)
{
    private const string Attempt = """
        SELECT a.id, a.run, a.study, a.path, a.number, a.state, a.started, a.ended, a.patient_key, a.status, a.reasons, a.message, a.volume_ml, a.mean_hu,
            a.touches_border, a.model_sha256, a.folder, a.passed_over, a.work, a.mask, a.waited, a.sent, a.not_sent, a.members, a.expected_dice, a.expected_dice_low,
            a.review FROM attempt a
        """;

    /// <summary>Enters an attempt.</summary>
    /// <returns>Its id.</returns>
    public long Insert(BatchItem item, string? identity, string key, string mask, bool alone) => (long)Scalar(
        """
        INSERT INTO attempt (run, study, path, identity, work, number, state, started, ended, patient_key, status, reasons, message, model_sha256, alone, mask)
        VALUES (@p0, @p1, @p2, @p3, @p4, @p5, @p6, @p7, @p8, @p9, @p10, @p11, @p12, @p13, @p14, @p15) RETURNING id
        """,
        item.Run, item.Study, item.Path, identity, key, item.Attempt, item.State.ToString(), Text(item.Started),
        item.Ended is { } end ? Text(end) : null, item.PatientKey, item.Status?.ToString(), List(item.Reasons), item.Message,
        item.ModelSha256, alone ? 1 : 0, mask)!;

    /// <summary>Enters how an attempt ended, unless another process has ended it.</summary>
    /// <returns>False when one has.</returns>
    public bool Complete(long id, BatchItem item) => Execute(
        """
        UPDATE attempt SET state = @p1, ended = @p2, status = @p3, reasons = @p4, message = @p5, volume_ml = @p6, mean_hu = @p7,
            touches_border = @p8, folder = @p9, passed_over = @p10, waited = @p11, sent = @p12, not_sent = @p13, members = @p14, expected_dice = @p15,
            expected_dice_low = @p16, review = @p17
        WHERE id = @p0 AND state IN ('Running', 'Quarantined')
        """,
        id, item.State.ToString(), Text(item.Ended!.Value), item.Status?.ToString(), List(item.Reasons), item.Message, item.VolumeMl,
        item.MeanHu, item.TouchesBorder ? 1 : 0, item.OutputFolder is null ? null : Path.GetRelativePath(root, item.OutputFolder),
        List(item.SeriesPassedOver), item.Waited.TotalSeconds, Kinds(item.Sent), item.NotSent, item.MembersUsed,
        item.ExpectedDice, item.ExpectedDiceLow, item.ReviewReason) > 0;

    /// <summary>Enters what has become of sending a result; that it failed only where nobody has sent more of it meanwhile.</summary>
    public void Sent(long id, BatchItem item) => Execute(
        """
        UPDATE attempt SET state = @p1, sent = @p2, not_sent = @p3
        WHERE id = @p0 AND state IN ('Done', 'Unsent') AND (@p1 = 'Done' OR coalesce(sent, '[]') = @p2)
        """,
        id, item.State.ToString(), Kinds(item.Sent), item.NotSent);

    /// <summary>Enters that a result is judged otherwise.</summary>
    public void Judged(long id, BatchItem item) => Execute("UPDATE attempt SET status = @p1, reasons = @p2, message = @p3 WHERE id = @p0",
        id, item.Status?.ToString(), List(item.Reasons), item.Message);

    /// <summary>Attempts in the order in which they began.</summary>
    /// <param name="condition">After WHERE; of the table a.</param>
    /// <param name="values">Its parameters.</param>
    public List<AttemptRow> Attempts(string condition, params object?[] values) => AttemptsToChange(condition, "", values);

    /// <summary>The same, kept from others by what ends the question.</summary>
    /// <inheritdoc cref="Attempts"/>
    public List<AttemptRow> AttemptsToChange(string condition, string rowLock, params object?[] values)
    {
        using DbCommand command = Command($"{Attempt} WHERE {condition} ORDER BY a.id {rowLock}", values);
        using DbDataReader row = command.ExecuteReader();
        var attempts = new List<AttemptRow>();
        while (row.Read()) attempts.Add(new AttemptRow(row.GetInt64(0), ItemOf(row), row.GetString(18), Maybe(row, 19)));
        return attempts;
    }

    /// <summary>Runs in the order in which they began, without their counts.</summary>
    public List<BatchSummary> Runs()
    {
        using DbCommand command =
            Command("SELECT id, started, ended, outcome, model, skipped, remaining, peak_memory, report, outstanding, unsent FROM run ORDER BY started");
        using DbDataReader row = command.ExecuteReader();
        var runs = new List<BatchSummary>();
        while (row.Read())
        {
            runs.Add(new BatchSummary
            {
                Run = row.GetString(0),
                Started = Time(row.GetString(1)),
                Ended = Maybe(row, 2) is { } ended ? Time(ended) : null,
                Outcome = Maybe(row, 3) is { } outcome ? Known<BatchOutcome>(outcome) : null,
                Model = row.GetString(4),
                Skipped = row.GetInt32(5),
                Left = row.GetInt32(6),
                PeakMemory = row.GetInt64(7),
                Report = Maybe(row, 8),
                Outstanding = row.GetInt32(9),
                Unsent = row.GetInt32(10),
            });
        }
        return runs;
    }

    /// <summary>Texts by texts; of several under one key the last.</summary>
    public Dictionary<string, string> Pairs(string sql)
    {
        using DbCommand command = Command(sql);
        using DbDataReader row = command.ExecuteReader();
        var pairs = new Dictionary<string, string>();
        while (row.Read()) pairs[row.GetString(0)] = row.GetString(1);
        return pairs;
    }

    /// <summary>Carries out a change.</summary>
    /// <returns>How many rows it met.</returns>
    public int Execute(string sql, params object?[] values)
    {
        using DbCommand command = Command(sql, values);
        return command.ExecuteNonQuery();
    }

    /// <summary>The first value of the first row; null when there is none.</summary>
    public object? Scalar(string sql, params object?[] values)
    {
        using DbCommand command = Command(sql, values);
        return command.ExecuteScalar();
    }

    /// <summary>A time as it stands in the journal.</summary>
    public static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);

    private BatchItem ItemOf(DbDataReader row) => new()
    {
        Run = row.GetString(1),
        Study = row.GetString(2),
        Path = row.GetString(3),
        Attempt = row.GetInt32(4),
        State = Known<BatchState>(row.GetString(5)),
        Started = Time(row.GetString(6)),
        Ended = Maybe(row, 7) is { } ended ? Time(ended) : null,
        PatientKey = Maybe(row, 8),
        Status = Maybe(row, 9) is { } status ? Known<SegmentationStatus>(status) : null,
        Reasons = List(Maybe(row, 10)),
        Message = Maybe(row, 11),
        VolumeMl = row.IsDBNull(12) ? null : row.GetDouble(12),
        MeanHu = row.IsDBNull(13) ? null : row.GetDouble(13),
        TouchesBorder = row.GetInt32(14) != 0,
        ModelSha256 = row.GetString(15),
        OutputFolder = Maybe(row, 16) is { } folder ? Path.Combine(root, folder) : null,
        SeriesPassedOver = List(Maybe(row, 17)),
        Waited = TimeSpan.FromTicks((long)Math.Round(row.GetDouble(20) * TimeSpan.TicksPerSecond)),
        Sent = [.. List(Maybe(row, 21)).Select(Known<DicomObjectKind>)],
        NotSent = Maybe(row, 22),
        MembersUsed = row.IsDBNull(23) ? null : row.GetInt32(23),
        ExpectedDice = row.IsDBNull(24) ? null : row.GetDouble(24),
        ExpectedDiceLow = row.IsDBNull(25) ? null : row.GetDouble(25),
        ReviewReason = Maybe(row, 26),
    };

    private DbCommand Command(string sql, params object?[] values)
    {
        DbCommand command = connection.CreateCommand();
        command.CommandText = sql;
        for (int i = 0; i < values.Length; i++)
        {
            DbParameter parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = ($"@p{i}", values[i] ?? DBNull.Value);
            command.Parameters.Add(parameter);
        }
        return command;
    }

    private T Known<T>(string text) where T : struct, Enum => Enum.TryParse(text, out T value) && Enum.IsDefined(value) ? value
        : throw invalid($"it holds '{text}' where a {typeof(T).Name} should stand");

    private DateTimeOffset Time(string text) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) ? time
            : throw invalid($"it holds '{text}' where a time should stand");

    private IReadOnlyList<string> List(string? json)
    {
        try
        {
            return json is null ? [] : JsonSerializer.Deserialize(json, BatchJson.Default.IReadOnlyListString) ?? [];
        }
        catch (JsonException)
        {
            throw invalid($"it holds '{json}' where a list should stand");
        }
    }

    private static string Kinds(IReadOnlyList<DicomObjectKind> kinds) => List([.. kinds.Select(kind => $"{kind}")]);

    private static string List(IReadOnlyList<string> texts) => JsonSerializer.Serialize(texts, BatchJson.Default.IReadOnlyListString);

    private static string? Maybe(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
