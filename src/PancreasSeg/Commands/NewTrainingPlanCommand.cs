using System.Management.Automation;
using PancreasSeg.Common;
using PancreasSeg.Network;
using PancreasSeg.Training;

namespace PancreasSeg.Commands;

/// <summary>Makes a plan of a training by the fingerprint of its data.</summary>
[Cmdlet(VerbsCommon.New, "TrainingPlan")]
[OutputType(typeof(TrainingPlan))]
public sealed class NewTrainingPlanCommand : ComputingCommand
{
    private static readonly PlanOptions s_defaults = new();

    /// <summary>What the data are like.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(PlanFileCompleter))]
    [ValidateNotNullOrEmpty]
    public object Fingerprint { get; set; } = "";

    /// <summary>Bytes that a training may take.</summary>
    [Parameter]
    [ValidateRange(1, long.MaxValue)]
    public long? Budget { get; set; }

    /// <summary>How long to train.</summary>
    [Parameter]
    [TimeArgument]
    public TimeSpan? MaxDuration { get; set; }

    /// <summary>The network of the stage that segments.</summary>
    [Parameter]
    [ValidateSet(nameof(NetworkKind.AttentionUNet), nameof(NetworkKind.ResidualUNet))]
    public NetworkKind Network { get; set; } = s_defaults.Network;

    /// <summary>Channels of the network's first stage.</summary>
    [Parameter]
    [Alias("Filter")]
    [ValidateRange(1, 128)]
    public int BaseFilter { get; set; } = s_defaults.Filters;

    /// <summary>A JSON file of the plan.</summary>
    [Parameter]
    [Alias("OutputPath")]
    [ValidateNotNullOrEmpty]
    [ValidatePattern(@"(?i)\.json$")]
    public string? Destination { get; set; }

    /// <summary>Keeps an existing file.</summary>
    [Parameter]
    public SwitchParameter NoClobber { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        object given = SettingKey.Unwrap(Fingerprint)!;
        if (given is CaseFingerprint)
            ThrowTerminatingError(Errors.Record(new CoreException(Fault.TrainingDataInvalid,
                "A plan is made of what all cases are like together; this is one case.", remedy: "Add -Summary to Measure-TrainingData.")));
        string? source = given is DataFingerprint ? null : this.ResolveOutput(LanguagePrimitives.ConvertTo<string>(given)),
            file = Destination is null ? null : this.ResolveOutput(Destination);
        var options = new PlanOptions
        {
            Budget = Budget,
            MaxDuration = MaxDuration,
            Network = Network,
            Filters = BaseFilter,
            Device = Device,
            Precision = Precision,
            ThreadCount = ThreadCount,
        };
        WriteObject(SetUp(source, () => RunWork("Planning", channel =>
        {
            if (file is not null) InputGuard.Check(file, source);
            DataFingerprint data = given as DataFingerprint ?? DataFingerprint.Read(source!);
            TrainingPlan plan = TrainingPlanner.Create(data, options, channel.Cancellation);
            if (file is not null) plan.Write(file, !NoClobber);
            return plan;
        })));
    }
}
