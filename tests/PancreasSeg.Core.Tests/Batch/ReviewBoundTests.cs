using PancreasSeg.Batch;
using PancreasSeg.Network;
using PancreasSeg.Preprocess;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Core.Tests.Batch;

/// <summary>The bound of -ReviewBelow says what is flagged, also of what earlier runs have made, and segments nothing again.</summary>
public sealed class ReviewBoundTests : IDisposable
{
    private const string Doubt = nameof(SegmentationReason.QualityDoubtful);

    private static readonly PancreasModel s_one = BatchFixture.Model();
    private static readonly PancreasModel s_model = BatchFixture.ModelThatTells();

    private readonly BatchFixture _batch = new();

    public void Dispose() => _batch.Dispose();

    [Fact]
    public void Another_bound_judges_what_is_done_as_a_fresh_run_would()
    {
        foreach ((string name, int width) in ((string, int)[])[("a", 16), ("b", 8), ("c", 12), ("e", 10)])
            _batch.Study($"{name}.nii", width, (short)(name == "e" ? -50 : 150));
        using var fresh = new BatchFixture();
        foreach ((string name, int width) in ((string, int)[])[("a", 16), ("b", 8), ("c", 12), ("e", 10)])
            fresh.Study($"{name}.nii", width, (short)(name == "e" ? -50 : 150));
        Assert.Equal(4, _batch.Run(model: s_model).Summary.Done);
        Assert.DoesNotContain(_batch.History(), item => item.Reasons.Contains(Doubt));
        int passes = _batch.Passes;
        foreach (double? bound in (double?[])[0.5, 0.95, 0.1, null, 0.5])
        {
            (BatchSummary run, List<BatchItem> items) = _batch.Run(o => o with { ReviewBelow = bound }, model: s_model);
            List<BatchItem> expected = fresh.Run(o => o with { ReviewBelow = bound, Force = true }, model: s_model).Items;
            Assert.Equal((0, 4, BatchOutcome.Completed), (run.Done, run.Skipped, run.Outcome));
            Assert.Equal(expected.Select(Judgement), items.Select(Judgement));
            Assert.Equal(expected.Select(Judgement), _batch.History().OrderBy(i => i.Study, StringComparer.Ordinal).Select(Judgement));
            string[] doubtful = [.. items.Where(i => i.Reasons.Contains(Doubt)).Select(i => i.Study)];
            Assert.Equal(bound switch { 0.5 => ["b"], 0.95 => ["a", "b", "c"], _ => (string[])[] }, doubtful);
        }
        Assert.Equal(passes, _batch.Passes);
        Assert.Equal(1, MergedReport.Write(_batch.Output.Root).Flagged - 1);    // b, and the empty one
    }

    [Fact]
    public void A_run_of_some_studies_judges_no_others()
    {
        foreach (string name in (string[])["a", "b"]) _batch.Study($"{name}.nii", 8);
        _batch.Run(model: s_model);
        _batch.Run(o => o with { ReviewBelow = 0.5, Study = name => name == "b" }, model: s_model);
        Assert.Equal([false, true], _batch.History().OrderBy(i => i.Study, StringComparer.Ordinal).Select(i => i.IsFlagged));
    }

    [Fact]
    public void Results_of_another_division_into_shards_are_judged_and_entered_where_they_are_looked_at()
    {
        foreach (string name in (string[])["a", "b", "c"]) _batch.Study($"{name}.nii", 8);
        foreach (int part in (int[])[0, 1]) _batch.Run(o => o with { Shard = new BatchShard(part, 2) }, model: s_model);
        int passes = _batch.Passes;
        Assert.All(_batch.Run(o => o with { ReviewBelow = 0.5 }, model: s_model).Items, item => Assert.Contains(Doubt, item.Reasons));
        Assert.Equal((passes, 3), (_batch.Passes, MergedReport.Write(_batch.Output.Root).Flagged));
        Assert.Equal(3, _batch.Run(o => o with { ReviewBelow = 0.5 }, model: s_model).Summary.Skipped);
    }

    [Fact]
    public void Of_two_journals_that_have_a_study_the_newest_judgement_holds()
    {
        _batch.Study("a.nii", 8);
        double?[] bounds = [0.5, null, 0.5, 0.5, null];
        _batch.Run(o => o with { Shard = new BatchShard(0, 1) }, model: s_model);
        int passes = _batch.Passes;
        foreach (double? bound in bounds)
            foreach (BatchShard? shard in (BatchShard?[])[null, new BatchShard(0, 1)])
            {
                // Each asks after the other has asked for the opposite.
                double? own = shard is null ? bound : bound is null ? 0.5 : null;
                BatchItem item = _batch.Run(o => o with { ReviewBelow = own, Shard = shard }, model: s_model).Items.Single();
                Assert.Equal((true, own is not null), (item.State == BatchState.Done, item.Reasons.Contains(Doubt)));
                Assert.Equal(own is null ? 0 : 1, MergedReport.Write(_batch.Output.Root).Flagged);
            }
        Assert.Equal(passes, _batch.Passes);
    }

    [Fact]
    public void What_failed_here_before_another_journal_had_it_is_judged_as_that_result()
    {
        _batch.Study("a.nii", 8);
        var shard = new BatchShard(0, 1);
        _batch.OnRun = () => throw new InvalidOperationException("broken");
        Assert.Equal(BatchState.Quarantined, _batch.Run(o => o with { Shard = shard }, model: s_model).Items[^1].State);
        _batch.OnRun = null;
        _batch.Run(model: s_model);
        foreach (double? bound in (double?[])[null, 0.5])
        {
            (BatchSummary run, List<BatchItem> items) = _batch.Run(o => o with { ReviewBelow = bound, Shard = shard }, model: s_model);
            Assert.Equal((BatchState.Done, 0, bound is not null), (items.Single().State, run.Outstanding, items.Single().IsFlagged));
        }
    }

    [Fact]
    public void What_else_is_said_of_a_result_stays()
    {
        var item = new BatchItem
        {
            State = BatchState.Done,
            Status = SegmentationStatus.Warning,
            Reasons = [nameof(SegmentationReason.MaskTouchesBorder)],
            Message = "Touches.",
            ExpectedDice = 0.6,
        };
        BatchItem judged = item.Reviewed(0.7), back = judged.Reviewed(0.5);
        Assert.Equal($"Touches. {ReasonText.Of(Doubt)}", judged.Message);
        Assert.Equal(Judgement(item), Judgement(back));
        // A DICOM object that could not be written is no warning of the mask.
        BatchItem unwritten = item with { Status = SegmentationStatus.Ok, Reasons = [nameof(Fault.DicomSeriesEmpty)], Message = "None." };
        Assert.Equal(Judgement(unwritten), Judgement(unwritten.Reviewed(0.7).Reviewed(null)));
        BatchItem failed = item with { State = BatchState.Failed, Status = SegmentationStatus.Failed };
        Assert.Same(failed, failed.Reviewed(0.7));
        BatchItem faint = item with { ExpectedDice = null, ReviewReason = "ProbabilityLow" };
        Assert.Contains(Doubt, faint.Reviewed(0).Reasons);
        Assert.Same(faint, faint.Reviewed(null));
    }

    [Fact]
    public void Models_that_tell_nothing_of_such_masks_refuse_the_bound()
    {
        PancreasModel bounded = s_model.Planned(s_model.Plan with { EnhancedHu = [0, 90] });
        PancreasModel located = s_model.Planned(new PreprocessPlan { Spacing = [3, 3, 3], BoxSize = [150, 150, 150] }).WithLocator(s_one);
        foreach ((PancreasModel model, SegmentationOptions options) in ((PancreasModel, SegmentationOptions)[])[
            (ModelEnsemble.Of("e", [s_one, s_one]), new()), (bounded, new()), (located, new()), (s_model, new() { Threshold = 0.6 })])
            Assert.Equal(Fault.SettingInvalid, Assert.Throws<CoreException>(
                () => _batch.Run(o => o with { ReviewBelow = 0.5, Segmentation = options }, model: model)).Fault);
    }

    private static string Judgement(BatchItem item) =>
        $"{item.Study} {item.Status} {string.Join(',', item.Reasons)} {item.Message} {item.IsFlagged} {item.ReviewReason}";
}
