namespace PancreasSeg.Batch;

/// <summary>Is told what a batch does, from several threads.</summary>
public interface IBatchListener : IProgress<ProgressStep>
{
    /// <summary>An attempt has ended, or a study was left alone.</summary>
    void Ended(BatchItem item);

    /// <summary>A decision worth knowing.</summary>
    void Decided(string text);
}
