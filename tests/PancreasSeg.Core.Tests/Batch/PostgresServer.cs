using System.Diagnostics;
using PancreasSeg.Batch;

namespace PancreasSeg.Core.Tests.Batch;

/// <summary>A PostgreSQL of the system on a socket of its own, where one is installed.</summary>
public sealed class PostgresServer : IDisposable
{
    private static readonly string? s_programs = Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").Select(d => Path.Combine(d, "bin")).FirstOrDefault(d => File.Exists(Path.Combine(d, "initdb")))
        : null;

    private readonly string _folder = Path.Combine("/tmp", $"pg-{Guid.NewGuid():N}"[..12]);       // a socket's path is short
    private int _databases;

    public PostgresServer()
    {
        if (s_programs is null) return;
        Directory.CreateDirectory(_folder);
        if (Environment.IsPrivilegedProcess) Run("chown", "postgres", _folder);
        AsOwner("initdb", "-D", Data, "-U", "batch", "-A", "trust", "--no-sync");
        Start();
    }

    /// <summary>Why there is none; null where there is.</summary>
    public static string? Missing => s_programs is null ? "PostgreSQL is not installed." : null;

    private string Data => Path.Combine(_folder, "data");

    /// <summary>The connection of a new database.</summary>
    internal JournalServer NewJournal(double leaseSeconds = 60, double patienceSeconds = 60)
    {
        string name = $"batch{++_databases}";
        Sql("postgres", $"CREATE DATABASE {name}");
        return new JournalServer($"Host={_folder};Database={name};Username=batch")
        {
            Lease = TimeSpan.FromSeconds(leaseSeconds),
            Patience = TimeSpan.FromSeconds(patienceSeconds),
        };
    }

    /// <summary>What psql answers.</summary>
    public string Sql(string database, string text) =>
        Run(Path.Combine(s_programs!, "psql"), "-h", _folder, "-U", "batch", "-d", database, "-qtAX", "-c", text).Trim();

    public void Start() => AsOwner("pg_ctl", "-D", Data, "-w", "-l", Path.Combine(_folder, "log"), "-o",
        $"-c listen_addresses='' -c unix_socket_directories={_folder} -c fsync=off", "start");

    /// <summary>Ends the server without a word to its clients.</summary>
    public void Stop() => AsOwner("pg_ctl", "-D", Data, "-m", "immediate", "-w", "stop");

    public void Dispose()
    {
        if (s_programs is null) return;
        Stop();
        Directory.Delete(_folder, recursive: true);
    }

    // The server does not run as root.
    private static void AsOwner(string program, params string[] arguments)
    {
        string path = Path.Combine(s_programs!, program);
        if (Environment.IsPrivilegedProcess) Run("runuser", ["-u", "postgres", "--", path, .. arguments]);
        else Run(path, arguments);
    }

    private static string Run(string program, params string[] arguments)
    {
        // The server keeps what it inherits, so that its output is not waited for.
        bool isServer = arguments.Contains("start");
        using Process process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = !isServer,
            RedirectStandardError = !isServer,
            WorkingDirectory = "/tmp",
        })!;
        string output = isServer ? "" : process.StandardOutput.ReadToEnd(), errors = isServer ? "" : process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program}: {errors}");
        return output;
    }
}
