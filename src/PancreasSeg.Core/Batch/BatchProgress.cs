using System.Diagnostics;

namespace PancreasSeg.Batch;

/// <summary>What a run shows of itself from its first second: studies done of those found, what is at work, and the time left.</summary>
internal sealed class BatchProgress(IProgress<ProgressStep> listener)
{
    private readonly Lock _turn = new();
    private readonly Dictionary<string, double> _atWork = [];                    // part done, by study
    private int _done, _total, _worked;
    private long _began;

    /// <summary>The folder is being read.</summary>
    public void Looking() => listener.Report(new ProgressStep("Looking for studies", Fraction(0)));

    /// <summary>So many studies there are, and so many of them have ended or were left alone.</summary>
    public void Found(int done, int total)
    {
        lock (_turn) (_done, _total) = (done, total);
        Tell("", null);
    }

    /// <summary>A study is begun; what it tells of itself becomes part of the whole.</summary>
    public IProgress<ProgressStep> Begin(string study)
    {
        lock (_turn)
        {
            if (_began == 0) _began = Stopwatch.GetTimestamp();
            _atWork[study] = 0;
        }
        Tell(study, "reading");
        return new StudyProgress(this, study);
    }

    /// <summary>A study has ended, or was left alone.</summary>
    /// <param name="item">The study.</param>
    /// <param name="done">Studies that have ended so far.</param>
    public void End(BatchItem item, int done)
    {
        lock (_turn)
        {
            if (_atWork.Remove(item.Study)) _worked++;
            _done = done;
        }
        Tell(item.Study, $"{item.State}");
    }

    /// <summary>Nothing is to be done until new studies come.</summary>
    /// <param name="unsettled">Studies that may still be growing.</param>
    public void Waiting(int unsettled) => listener.Report(new ProgressStep(
        $"Waiting for studies: {_done} done{(unsettled > 0 ? $", {unsettled} still growing" : "")}", Fraction(0)));

    private void Tell(string study, string? doing)
    {
        double part, worked;
        lock (_turn)
        {
            part = _atWork.Values.Sum();
            worked = _worked + part;
        }
        TimeSpan? left = worked > 0 && _began != 0
            ? Stopwatch.GetElapsedTime(_began) * (Math.Max(0, _total - _done - part) / worked) : null;
        listener.Report(new ProgressStep($"{_done} of {_total} done{(doing is null ? "" : $"; {study}: {doing}")}", Fraction(part), left));
    }

    private double Fraction(double part) => _total == 0 ? 0 : Math.Clamp((_done + part) / _total, 0, 1);

    private sealed class StudyProgress(BatchProgress whole, string study) : IProgress<ProgressStep>
    {
        public void Report(ProgressStep value)
        {
            lock (whole._turn)
            {
                if (!whole._atWork.TryGetValue(study, out double before)) return;
                // The second of two stages begins anew.
                whole._atWork[study] = Math.Clamp(value.Fraction, before, 1);
            }
            whole.Tell(study, value.Status);
        }
    }
}
