using PancreasSeg.Network;
using PancreasSeg.Preprocess;

namespace PancreasSeg.Training;

/// <summary>
/// Makes a plan of a data set's fingerprint by rules, in their order: stages, voxel size, box, memory, depth of the network, HU window,
/// time. Each number comes with its reason. Lists are of columns, rows and slices along the patient's axes, however images are stored.
/// </summary>
public sealed class TrainingPlanner
{
    /// <summary>How many times the box a volume must be for two stages.</summary>
    private const double FewBoxes = 4;

    /// <summary>Mm: no gain in finer pixels, and a coarser grid than any that shows the gland.</summary>
    private const double Finest = 0.8, Coarsest = 5;

    /// <summary>Times the pixel from which on slices count as thick.</summary>
    private const double Thick = 3;

    /// <summary>Part of the memory that a plan takes at most.</summary>
    private const double Usable = 0.8;

    private const double Coarsening = 1.05;

    private const int SliceMultiple = 4, MostStages = 5, FewestPixels = 8, ManySlices = 96, LocatorFilters = 8;

    /// <summary>HU round those of the gland, and what is in the window always.</summary>
    private const double WindowMargin = 100;

    /// <summary>Part of the time that goes to a locator.</summary>
    private const double LocatorShare = 0.2;

    /// <summary>Steps below which weights of a trained model are the better beginning.</summary>
    private const int FewSteps = 5000;

    private const double TuningRate = 5e-4;

    private readonly CaseFingerprint[] _cases;
    private readonly DataFingerprint _data;
    private readonly PlanOptions _options;
    private readonly Func<NetworkSpec, IReadOnlyList<int>, double> _secondsPerVoxel;
    private readonly List<PlanReason> _reasons = [];
    private readonly double[] _extent, _box;

    private TrainingPlanner(DataFingerprint data, PlanOptions options, Func<NetworkSpec, IReadOnlyList<int>, double> secondsPerVoxel)
    {
        (_data, _options, _secondsPerVoxel) = (data, options, secondsPerVoxel);
        _cases = [.. data.Cases.Where(c => c.BoxMm is not null)];
        if (_cases.Length == 0 || data.LowHu is null || data.HighHu is null)
            throw new CoreException(Fault.TrainingDataInvalid, "The fingerprint has no case with a label, by which a plan could be made.",
                remedy: "Measure the cases with Measure-TrainingData; -LabelValue says which label is the pancreas.");
        _extent = Each(axis => Median(_cases.Select(c => c.Size[AxisOf(c, axis)] * c.Spacing[AxisOf(c, axis)])));
        double[] glands = Each(axis => Percentile.Of(_cases.Select(c => c.BoxMm![AxisOf(c, axis)]), 95));
        _box = [.. glands.Select(mm => mm + 2 * TrainingBox.MarginMm)];
    }

    /// <summary>Makes a plan. Where a time is given a few steps are computed, to learn how long one takes here.</summary>
    /// <param name="data">What the cases are like.</param>
    /// <param name="options">What the plan has to keep to.</param>
    /// <param name="cancellation">Looked at within steps.</param>
    /// <exception cref="CoreException"><see cref="Fault.TrainingDataInvalid"/>: no case has a label;
    /// <see cref="Fault.SettingInvalid"/>: a GPU's memory has to be stated; <see cref="Fault.MemoryLimitTooSmall"/>; those of the torch
    /// runtime.</exception>
    public static TrainingPlan Create(DataFingerprint data, PlanOptions? options = null, CancellationToken cancellation = default)
    {
        PlanOptions given = options ?? new PlanOptions();
        return Create(data, given, (network, voxels) => StepTime.PerVoxel(
            new TrainingOptions { Network = network, Device = given.Device, Precision = given.Precision, ThreadCount = given.ThreadCount },
            voxels, cancellation));
    }

    /// <summary>Makes a plan with another way to learn how long a voxel of a step takes, in seconds.</summary>
    internal static TrainingPlan Create(
        DataFingerprint data, PlanOptions options, Func<NetworkSpec, IReadOnlyList<int>, double> secondsPerVoxel)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (options is { Budget: null, Device: ComputeDevice.Cuda or ComputeDevice.Mps })
            throw new CoreException(Fault.SettingInvalid, $"How much memory the {options.Device} device has is not known.",
                nameof(options.Budget), "Give a budget.");
        if (options.MaxDuration <= TimeSpan.Zero)
            throw new CoreException(Fault.SettingInvalid, $"In a time of {options.MaxDuration:c} nothing is trained.",
                nameof(options.MaxDuration), "Give a time such as 10:00:00.");
        if (options.Network is not (NetworkKind.AttentionUNet or NetworkKind.ResidualUNet))
            throw new CoreException(Fault.SettingInvalid, $"No plan is made for a {options.Network}.", nameof(options.Network),
                $"Choose {NetworkKind.AttentionUNet} or {NetworkKind.ResidualUNet}.");
        return new TrainingPlanner(data, options, secondsPerVoxel).Run();
    }

    /// <summary>A stage's part of the time in which two are trained.</summary>
    internal static TimeSpan ShareOf(TimeSpan whole, ModelStage? stage) =>
        whole * (stage == ModelStage.Locator ? LocatorShare : 1 - LocatorShare);

    private TrainingPlan Run()
    {
        double boxes = Product(_extent) / Product(_box);
        bool two = boxes > FewBoxes;
        Because(1, "Stages", two ? "locator and refiner" : "one", FormattableString.Invariant(
            $"the median CT of {Mm(_extent)} is {boxes:0.0} times the box of {Mm(_box)}, and {FewBoxes} times or less need no locator"));
        StagePlan[] stages = two ? [Locator(), Refiner()] : [Whole()];
        (double low, double high) = Window();
        return new TrainingPlan
        {
            Cases = _cases.Length,
            Stages = [.. stages.Select(s => Timed(s with { Plan = s.Plan with { WindowLow = low, WindowHigh = high } }, two))],
            Reasons = [.. _reasons.OrderBy(r => r.Rule)],
        };
    }

    private StagePlan Locator()
    {
        PreprocessPlan plan = SimulatedCases.Plan(ModelStage.Locator);
        Because(2, "Locator spacing", Mm(plan.Spacing!), "a gland is found, not outlined");
        NetworkSpec network = new() { Filters = Math.Min(LocatorFilters, _options.Filters) };
        return Sized(ModelStage.Locator, plan, network, _extent, mayCoarsen: false);
    }

    private StagePlan Refiner()
    {
        var plan = new PreprocessPlan { Spacing = NativeSpacing("Refiner spacing") };
        StagePlan stage = Sized(ModelStage.Refiner, plan, Segmenting(), _box, mayCoarsen: true);
        int[] multiples = Multiples(stage.Network, inBox: true);
        IReadOnlyList<double> box = [.. stage.Voxels.Zip(stage.Plan.Spacing!, (n, mm) => Math.Round(n * mm, 2))];
        Because(3, "Box", FormattableString.Invariant($"{Mm(box)}, {ReadableList.Of(stage.Voxels)} voxels"), FormattableString.Invariant(
            $"95 of 100 glands and {TrainingBox.MarginMm} mm to each side are {Mm(_box)}, rounded up to multiples of {ReadableList.Of(multiples)}; the whole gland is in one box, so that nothing is put together of patches"));
        return stage with { Plan = stage.Plan with { BoxSize = box } };
    }

    private StagePlan Whole() =>
        Sized(null, new PreprocessPlan { Spacing = NativeSpacing("Spacing") }, Segmenting(), _extent, mayCoarsen: true);

    private NetworkSpec Segmenting() => new() { Kind = _options.Network, Filters = _options.Filters };

    /// <summary>Rule 2.</summary>
    private double[] NativeSpacing(string name)
    {
        double[] median = Each(axis => Median(_cases.Select(c => c.Spacing[AxisOf(c, axis)])));
        double[] spacing = [Math.Max(Finest, median[0]), Math.Max(Finest, median[1]), median[2]];
        bool thick = median[2] >= Thick * Math.Max(spacing[0], spacing[1]);
        if (thick) spacing[2] = Percentile.Of(_cases.Select(c => c.Spacing[AxisOf(c, 2)]), 10);
        Because(2, name, Mm(spacing), FormattableString.Invariant($"the median is {Mm(median)}; pixels below {Finest} mm gain nothing")
            + (thick ? $", and of slices {Thick} times as thick as pixels the thinnest tenth counts" : ""));
        return [.. spacing.Select(Rounded)];
    }

    /// <summary>Rules 4 and 5: voxels grow until a step fits into the memory.</summary>
    private StagePlan Sized(ModelStage? stage, PreprocessPlan plan, NetworkSpec network, double[] mm, bool mayCoarsen)
    {
        long budget = _options.Budget ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        bool onGpu = _options.Device is ComputeDevice.Cuda or ComputeDevice.Mps;
        bool half = _options.Precision == Precision.BFloat16
            || (_options.Precision == Precision.Auto && !onGpu && CpuFeatures.HasBFloat16);
        bool keeps = !onGpu && LearningNetwork.KeepsFreed;
        string name = stage is { } named ? $"{named} " : "";
        for (double scale = 1; ; scale *= Coarsening)
        {
            double[] spacing = [.. plan.Spacing!.Select(mm => Rounded(mm * scale))];
            (NetworkSpec deep, int[] voxels) = Deep(network, Voxels(mm, spacing), spacing, inBox: stage == ModelStage.Refiner);
            long memory = StepMemory.Of(deep, voxels, half, keeps, onGpu);
            if (memory > Usable * budget && mayCoarsen && spacing.Take(2).All(mm => mm < Coarsest)) continue;
            if (memory > Usable * budget)
                throw new CoreException(Fault.MemoryLimitTooSmall, FormattableString.Invariant(
                    $"A step of {ReadableList.Of(voxels)} voxels of {Mm(spacing)} with {deep.Filters} filters takes {memory / 1e9:0.0} GB; {Usable * budget / 1e9:0.0} of {budget / 1e9:0.0} GB are used."),
                    nameof(_options.Budget), "Allow more memory or fewer filters.");
            long? rest = onGpu ? null : budget - memory;
            Because(4, $"{name}memory", FormattableString.Invariant($"{memory / 1e9:0.0} GB"), FormattableString.Invariant(
                $"a step of {ReadableList.Of(voxels)} voxels with {deep.Filters} filters in {(half ? "bfloat16" : "float32")}, one volume at a time, below {Usable} of {budget / 1e9:0.0} GB")
                + (scale > 1 ? $", for which voxels grew to {Mm(spacing)}" : "") + Prepared(voxels, spacing, stage == ModelStage.Refiner, rest));
            Because(5, $"{name}network stages", FormattableString.Invariant($"{deep.Stages}"), deep.Strides is null
                ? NeverPooled(deep, voxels) : Pooled(deep, voxels));
            return new StagePlan
            {
                Stage = stage,
                Plan = plan with { Spacing = spacing },
                Network = deep,
                Voxels = voxels,
                Memory = memory
            };
        }
    }

    /// <summary>The network's depth, and its voxels rounded up to what it halves.</summary>
    private static (NetworkSpec Deep, int[] Voxels) Deep(NetworkSpec network, int[] voxels, double[] spacing, bool inBox)
    {
        if (network.Kind == NetworkKind.ResidualUNet)
        {
            NetworkSpec strided = network with { Strides = PoolingRule.Strides(spacing, voxels, NetworkSpec.MostStages - 1) };
            return (strided, [.. voxels.Zip(Multiples(strided, inBox), RoundUp)]);
        }
        int[] rounded = [.. voxels.Zip(Multiples(network, inBox), RoundUp)];
        return (network with { Stages = Depth(rounded) }, rounded);
    }

    /// <summary>Of what columns, rows and slices are multiples.</summary>
    private static int[] Multiples(NetworkSpec network, bool inBox)
    {
        int[] multiples = [.. PreprocessPlan.Multiples(network.Divisors)];
        if (inBox) multiples[2] = Math.Max(SliceMultiple, multiples[2]);
        return multiples;
    }

    private static string NeverPooled(NetworkSpec deep, int[] voxels) => FormattableString.Invariant(
        $"the coarsest map has {Math.Min(voxels[0], voxels[1]) >> (deep.Stages - 1)} pixels, and {FewestPixels} at least; slices are never pooled")
        + (voxels[2] > ManySlices && deep.Filters >= 16 ? FormattableString.Invariant(
            $", so that of {voxels[2]} slices each answer sees only {deep.ReachInSlices} to each side") : "");

    private static string Pooled(NetworkSpec deep, int[] voxels) => FormattableString.Invariant(
        $"strides {string.Join(", ", deep.Strides!.Select(s => string.Join('x', s)))} along columns, rows and slices: an axis is halved while its map keeps {PoolingRule.FewestVoxels} voxels and its voxels are less than twice as long as the shortest that can be halved; the coarsest map has {ReadableList.Of([.. voxels.Zip(deep.Divisors, (n, by) => n / by)])} voxels");

    /// <summary>What the prepared cases take beside a step.</summary>
    /// <param name="voxels">Those of a step, or of the median CT.</param>
    /// <param name="spacing">In mm.</param>
    /// <param name="inBox">True where a margin is kept round them.</param>
    /// <param name="rest">Bytes that a step leaves of the budget; null where that is another memory.</param>
    private string Prepared(int[] voxels, double[] spacing, bool inBox, long? rest)
    {
        int[] margin = inBox ? TrainingBox.Margin(new PreprocessPlan { Spacing = spacing }) : [0, 0, 0];
        double bytes = voxels.Zip(margin, (n, side) => n + 2.0 * side)
            .Aggregate((double)PreparedCase.VoxelBytes * _cases.Length, (product, n) => product * n);
        return FormattableString.Invariant($"; {_cases.Length} prepared cases are {bytes / 1e9:0.0} GB")
            + (rest is null ? " of main memory" : bytes > rest ? ", more than is left: keep them on disk by -CachePath" : " beside it");
    }

    /// <summary>Rule 6.</summary>
    private (double Low, double High) Window()
    {
        var usual = new PreprocessPlan();
        double low = Math.Min(usual.WindowLow, _data.LowHu!.Value - WindowMargin),
            high = Math.Max(usual.WindowHigh, _data.HighHu!.Value + WindowMargin);
        Because(6, "HU window", FormattableString.Invariant($"{low} to {high}"), FormattableString.Invariant(
            $"99 of 100 voxels of the gland have {_data.LowHu} to {_data.HighHu} HU, widened by {WindowMargin}, and {usual.WindowLow} to {usual.WindowHigh} at least; it becomes -1 to 1, so that the same tissue has the same value in every CT"));
        return (low, high);
    }

    /// <summary>Rule 7.</summary>
    private StagePlan Timed(StagePlan stage, bool two)
    {
        string name = stage.Stage is { } named ? $"{named} " : "";
        double rate = new TrainingOptions().LearningRate;
        if (_options.MaxDuration is not { } whole)
        {
            Because(7, $"{name}learning rate", FormattableString.Invariant($"{rate}"), "the usual one; no time was given");
            return stage with { LearningRate = rate };
        }
        StagePlan timed = stage with
        {
            MaxDuration = two ? ShareOf(whole, stage.Stage) : whole,
            StepSeconds = _secondsPerVoxel(stage.Network, stage.Voxels) * stage.Voxels.Aggregate(1.0, (product, n) => product * n),
        };
        Because(7, $"{name}time", $"{timed.MaxDuration:c}", FormattableString.Invariant(
            $"a step took {timed.StepSeconds:0.00} s here, measured on fewer voxels, which makes {timed.Steps} steps")
            + (two ? FormattableString.Invariant($"; {timed.MaxDuration!.Value / whole:0%} of the time is this stage's") : ""));
        bool few = timed.Steps < FewSteps;
        Because(7, $"{name}learning rate", FormattableString.Invariant($"{(few ? TuningRate : rate)}"), few ? FormattableString.Invariant(
            $"fewer than {FewSteps} steps are too few to begin anew: begin with the starter model by -InitialModel") : "the usual one");
        return timed with { LearningRate = few ? TuningRate : rate };
    }

    private void Because(int rule, string setting, string value, string why) => _reasons.Add(new PlanReason(rule, setting, value, why));

    private static int[] Voxels(IReadOnlyList<double> mm, IReadOnlyList<double> spacing) =>
        [.. mm.Zip(spacing, (length, step) => Math.Max(1, (int)Math.Ceiling(length / step - 1e-6)))];

    private static int RoundUp(int n, int multiple) => (n + multiple - 1) / multiple * multiple;

    private static int Depth(int[] voxels)
    {
        int stages = MostStages;
        while (stages > 2 && Math.Min(voxels[0], voxels[1]) >> (stages - 1) < FewestPixels) stages--;
        return stages;
    }

    /// <summary>Which of the stored axes runs to the left or right (0), to the back or front (1), to the head or feet (2).</summary>
    private static int AxisOf(CaseFingerprint item, int axis) =>
        item.Orientation.IndexOfAny(axis switch { 0 => ['L', 'R'], 1 => ['P', 'A'], _ => ['S', 'I'] });

    private static double[] Each(Func<int, double> of) => [.. Enumerable.Range(0, 3).Select(of)];

    private static double Median(IEnumerable<double> values) => Percentile.Of(values, 50);

    private static double Rounded(double mm) => Math.Round(mm, 2);

    private static double Product(double[] values) => values.Aggregate(1.0, (product, n) => product * n);

    private static string Mm(IReadOnlyList<double> values) => string.Create(System.Globalization.CultureInfo.InvariantCulture,
        $"{string.Join(" x ", values.Select(v => v.ToString("0.##", System.Globalization.CultureInfo.InvariantCulture)))} mm");
}
