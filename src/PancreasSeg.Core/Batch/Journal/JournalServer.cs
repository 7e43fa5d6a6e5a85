namespace PancreasSeg.Batch;

/// <summary>A PostgreSQL database that holds a journal.</summary>
/// <param name="Connection">Host, database, user and so on, without the password.</param>
/// <param name="User">Name of the role; null for that of <paramref name="Connection"/>.</param>
/// <param name="Password">Null for what PGPASSFILE or the server's own rules say.</param>
public sealed record JournalServer(string Connection, string? User = null, string? Password = null)
{
    /// <summary>How long a worker may be silent before others take its studies over.</summary>
    internal TimeSpan Lease { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>How long a lost database is waited for.</summary>
    internal TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The connection, which never holds a password.</summary>
    public override string ToString() => Connection;
}
