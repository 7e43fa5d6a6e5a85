using System.Globalization;
using System.Management.Automation;
using PancreasSeg.Common;
using PancreasSeg.Import;
using PancreasSeg.Network;
using PancreasSeg.Training;

namespace PancreasSeg.Commands;

/// <summary>Trains a network on CTs with reference masks and writes a model file.</summary>
[Cmdlet(VerbsLifecycle.Invoke, "PancreasTraining", DefaultParameterSetName = SizeSet, SupportsShouldProcess = true)]
[OutputType(typeof(TrainingEpoch), typeof(PancreasModel))]
public sealed partial class InvokePancreasTrainingCommand : LongRunningCommand
{
    private readonly List<TrainingCaseSource> _cases = [];
    private readonly List<(string Path, Func<string, TrainingCaseSource> Named)> _pairs = [];
    private string? _runFolder;
    private bool _hasEpochs;

    /// <inheritdoc/>
    private protected override string? StoppedNote =>
        _runFolder is null || (Force && !_hasEpochs) || !File.Exists(Path.Combine(_runFolder, TrainingRun.LastFile))
        ? null : $"The training can go on: the same command with -Resume. It is kept in '{_runFolder}'.";

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Image.Length != Label.Length || (Patient is not null && Patient.Length != Image.Length))
            ThrowTerminatingError(Errors.Record(new CoreException(Fault.TrainingDataInvalid,
                $"{Image.Length} images, {Label.Length} labels{(Patient is null ? "" : $" and {Patient.Length} patients")} do not make cases.",
                remedy: "Give one label for each image, in the same order.")));
        for (int i = 0; i < Image.Length; i++) _pairs.Add(Pair(Image[i], Label[i], Patient?[i]));
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        string file = this.ResolveOutput(Destination);
        PancreasModel? start = Initial();
        IReadOnlyList<string> names = CaseFiles.NamesOf([.. _pairs.Select(pair => pair.Path)]);
        _cases.AddRange(_pairs.Select((pair, i) => pair.Named(names[i])));
        if (DataSet is not null)
        {
            string folder = this.ResolveOutput(DataSet);
            if (!IsGiven(nameof(LabelValue))) LabelValue = SetUp(folder, () => TrainingDataSet.PancreasLabel(folder));
            WriteVerbose($"The pancreas is label {LabelValue} of '{folder}'.");
            _cases.AddRange(SetUp(folder, () => TrainingDataSet.Find(folder, LabelValue)));
        }
        if (Simulate is null == (_cases.Count == 0))
            ThrowTerminatingError(
                Errors.Record(
                    new CoreException(Fault.TrainingDataInvalid,
                        Simulate is null ? "There is nothing to train on." : "Simulated and given cases cannot be mixed.",
                remedy: "Give -Image and -Label, or -DataSet, or -Simulate.")));
        Func<CancellationToken, LabelVolume>[] maps = [.. LabelMap.Select(m => VolumeArgument.Labels(this, m))],
            held = [.. ValidationLabelMap.Select(m => VolumeArgument.Labels(this, m))];
        string? cache = CachePath is null ? null : this.ResolveOutput(CachePath);
        string runFolder = this.ResolveOutput(RunPath ?? Path.ChangeExtension(Destination, ".run"));

        var models = new List<PancreasModel>();
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
            if (!ShouldProcess(target, Simulate is { } stage ? $"Train a {stage} on simulated CTs and write the model"
                : $"Train on {_cases.Count} cases and write the model")) continue;
            TrainingOptions options = Options(Path.GetFileNameWithoutExtension(target), weight, start);
            (_runFolder, _hasEpochs) = (runFolder + mark, false);
            models.Add(SetUp(DataSet, () => RunWork("Training", channel =>
            {
                PancreasModel model = Train(options, Keeper(channel, cache), maps, held, channel);
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

    private PancreasModel? Initial()
    {
        if (InitialModel is null) return null;
        if (new[] { nameof(Network), nameof(BaseFilter) }.FirstOrDefault(IsGiven) is { } parameter)
            ThrowTerminatingError(Errors.Conflict($"-InitialModel brings its own network; -{parameter} describes another."));
        return SetUp(InitialModel, ModelArgument.Resolve(this, InitialModel));
    }

    private (string Path, Func<string, TrainingCaseSource> Named) Pair(object image, object label, string? patient)
    {
        (Func<CancellationToken, CtVolume> readCt, Func<CancellationToken, LabelVolume> readLabels) =
            SetUp(image, () => (VolumeArgument.Ct(this, image), VolumeArgument.Labels(this, label)));
        string?[] files = [.. new[] { VolumeArgument.Unwrap(image), VolumeArgument.Unwrap(label) }
            .Select(v => v is CtVolume or LabelVolume ? null : this.ResolveOutput(LanguagePrimitives.ConvertTo<string>(v)))];
        // Only files tell by their content whether a case was prepared before.
        string[] keyed = files.Contains(null) ? [] : [.. files.OfType<string>()];
        return (files[0] ?? ((CtVolume)VolumeArgument.Unwrap(image)!).Name, name => new TrainingCaseSource(name, cancellation =>
            new TrainingCase(readCt(cancellation), readLabels(cancellation), name))
        { Patient = patient ?? name, Files = keyed });
    }

    private TrainingHost Keeper(PipelineChannel channel, string? cache) => new()
    {
        RunFolder = _runFolder,
        Resume = Resume,
        Restart = Force,
        CacheFolder = cache,
        OnEpoch = epoch =>
        {
            _hasEpochs = true;
            channel.Output(epoch);
        },
        OnNote = channel.Verbose,
        OnWarning = channel.Warn,
        Progress = channel,
    };

    private PancreasModel Train(TrainingOptions options, TrainingHost host, Func<CancellationToken, LabelVolume>[] maps,
        Func<CancellationToken, LabelVolume>[] held, PipelineChannel channel)
    {
        CancellationToken cancellation = channel.Cancellation;
        if (Simulate is not { } stage) return Trainer.Train(_cases, options, null, host, cancellation);
        channel.Report(new ProgressStep("reading label maps", 0));
        var population = new SimulationOptions { Stage = stage, Seed = Seed, LabelMaps = [.. maps.Select(read => read(cancellation))] };
        SimulationOptions others = population with { LabelMaps = [.. held.Select(read => read(cancellation))] };
        IReadOnlyList<TrainingCase> validation = SimulatedCases.Validation(others, Validation.SimulatedCases, cancellation);
        return Trainer.Train(new SimulatedCases(population), [.. validation.Select(TrainingCaseSource.Of)], options, host, cancellation);
    }
}
