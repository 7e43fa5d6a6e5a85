using System.Management.Automation;

namespace PancreasSeg.Common;

/// <summary>A cmdlet whose whole work is to write files.</summary>
public abstract class WritingCommand : LongRunningCommand
{
    /// <summary>Keeps existing files.</summary>
    [Parameter]
    public SwitchParameter NoClobber { get; set; }

    /// <summary>Creates the folder and replaces read-only files.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Emits the files.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>Makes the way free, writes and emits.</summary>
    /// <param name="activity">Shown as progress.</param>
    /// <param name="files">Full paths.</param>
    /// <param name="write">Writes all of them.</param>
    protected void Write(string activity, IReadOnlyList<string> files, Action<CancellationToken> write)
    {
        if (Force) foreach (string file in files) OutputTarget.MakeWay(file, replace: !NoClobber);
        RunWork(activity, channel => write(channel.Cancellation));
        if (PassThru) foreach (string file in files) this.WriteFile(file);
    }
}
