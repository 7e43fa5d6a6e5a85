using System.Management.Automation;
using PancreasSeg.Common;
using PancreasSeg.Training;

namespace PancreasSeg.Commands;

/// <summary>Measures the cases of a training set and names what is odd about them.</summary>
[Cmdlet(VerbsDiagnostic.Measure, "TrainingData")]
[OutputType(typeof(CaseFingerprint), typeof(DataFingerprint))]
public sealed class MeasureTrainingDataCommand : TrainingCasesCommand
{
    /// <summary>One object over all cases, in place of one for each case.</summary>
    [Parameter]
    public SwitchParameter Summary { get; set; }

    /// <summary>A JSON file of all that was measured.</summary>
    [Parameter]
    [Alias("OutputPath")]
    [ValidateNotNullOrEmpty]
    [ValidatePattern(@"(?i)\.json$")]
    public string? Destination { get; set; }

    /// <summary>Keeps an existing file.</summary>
    [Parameter]
    public SwitchParameter NoClobber { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        IReadOnlyList<TrainingCaseSource> cases = Cases();
        if (cases.Count == 0)
            ThrowTerminatingError(Errors.Record(new CoreException(Fault.TrainingDataInvalid, "There is nothing to measure.",
                remedy: "Give -Image and -Label, or -DataSet.")));
        string? file = Destination is null ? null : this.ResolveOutput(Destination);
        var faults = new List<(string Case, CoreException Error)>();
        DataFingerprint fingerprint = SetUp(DataSet, () => RunWork("Measuring cases", channel =>
        {
            var measured = DataFingerprint.Measure(
                cases, LabelValue, (item, error) => faults.Add((item.Name, error)), channel, channel.Cancellation);
            if (file is not null) measured.Write(file, !NoClobber);
            return measured;
        }));
        foreach ((string name, CoreException error) in faults)
            WriteError(Errors.Record(new CoreException(error.Fault, $"'{name}': {error.Message}", name, error.Remedy, error), name));
        if (Summary) WriteObject(fingerprint);
        else WriteObject(fingerprint.Cases, enumerateCollection: true);
    }
}
