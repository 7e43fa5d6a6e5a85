using System.Globalization;
using System.Management.Automation;
using PancreasSeg.Common;
using PancreasSeg.Network;
using PancreasSeg.Training;

namespace PancreasSeg.Commands;

/// <summary>Trains a network on CTs with reference masks and writes a model file.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "PancreasTraining", DefaultParameterSetName = SizeSet, SupportsShouldProcess = true)]
[OutputType(typeof(TrainingEpoch), typeof(PancreasModel))]
public sealed partial class InvokePancreasTrainingCommand : TrainingCommand
{
    private string? _runFolder, _locatorFolder;

    /// <inheritdoc/>
    private protected override string? StoppedNote => Force && !HasEpochs ? null
        : new[] { _runFolder, _locatorFolder }.FirstOrDefault(f => f is not null && File.Exists(Path.Combine(f, TrainingRun.LastFile)))
            is not { } kept ? null : $"The training can go on: the same command with -Resume. It is kept in '{kept}'.";

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (Simulate is not null && LabelOrientation is not null)
            ThrowTerminatingError(Errors.Conflict("-LabelOrientation says how given labels lie; those of -Simulate are not given."));
        string file = this.ResolveOutput(Destination);
        PancreasModel? start = Initial();
        TrainingPlan? plan = GivenPlan();
        ModelStage? stage = StageOf(start, plan);
        // A plan for two stages, and none asked for: both are trained.
        bool both = plan is { IsTwoStage: true } && Stage is null && start is null;
        if (both && (OriginalPlan || IsGiven(nameof(Size)) || ParameterSetName == SpacingSet))
            ThrowTerminatingError(Errors.Conflict(
                "The plan has two stages, each with voxels of its own; name one by -Stage, or leave size, spacing and box out."));
        IReadOnlyList<TrainingCaseSource> cases = Cases();
        if (Simulate is null == (cases.Count == 0))
            ThrowTerminatingError(
                Errors.Record(
                    new CoreException(Fault.TrainingDataInvalid,
                        Simulate is null ? "There is nothing to train on." : "Simulated and given cases cannot be mixed.",
                remedy: "Give -Image and -Label, or -DataSet, or -Simulate.")));
        Func<CancellationToken, LabelVolume>[] maps = [.. LabelMap.Select(m => VolumeArgument.Labels(this, m))],
            held = [.. ValidationLabelMap.Select(m => VolumeArgument.Labels(this, m))];
        string? cacheFolder = CachePath is null ? null : this.ResolveOutput(CachePath);
        using var cache = new PreparedCache(cacheFolder);
        string runFolder = this.ResolveOutput(RunPath ?? Path.ChangeExtension(Destination, ".run"));

        var models = new List<PancreasModel>();
        PancreasModel? locator = null;
        foreach (double weight in ForegroundWeight)
        {
            string mark = ForegroundWeight.Length == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"-weight{weight}");
            string target = Path.ChangeExtension(file, null) + mark + ".safetensors";
            SetUp(target, () => InputGuard.Check(target, ModelArgument.FileOf(this, InitialModel)));
            if (NoClobber && File.Exists(target))
                ThrowTerminatingError(
                    Errors.Record(
                        new CoreException(Fault.NoClobber, $"'{target}' exists and was not replaced.", target,
                            "Leave out -NoClobber or choose another name.")));
            if (!ShouldProcess(target, Simulate is not null ? $"Train a {stage} on simulated CTs and write the model"
                : $"Train on {cases.Count} cases and write the model")) continue;
            string name = Path.GetFileNameWithoutExtension(target);
            TrainingOptions Settings(string named, ModelStage? of)
            {
                TrainingOptions all = SetUp(InitialModel ?? Plan, () =>
                    Options(named, weight, of is { } one ? start?.Of(one) : start, plan?.Of(of)));
                return both && MaxDuration is { } whole ? all with { MaxDuration = TrainingPlanner.ShareOf(whole, of) } : all;
            }
            TrainingOptions options = Settings(name, stage);
            TrainingOptions? first = both ? Settings(name + ".locator", ModelStage.Locator) : null;
            if (models.Count == 0) WarnOfBox(options);
            if (models.Count == 0 && start is { IsTwoStage: true } && (options.Plan.BoxSize is null) == (stage == ModelStage.Refiner))
                WriteWarning($"With this preparation the {stage} no longer goes with the other stage of '{start.Name}': "
                    + "the new file holds it alone.");
            (_runFolder, _locatorFolder, HasEpochs) = (runFolder + mark, both ? $"{runFolder}{mark}.locator" : null, false);
            models.Add(SetUp(DataSet, () => RunWork("Training", channel =>
            {
                // The locator knows no weight: one serves all refiners.
                TrainingHost keeper = Keeper(channel, cache, _runFolder);
                if (first is not null && locator is null)
                {
                    Trainer.Check(cases, options, keeper, channel.Cancellation);
                    using var own = new PreparedCache(cacheFolder);
                    locator = Train(cases, first, keeper with { RunFolder = _locatorFolder, Cache = own }, maps, held, channel);
                }
                PancreasModel model = Train(cases, options, keeper, maps, held, channel);
                if (locator is not null) model = model.WithLocator(locator);
                else if (start is not null && stage is { } one) model = start.With(one, model);
                ModelFile.Write(model, target, !NoClobber);
                channel.Verbose($"Wrote '{target}'.");
                return model;
            })));
            WriteObject(models[^1]);
        }
        if (models.Count < 2) return;
        if (models.Any(m => m.Curve.Count == 0))
        {
            WriteWarning("The models were not compared: without validation cases they state no recall and precision.");
            return;
        }
        string chart = Path.ChangeExtension(file, null) + "-weights.svg";
        SetUp(chart, () => RunWork("Drawing", _ =>
        {
            AtomicFile.Write(chart, overwrite: true, stream => stream.Write(LearningCurves.Draw(models)));
            return chart;
        }));
        WriteVerbose($"Wrote '{chart}'.");
    }

    private PancreasModel Train(IReadOnlyList<TrainingCaseSource> cases, TrainingOptions options, TrainingHost host,
        Func<CancellationToken, LabelVolume>[] maps, Func<CancellationToken, LabelVolume>[] held, PipelineChannel channel)
    {
        CancellationToken cancellation = channel.Cancellation;
        if (Simulate is not { } stage) return Trainer.Train(cases, options, null, host, cancellation);
        channel.Report(new ProgressStep("reading label maps", 0));
        var population = new SimulationOptions { Stage = stage, Seed = Seed, LabelMaps = [.. maps.Select(read => read(cancellation))] };
        SimulationOptions others = population with { LabelMaps = [.. held.Select(read => read(cancellation))] };
        IReadOnlyList<TrainingCase> validation = SimulatedCases.Validation(others, Validation.SimulatedCases, cancellation);
        return Trainer.Train(new SimulatedCases(population), [.. validation.Select(TrainingCaseSource.Of)], options, host, cancellation);
    }
}
