using System.Management.Automation;
using PancreasSeg.Common;

namespace PancreasSeg.Tests.Common;

/// <summary>Long work whose course the tests choose.</summary>
[Cmdlet(VerbsDiagnostic.Test, "LongWork")]
[OutputType(typeof(string))]
public sealed class TestLongWorkCommand : LongRunningCommand
{
    /// <summary>What the work does: gets a <see cref="PipelineChannel"/>, returns what is emitted.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    public object Work { get; set; } = null!;

    /// <summary>Ends the pipeline when the work fails.</summary>
    [Parameter]
    public SwitchParameter Required { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var work = (Func<PipelineChannel, object>)((Work as PSObject)?.BaseObject ?? Work);
        if (Required) WriteObject(SetUp("the target", () => RunWork("Testing", work)));
        else TryItem("the target", () => WriteObject(RunWork("Testing", work)));
    }
}
