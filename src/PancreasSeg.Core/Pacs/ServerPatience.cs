namespace PancreasSeg.Pacs;

/// <summary>How long a server is waited for, and when it is asked again.</summary>
/// <param name="Delays">Before each further try; a fifth more or less by chance, so that many clients do not come at once.</param>
/// <param name="Connection">Until a connection stands.</param>
/// <param name="Answer">Until an answer begins, which a server may first put together.</param>
/// <param name="Silence">Between two pieces of an answer.</param>
internal sealed record ServerPatience(IReadOnlyList<TimeSpan> Delays, TimeSpan Connection, TimeSpan Answer, TimeSpan Silence)
{
    private static readonly TimeSpan s_longestAsked = TimeSpan.FromMinutes(5);

    /// <summary>What users have.</summary>
    public static ServerPatience Default { get; } = new(
        [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(120)],
        TimeSpan.FromSeconds(15), TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(2));

    /// <summary>With fewer tries: somebody waits for the answer.</summary>
    public ServerPatience Asking => this with { Delays = [.. Delays.Take(2)] };

    /// <summary>Tries until one succeeds, fails for good, or all have failed.</summary>
    /// <param name="attempt">Throws <see cref="TransientFault"/> where another try may succeed.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <exception cref="CoreException">What the last try failed of.</exception>
    public T Try<T>(Func<T> attempt, CancellationToken cancellation)
    {
        for (int tried = 0; ; tried++)
        {
            try
            {
                return attempt();
            }
            catch (TransientFault fault)
            {
                if (tried == Delays.Count) throw fault.Told;
                Wait(tried, fault.After, cancellation);
            }
        }
    }

    /// <summary>Waits before a further try, at least as long as the server asks for.</summary>
    public void Wait(int tried, TimeSpan? asked, CancellationToken cancellation)
    {
        TimeSpan delay = Delays[tried] * (0.8 + 0.4 * Random.Shared.NextDouble());
        if (asked > delay) delay = asked < s_longestAsked ? asked.Value : s_longestAsked;
        cancellation.WaitHandle.WaitOne(delay);
        cancellation.ThrowIfCancellationRequested();
    }
}
