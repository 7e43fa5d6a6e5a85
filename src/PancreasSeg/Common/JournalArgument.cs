using System.Management.Automation;
using PancreasSeg.Batch;

namespace PancreasSeg.Common;

/// <summary>-Journal and -JournalCredential.</summary>
internal static class JournalArgument
{
    /// <summary>The database; null for the journal in the output folder.</summary>
    public static JournalServer? Of(string? connection, PSCredential? credential) => connection is null ? null
        : new JournalServer(connection, credential?.UserName, credential?.GetNetworkCredential().Password);
}
