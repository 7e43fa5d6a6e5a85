using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace PancreasSeg.Tests;

/// <summary>
/// A Slurm cluster of one node on 127.0.0.1, with configuration, key and ports of its own: a partition for batches, and one whose jobs
/// take their place. Debian: apt-get install munge slurmctld slurmd slurm-client.
/// </summary>
internal sealed class SlurmNode : IDisposable
{
    private static readonly string[] s_programs = ["munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol", "scancel", "sinfo"];

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"slurm-{Guid.NewGuid():N}"[..14]);      // a socket's path is short
    private readonly List<Process> _daemons = [];

    public SlurmNode()
    {
        foreach (string name in (string[])["munge", "key", "state", "spool", "log"]) Directory.CreateDirectory(InFolder(name));
        File.WriteAllBytes(InFolder("key/munge.key"), RandomNumberGenerator.GetBytes(1024));
        if (!OperatingSystem.IsWindows()) Secure();
        File.WriteAllText(InFolder("cgroup.conf"), "CgroupPlugin=cgroup/v1\nCgroupAutomount=no\n");
        File.WriteAllText(InFolder("slurm.conf"), Configuration());
        Environment = new Dictionary<string, string> { ["SLURM_CONF"] = InFolder("slurm.conf") };
        try
        {
            StartAll();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Why there is none; null where there is.</summary>
    public static string? Absent => s_programs.FirstOrDefault(program => Find(program) is null) is { } program
        ? $"{program} is not installed (apt-get install munge slurmctld slurmd slurm-client)" : null;

    /// <summary>By what the commands find the cluster.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    /// <summary>What a command of Slurm answers.</summary>
    public string Ask(string program, params string[] arguments)
    {
        using Process process = ShellProcess.StartProgram(Find(program) ?? program, arguments, Environment);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        _ = errors.Result;
        return output;
    }

    /// <summary>What Slurm says of a job or a task: JobState, Restarts, ExitCode and so on.</summary>
    public string Of(string job, string what) => $" {Ask("scontrol", "-o", "show", "job", job)}".Split($" {what}=") is [_, var value, ..]
        ? value.Split(' ')[0].Trim() : "";

    /// <summary>Waits for something that will be so within two minutes.</summary>
    public void Until(Func<bool> isSo, string what) => Assert.True(SpinWait.SpinUntil(() =>
    {
        if (isSo()) return true;
        Thread.Sleep(100);
        return false;
    }, TimeSpan.FromMinutes(2)), $"{what}: not within two minutes. {Ask("squeue", "-o", "%i %T %r")} {Log}");

    public void Dispose()
    {
        Ask("scancel", "--signal=KILL", "--full", "-p", "low");
        Ask("scancel", "-p", "low,high");
        SpinWait.SpinUntil(() => Ask("squeue", "-h").Length == 0, TimeSpan.FromSeconds(20));
        foreach (Process daemon in Enumerable.Reverse(_daemons))
        {
            if (!daemon.HasExited) daemon.Kill();
            daemon.WaitForExit();
            daemon.Dispose();
        }
        Directory.Delete(_folder, recursive: true);
    }

    private void StartAll()
    {
        Start("munged", "--foreground", $"--key-file={InFolder("key/munge.key")}", $"--socket={InFolder("munge/s")}",
            $"--pid-file={InFolder("munge/p")}", $"--log-file={InFolder("key/l")}", $"--seed-file={InFolder("key/seed")}");
        Until(() => File.Exists(InFolder("munge/s")), "munged makes its socket");
        Start("slurmctld", "-D");
        Start("slurmd", "-D");
        Until(() => Ask("sinfo", "-h", "-p", "low", "-o", "%T").Trim() == "idle", "the node is idle");
    }

    private string Log => string.Join('\n', Directory.GetFiles(InFolder("log")).Select(File.ReadAllText))
        is { Length: > 3000 } text ? text[^3000..] : "";

    private string InFolder(string name) => Path.Combine(_folder, name);

    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    private void Secure()
    {
        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        foreach (string name in (string[])["", "munge"]) File.SetUnixFileMode(InFolder(name), owner | others);
        File.SetUnixFileMode(InFolder("key"), owner);
        File.SetUnixFileMode(InFolder("key/munge.key"), UnixFileMode.UserRead);
    }

    private string Configuration()
    {
        string host = Dns.GetHostName().Split('.')[0], user = System.Environment.UserName;
        return string.Create(CultureInfo.InvariantCulture, $"""
            ClusterName=test
            SlurmctldHost={host}(127.0.0.1)
            SlurmctldPort={FreePort()}
            SlurmdPort={FreePort()}
            CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
            SlurmUser={user}
            SlurmdUser={user}
            AuthType=auth/munge
            CredType=cred/munge
            AuthInfo=socket={_folder}/munge/s
            StateSaveLocation={_folder}/state
            SlurmdSpoolDir={_folder}/spool
            SlurmctldPidFile={_folder}/ctld.pid
            SlurmdPidFile={_folder}/d.pid
            SlurmctldLogFile={_folder}/log/ctld
            SlurmdLogFile={_folder}/log/d
            SlurmdParameters=config_overrides
            ProctrackType=proctrack/linuxproc
            TaskPlugin=task/none
            JobAcctGatherType=jobacct_gather/none
            SelectType=select/cons_tres
            SelectTypeParameters=CR_Core_Memory
            AccountingStorageType=accounting_storage/none
            JobCompType=jobcomp/none
            ReturnToService=2
            MailProg=/bin/true
            MpiDefault=none
            KillWait=2
            JobRequeue=1
            SchedulerParameters=sched_interval=1
            PreemptType=preempt/partition_prio
            PreemptMode=REQUEUE
            NodeName={host} NodeAddr=127.0.0.1 CPUs=2 RealMemory=4000 State=UNKNOWN
            PartitionName=low Nodes=ALL Default=YES MaxTime=UNLIMITED State=UP PriorityTier=1 PreemptMode=REQUEUE
            PartitionName=high Nodes=ALL MaxTime=UNLIMITED State=UP PriorityTier=10 PreemptMode=off

            """);
    }

    private void Start(string program, params string[] arguments)
    {
        Process daemon = ShellProcess.StartProgram(Find(program)!, arguments, Environment);
        // What it says stands in its log.
        daemon.OutputDataReceived += (_, _) => { };
        daemon.ErrorDataReceived += (_, _) => { };
        daemon.BeginOutputReadLine();
        daemon.BeginErrorReadLine();
        _daemons.Add(daemon);
    }

    private static string? Find(string program) =>
        $"{System.Environment.GetEnvironmentVariable("PATH")}{Path.PathSeparator}/usr/sbin{Path.PathSeparator}/sbin"
            .Split(Path.PathSeparator).Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
