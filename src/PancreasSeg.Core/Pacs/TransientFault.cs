namespace PancreasSeg.Pacs;

/// <summary>A failure that may pass. Never leaves the room: after the last try it becomes what it tells.</summary>
internal sealed class TransientFault(CoreException told, int? status = null, TimeSpan? after = null) : Exception(told.Message, told)
{
    /// <summary>The failure, when it does not pass.</summary>
    public CoreException Told => told;

    /// <summary>What the server answered; null when no whole answer came.</summary>
    public int? Status => status;

    /// <summary>How long the server asks to wait; null when it does not say.</summary>
    public TimeSpan? After => after;
}
