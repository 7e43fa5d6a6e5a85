using System.Management.Automation;

namespace PancreasSeg.Common;

/// <summary>A cmdlet that is told where and how to compute, and what else it works on in ways of its own.</summary>
public abstract class ComputingCommand : LongRunningCommand
{
    /// <summary>Where to compute.</summary>
    [Parameter]
    public ComputeDevice Device { get; set; }

    /// <summary>In which number format.</summary>
    [Parameter]
    public Precision Precision { get; set; }

    /// <summary>Compute threads; all cores by default.</summary>
    [Parameter]
    [ValidateRange(1, 1024)]
    public int? ThreadCount { get; set; }
}
