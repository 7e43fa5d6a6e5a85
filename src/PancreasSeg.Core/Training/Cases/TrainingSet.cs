using PancreasSeg.Postprocess;
using PancreasSeg.Preprocess;

namespace PancreasSeg.Training;

/// <summary>The cases of one training: checked, divided and prepared.</summary>
internal sealed record TrainingSet(IReadOnlyList<PreparedCase> Training, IReadOnlyList<PreparedCase> Validation)
{
    /// <summary>More than any pancreas has, millilitres: the largest with tumours, cysts and inflammation hold two thirds of it.</summary>
    public const double LargestMl = 600;

    /// <summary>The cases that choose the best epoch as the network sees them, made one at a time: those held back, or without any the
    /// training cases.</summary>
    public IEnumerable<PreparedCase> Held => HeldBack.Select(item => TrainingBox.Shown(item, Plan));

    /// <summary>The same as they were prepared.</summary>
    public IReadOnlyList<PreparedCase> HeldBack => Validation.Count > 0 ? Validation : Training;

    /// <summary>How cases were prepared.</summary>
    private PreprocessPlan Plan { get; init; } = new();

    /// <summary>What is doubtful but stops no training.</summary>
    public IReadOnlyList<string> Warnings { get; private init; } = [];

    /// <summary>Reads, checks and prepares every case, one at a time.</summary>
    /// <exception cref="CoreException">The one fault when all that is wrong is of its kind, else <see cref="Fault.TrainingDataInvalid"/>;
    /// the message lists every case at fault.</exception>
    public static TrainingSet Create(
        IReadOnlyList<TrainingCaseSource> cases, IReadOnlyList<TrainingCaseSource>? validation, TrainingOptions options,
        TrainingHost host, CancellationToken cancellation)
    {
        if (cases.Count + (validation?.Count ?? 0) == 0)
            throw new CoreException(Fault.TrainingDataInvalid, "There is no case to train or validate on.");
        bool[] validates = validation is not null ? [.. cases.Select(_ => false), .. validation.Select(_ => true)]
            : PatientSplit.Validates([.. cases.Select(c => c.Patient)], options.Validation, options.Seed);
        TrainingCaseSource[] all = [.. cases, .. validation ?? []];
        GCMemoryInfo memory = GC.GetGCMemoryInfo();
        host.Cache?.WarnOfMemory(all, options, memory.TotalAvailableMemoryBytes - memory.MemoryLoadBytes, host.OnWarning);
        var preparation = new Preparation(options, host, cancellation);
        PreparedCase[] prepared = preparation.Run(all);
        return new TrainingSet([.. prepared.Where((_, i) => !validates[i])], [.. prepared.Where((_, i) => validates[i])])
        {
            Plan = options.Plan,
            Warnings = preparation.Warnings,
        };
    }

    /// <summary>Tells cases by what they are once prepared, each by itself and none of them kept.</summary>
    /// <exception cref="CoreException">As for <see cref="Create"/>.</exception>
    public static IReadOnlyList<RunCase> Describe(IReadOnlyList<TrainingCaseSource> cases, string role, TrainingOptions options,
        TrainingHost host, CancellationToken cancellation) =>
        new Preparation(options, host, cancellation).Each(cases, item => RunCase.Of(item, role));

    private sealed class Preparation(TrainingOptions options, TrainingHost host, CancellationToken cancellation)
    {
        private readonly CasePreparation _preparation = new(options);
        private readonly List<(Fault Fault, string Text)> _faults = [];
        private readonly List<string> _warnings = [];

        public IReadOnlyList<string> Warnings => _warnings;

        /// <summary>Prepares cases that train or validate together.</summary>
        public PreparedCase[] Run(IReadOnlyList<TrainingCaseSource> cases)
        {
            List<PreparedCase> prepared = Prepare(cases, item => item);
            foreach (IGrouping<string, TrainingCaseSource> twice in cases.GroupBy(c => c.Name).Where(g => g.Count() > 1))
                _faults.Add((Fault.TrainingDataInvalid, $"'{twice.Key}': {twice.Count()} cases have this name"));
            foreach ((string name, string labelOf) in PairOrder.Crossed(cases))
                _faults.Add((Fault.TrainingDataInvalid, $"'{name}': by its name the label belongs to '{labelOf}'"));
            var pancreas = (byte)options.Network.PancreasChannel;
            foreach ((string name, string labelOf, bool isSure) in PairContrast.Crossed(prepared, pancreas, options.Plan))
            {
                string text = $"'{name}': the labels stand out from what surrounds them in the CT of '{labelOf}', not in their own; "
                    + "images and labels seem to be paired out of step";
                if (isSure) _faults.Add((Fault.TrainingDataInvalid, text));
                else _warnings.Add(text + ".");
            }
            foreach ((string name, AxisFlip flip) in PairContrast.Mirrored(prepared, pancreas, options.Plan))
                _warnings.Add($"'{name}': the labels stand out from what surrounds them with {flip}, not as they lie; "
                    + "they seem to be mirrored against their CT.");
            foreach (PreparedCase[] twice in prepared.GroupBy(c => c.ImageSha256()).Select(g => g.DistinctBy(c => c.Name).ToArray())
                .Where(g => g.Length > 1))
                _faults.Add(
                    (Fault.TrainingDataInvalid, $"'{string.Join("', '", twice.Select(c => c.Name))}': these cases show the same CT"));
            RefuseFaults();
            return [.. prepared];
        }

        /// <summary>Prepares cases each by itself.</summary>
        public List<T> Each<T>(IReadOnlyList<TrainingCaseSource> cases, Func<PreparedCase, T> of)
        {
            List<T> all = Prepare(cases, of);
            RefuseFaults();
            return all;
        }

        private List<T> Prepare<T>(IReadOnlyList<TrainingCaseSource> cases, Func<PreparedCase, T> of)
        {
            var all = new List<T>();
            for (int i = 0; i < cases.Count; i++)
            {
                host.Progress?.Report(new ProgressStep($"preparing case {i + 1} of {cases.Count}", (double)i / cases.Count));
                if (Prepare(cases[i]) is { } item) all.Add(of(item with { Name = cases[i].Name, Patient = cases[i].Patient }));
            }
            return all;
        }

        private PreparedCase? Prepare(TrainingCaseSource source)
        {
            try
            {
                PreparedCase item =
                    host.Cache?.GetOrAdd(source, options, () => Read(source), host.OnWarning, cancellation) ?? Read(source);
                RequireVoxels(item.Input.Grid);
                return item;
            }
            catch (CoreException e)
            {
                return Refuse(source, e.Fault, e.Message);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return Refuse(source, Fault.FileReadFailed, e.Message);
            }
        }

        /// <summary>Looks at what a validation and a step see of a case.</summary>
        private void RequireVoxels(VolumeGrid grid)
        {
            IndexBox shown = options.Plan.BoxSize is null ? IndexBox.Whole(grid) : TrainingBox.Middle(grid, options.Plan);
            options.Network.RequireMoreThanOneVoxel([shown.Columns, shown.Rows, shown.Slices]);
            if (options.Sampling.PatchSize is { } patch)
                options.Network.RequireMoreThanOneVoxel([.. patch.Zip([grid.Columns, grid.Rows, grid.Slices], Math.Min)]);
        }

        private PreparedCase? Refuse(TrainingCaseSource source, Fault fault, string text)
        {
            _faults.Add((fault, $"'{source.Name}': {text.TrimEnd('.')}"));
            return null;
        }

        private PreparedCase Read(TrainingCaseSource source)
        {
            TrainingCase item = source.Read(cancellation).OnOneGrid(cancellation);
            LabelVolume pancreas = item.Label.Select(options.LabelValue);
            MaskStatistics under = MaskStatistics.Measure(pancreas, item.Image, cancellation);
            if (under.VoxelCount == 0) throw new CoreException(Fault.LabelMissing, $"no voxel has the label {options.LabelValue}");
            if (under.MeanHu is { } hu && !PancreasHu.OfLabels.Contains(hu))
                throw new CoreException(Fault.TrainingDataInvalid,
                    FormattableString.Invariant($"the labels do not lie over the pancreas: {hu:0} HU on average"));
            if (under.VolumeMl > LargestMl)
                throw new CoreException(Fault.TrainingDataInvalid,
                    FormattableString.Invariant($"no pancreas has {under.VolumeMl:0} mL; label {options.LabelValue} is another organ's"));
            PreparedCase prepared = _preparation.PrepareWithReference(item, cancellation) with { Notes = item.Label.Source.Notes };
            return prepared.Classes.Span.Contains((byte)options.Network.PancreasChannel) ? prepared
                : throw new CoreException(
                    Fault.TrainingDataInvalid, "on the network's grid nothing is left of the pancreas; a finer grid keeps it");
        }

        private void RefuseFaults()
        {
            if (_faults.Count == 0) return;
            Fault fault = _faults.All(f => f.Fault == _faults[0].Fault) ? _faults[0].Fault : Fault.TrainingDataInvalid;
            throw new CoreException(fault, $"The training set cannot be used:{string.Concat(_faults.Select(f => $"\n  {f.Text}."))}",
                remedy: "Correct or leave out these cases.");
        }
    }
}
