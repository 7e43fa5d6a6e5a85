using System.Management.Automation;
using PancreasSeg.Common;
using PancreasSeg.Evaluation;
using PancreasSeg.Network;

namespace PancreasSeg.Commands;

/// <summary>Compares two models on the validation cases they share.</summary>
[Cmdlet(VerbsData.Compare, "PancreasModel")]
[OutputType(typeof(PairedComparison))]
public sealed class ComparePancreasModelCommand : LongRunningCommand
{
    /// <summary>The model to compare with: a model, or the path of its file.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ArgumentCompleter(typeof(ModelFileCompleter))]
    [ValidateNotNullOrEmpty]
    public object ReferenceModel { get; set; } = "";

    /// <summary>The models to compare.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(ModelFileCompleter))]
    [ValidateNotNullOrEmpty]
    public object[] DifferenceModel { get; set; } = [];

    /// <summary>Which of the validation scores.</summary>
    [Parameter]
    [ValidateSet("Dice", "Recall", "Precision")]
    public string Score { get; set; } = "Dice";

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        PancreasModel reference = SetUp(ReferenceModel, () => ModelArgument.Resolve(this, ReferenceModel)());
        foreach (object argument in DifferenceModel)
        {
            TryItem(argument, () =>
            {
                PancreasModel model = ModelArgument.Resolve(this, argument)();
                PairedScore[] pairs =
                    [.. reference.Validation.Join(model.Validation, a => a.Case, b => b.Case, (a, b) =>
                        new PairedScore(a.Case, Value(a), Value(b)))];
                if (pairs.Length < 2)
                    throw new CoreException(Fault.TrainingDataInvalid,
                        $"'{reference.Name}' and '{model.Name}' share {pairs.Length} validation cases.", argument,
                        "Train both with the same cases, -Seed and -Validation or fold.");
                int alone = reference.Validation.Count + model.Validation.Count - 2 * pairs.Length;
                if (alone > 0)
                    WriteWarning($"{alone} validation cases of '{reference.Name}' and '{model.Name}' have no partner and were left out.");
                WriteObject(PairedComparison.Of(reference.Name, model.Name, pairs));
            });
        }
    }

    private double Value(ValidationScore score) =>
        Score switch { "Recall" => score.Recall, "Precision" => score.Precision, _ => score.Dice };
}
