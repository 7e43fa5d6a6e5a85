namespace PancreasSeg.Training;

/// <summary>Makes training cases without end, for instance by simulation.</summary>
public interface ITrainingSource
{
    /// <summary>
    /// Case number <paramref name="index"/>, counted from 0. A source gives the same case for the same number always, whatever was
    /// asked before; calls come from several threads at once. A case need not show a pancreas.
    /// </summary>
    TrainingCase Create(long index, CancellationToken cancellation);
}
