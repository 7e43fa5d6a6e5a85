using System.Collections.Concurrent;
using PancreasSeg.Batch;
using PancreasSeg.Core.Tests.Evaluation;
using PancreasSeg.Core.Tests.Network;
using PancreasSeg.Dicom;
using PancreasSeg.Network;
using PancreasSeg.Nifti;
using PancreasSeg.Preprocess;

namespace PancreasSeg.Core.Tests.Batch;

/// <summary>A folder of studies, one for results, and an engine that calls bright voxels pancreas.</summary>
internal sealed class BatchFixture : IDisposable
{
    private static readonly VolumeGrid s_grid = VolumeGrid.Axial(96, 96, 48, new(4, 4, 5));

    private readonly TemporaryFolder _folder = new();

    public BatchFixture()
    {
        Directory.CreateDirectory(Studies);
        Directory.CreateDirectory(Output.Root);
    }

    /// <summary>Volume of the bright box of a study.</summary>
    public static double Millilitres(int width) => width * 12 * 6 * 0.08;

    public string Studies => _folder.File("studies");

    public BatchFolder Output => new(_folder.File("out"));

    /// <summary>Called before each pass of the network.</summary>
    public Action? OnRun { get; set; }

    /// <summary>Passes of the network so far.</summary>
    public int Passes { get; private set; }

    /// <summary>Writes a study with a bright box of <paramref name="width"/> columns; 16 make it plausible.</summary>
    public string Study(string name, int width = 16, short hu = 150)
    {
        string path = Path.Combine(Studies, name);
        NiftiFile.Write(path, new CtVolume(s_grid, Values(width, hu), new("study")));
        return path;
    }

    /// <summary>As <see cref="Study"/>, a folder of DICOM files, whose slices lie askew by <paramref name="shift"/> mm each.</summary>
    public string DicomStudy(string name, int width = 16, short hu = 150, double shift = 0, Action<DicomWriter, int>? change = null)
    {
        string folder = Directory.CreateDirectory(Path.Combine(Studies, name)).FullName;
        short[] values = Values(width, hu);
        int area = s_grid.Columns * s_grid.Rows;
        for (int k = 0; k < s_grid.Slices; k++)
        {
            DicomWriter slice = TestSeries.Slice(k)
                .Numbers(DicomTag.ImagePositionPatient, 0, shift * k, 5 * k)
                .Number(DicomTag.Rows, s_grid.Rows)
                .Number(DicomTag.Columns, s_grid.Columns)
                .Numbers(DicomTag.PixelSpacing, 4, 4)
                .Samples(DicomTag.PixelData, [.. values.AsSpan(k * area, area).ToArray().Select(v => (ushort)(v + 1024))]);
            change?.Invoke(slice, k);
            File.WriteAllBytes(Path.Combine(folder, $"{k:00}.dcm"), slice.File());
        }
        return folder;
    }

    public BatchOptions Options => new() { Path = Studies, OutputPath = Output.Root, RetryDelay = TimeSpan.Zero };

    public (BatchSummary Summary, List<BatchItem> Items) Run(
        Func<BatchOptions, BatchOptions>? change = null, Listener? listener = null, PancreasModel? model = null,
        CancellationToken cancellation = default)
    {
        listener ??= new Listener();
        BatchOptions options = change is null ? Options : change(Options);
        using var runner = new BatchRunner(options, model ?? Model(), _ => new FakeEngine(v => v > 0.05f ? 1 : 0)
        {
            OnRun = () =>
            {
                Passes++;
                OnRun?.Invoke();
            },
        });
        BatchSummary summary = runner.Run(listener, cancellation);
        return (summary, [.. listener.Items.OrderBy(i => i.Study, StringComparer.Ordinal)]);
    }

    /// <summary>Leaves what a process leaves in the journal that dies at work on a study.</summary>
    public void Die(string study, bool alone, bool preempted = false)
    {
        using BatchJournal journal = SqliteJournal.Open(Output, preempted ? BatchState.Preempted : BatchState.Interrupted);
        Claim(journal, study, Guid.NewGuid().ToString("N"), alone);
    }

    /// <summary>Claims a study for a new run.</summary>
    public StudyClaim Claim(BatchJournal journal, string study, string run, bool alone = false)
    {
        journal.Begin(new BatchSummary { Run = run, Started = DateTimeOffset.UtcNow, Model = "m" }, "sha");
        StudyClaim claim = Work(journal, run).Claim(Find(study), alone, CancellationToken.None);
        Assert.True(claim.IsOurs);
        return claim;
    }

    /// <summary>Does studies of a run; it has no network.</summary>
    public StudySegmenter Work(BatchJournal journal, string run, bool force = false) =>
        new(Options with { Force = force }, Output, Model(), null!, null!, journal, new Dictionary<string, AttemptRow>(), run, journal.Now);

    /// <summary>A study of the folder.</summary>
    public IBatchStudy Find(string study) =>
        StudyListing.Of(Studies, new Dictionary<string, string>()).Studies.Single(s => s.Name == study);

    /// <summary>A worker begins to do everything again; another that is asked the same does it all; the first has nothing left.</summary>
    public void CheckForceBesideAnother(Func<BatchJournal> open, Func<BatchOptions, BatchOptions> change)
    {
        Study("a.nii");
        Assert.Equal(1, Run(change).Summary.Done);
        using BatchJournal journal = open();
        journal.Begin(new BatchSummary { Run = "first", Started = DateTimeOffset.UtcNow, Model = "m" }, "sha");
        StudySegmenter first = Work(journal, "first", force: true);
        Assert.Equal(1, Run(o => change(o) with { Force = true }).Summary.Done);
        StudyClaim claim = first.Claim(Find("a"), false, CancellationToken.None);
        Assert.Equal((false, true, BatchState.Done), (claim.IsOurs, claim.Item.IsSkipped, claim.Item.State));
        Assert.Equal(1, Run(o => change(o) with { Force = true }).Summary.Done);
    }

    /// <summary>A run knows a study alone, another beside it with a sibling of the same name: both call it the same.</summary>
    public void CheckOneName(Func<BatchJournal> open)
    {
        Study("case.nii.gz");
        using BatchJournal one = open();
        using var alive = new BatchLock(Output.Staging, "one");
        Assert.Equal("case", Claim(one, "case", "one").Item.Study);
        DicomStudy("case", width: 12);
        IBatchStudy[] both = [.. StudyListing.Of(Studies, new Dictionary<string, string>()).Studies];
        Assert.All(both, study => Assert.StartsWith("case-", study.Name, StringComparison.Ordinal));
        using BatchJournal two = open();
        two.Begin(new BatchSummary { Run = "two", Started = DateTimeOffset.UtcNow, Model = "m" }, "sha");
        StudyClaim[] claims = [.. both.Select(study => Work(two, "two").Claim(study, false, CancellationToken.None))];
        Assert.Equal([(true, both[0].Name), (false, "case")], claims.Select(claim => (claim.IsOurs, claim.Study.Name)));
        Assert.True(claims[1].IsElsewhere);
    }

    /// <summary>All attempts in the journal.</summary>
    public IReadOnlyList<BatchItem> History()
    {
        using BatchJournal journal = SqliteJournal.OpenExisting(Output);
        return journal.History();
    }

    public IReadOnlyList<string> ResultFiles => !Directory.Exists(Output.Results) ? [] :
        [.. Directory.EnumerateFiles(Output.Results, "*", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(Output.Results, f).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    public void Dispose() => _folder.Dispose();

    private static short[] Values(int width, short hu)
    {
        short[] values = new short[s_grid.VoxelCount];
        Array.Fill(values, (short)-50);
        for (int s = 3; s < 9; s++)
            for (int r = 8; r < 20; r++)
                for (int c = 8; c < 8 + width; c++) values[s_grid.IndexOf(c, r, s)] = hu;
        values[^1] = -1000;
        return values;
    }

    public static PancreasModel Model(double windowHigh = 240) =>
        BrightTissueModel.Create(hu: 60, new PreprocessPlan { Size = [96, 96, 48], WindowHigh = windowHigh });

    /// <summary>An ensemble that expects the less of a mask the further its volume is from that of 16 columns.</summary>
    public static PancreasModel ModelThatTells() =>
        ModelEnsemble.Of("e", [Model(), Model()], null, null, QualityModels.ByVolume(Millilitres(16)));

    public sealed class Listener : IBatchListener
    {
        public ConcurrentQueue<BatchItem> Items { get; } = [];

        public Action<BatchItem>? OnEnded { get; init; }

        public Action<ProgressStep>? OnStep { get; init; }

        public void Ended(BatchItem item)
        {
            Items.Enqueue(item);
            OnEnded?.Invoke(item);
        }

        public void Decided(string text) { }

        public ConcurrentQueue<ProgressStep> Steps { get; } = [];

        public void Report(ProgressStep value)
        {
            Assert.InRange(value.Fraction, 0, 1);
            Steps.Enqueue(value);
            OnStep?.Invoke(value);
        }
    }
}
