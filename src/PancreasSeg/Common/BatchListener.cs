using PancreasSeg.Batch;

namespace PancreasSeg.Common;

/// <summary>Passes on to the pipeline what a batch tells.</summary>
internal sealed class BatchListener(PipelineChannel channel) : IBatchListener
{
    /// <inheritdoc/>
    public void Ended(BatchItem item)
    {
        channel.Output(item);
        string?[] words = [item.IsSkipped ? null : item.Message, item.State == BatchState.Unsent ? item.NotSent : null];
        foreach (string told in words.OfType<string>()) channel.Warn($"{item.Study}: {told}");
    }

    /// <inheritdoc/>
    public void Decided(string text) => channel.Verbose(text);

    /// <inheritdoc/>
    public void Report(ProgressStep value) => channel.Report(value);
}
