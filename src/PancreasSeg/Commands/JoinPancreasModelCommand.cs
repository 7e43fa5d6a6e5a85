using System.Management.Automation;
using PancreasSeg.Common;
using PancreasSeg.Network;
using PancreasSeg.Training;

namespace PancreasSeg.Commands;

/// <summary>Joins a locator and a refiner, or the members of an ensemble, in one model file.</summary>
[Cmdlet(VerbsCommon.Join, "PancreasModel", DefaultParameterSetName = StageSet, SupportsShouldProcess = true)]
[OutputType(typeof(PancreasModel))]
public sealed class JoinPancreasModelCommand : LongRunningCommand
{
    private const string StageSet = "Stages", MemberSet = "Members";

    /// <summary>The second stage: a model that works in a box round the pancreas.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = StageSet)]
    [ArgumentCompleter(typeof(ModelFileCompleter))]
    [ValidateNotNullOrEmpty]
    public object Refiner { get; set; } = "";

    /// <summary>Models whose probabilities are averaged.</summary>
    [Parameter(Mandatory = true, ParameterSetName = MemberSet)]
    [ArgumentCompleter(typeof(ModelFileCompleter))]
    [ValidateNotNullOrEmpty]
    public object[] Member { get; set; } = [];

    /// <summary>Averages the members' weights in place of their answers.</summary>
    [Parameter(ParameterSetName = MemberSet)]
    public SwitchParameter Average { get; set; }

    /// <summary>The first stage: a model that finds the pancreas in the whole volume.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = StageSet)]
    [Parameter(ParameterSetName = MemberSet)]
    [ArgumentCompleter(typeof(ModelFileCompleter))]
    [ValidateNotNullOrEmpty]
    public object? Locator { get; set; }

    /// <summary>The model file to write.</summary>
    [Parameter(Mandatory = true, Position = 2)]
    [Alias("OutputPath")]
    [ValidateNotNullOrEmpty]
    [ValidatePattern(@"(?i)\.safetensors$")]
    public string Destination { get; set; } = "";

    /// <summary>Lowest and highest HU that the refiner may take for pancreas in an enhanced phase.</summary>
    [Parameter]
    [ValidateCount(2, 2)]
    [NumberArgument]
    public double[]? EnhancedHu { get; set; }

    /// <summary>Keeps an existing model file.</summary>
    [Parameter]
    public SwitchParameter NoClobber { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        string file = this.ResolveOutput(Destination);
        Func<PancreasModel>? locator = Locator is null ? null : ModelArgument.Resolve(this, Locator, null, null);
        object[] models = ParameterSetName == StageSet ? [Refiner]
            : SetUp(Member, () => Member.SelectMany(FilesOf).ToArray());
        Func<PancreasModel>[] read = [.. models.Select(model => ModelArgument.Resolve(this, model, null, null))];
        string?[] files = [.. models.Select(model => ModelArgument.FileOf(this, model))];
        SetUp(file, () => InputGuard.Check(file, [.. files, ModelArgument.FileOf(this, Locator)]));
        if (!ShouldProcess(file, $"Join {models.Length + (locator is null ? 0 : 1)} models")) return;
        WriteObject(SetUp(file, () => RunWork("Joining models", channel =>
        {
            string name = Path.GetFileNameWithoutExtension(file);
            (PancreasModel, string?)[] members = [.. read.Zip(files, (member, path) => (member(), path))];
            PancreasModel model = ParameterSetName == StageSet ? members[0].Item1
                : Average ? FoldEnsemble.Average(name, [.. members.Select(m => m.Item1)]) : FoldEnsemble.Join(name, members, channel.Warn);
            if (model.Members.Count > 0)
                channel.Verbose(model.Curve.Count > 0 ? $"The threshold {model.Threshold} is of all cases by the fold that has not seen them."
                    : $"The threshold {model.Threshold} is the members' mean: they are not all the folds of one cross-validation.");
            if (locator is not null) model = model.WithLocator(locator());
            if (model is { Plan.BoxSize: not null, IsTwoStage: false })
                channel.Warn("The members work in a box round the pancreas, and Invoke-PancreasSegmentation refuses the file without a model "
                    + "that finds where the box goes: join them again with -Locator.");
            model = model.Named(name);
            if (EnhancedHu is not null) model = model.Planned(model.Plan with { EnhancedHu = EnhancedHu });
            ModelFile.Write(model, file, !NoClobber);
            // An ensemble out of its file reads the weights of a member when its turn comes.
            return model.Members.Count > 0 ? ModelFile.Read(file) : model;
        })));
    }

    private IEnumerable<object> FilesOf(object member) => SettingKey.Unwrap(member) switch
    {
        PancreasModel model => [model],
        CrossValidationResult validation => FoldEnsemble.Files(validation.Path),
        var path => FoldEnsemble.Files(this.ResolveOutput(LanguagePrimitives.ConvertTo<string>(path))),
    };
}
