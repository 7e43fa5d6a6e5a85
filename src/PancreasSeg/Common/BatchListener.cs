using PancreasSeg.Batch;

namespace PancreasSeg.Common;

/// <summary>Passes on to the pipeline what a batch tells.</summary>
internal sealed class BatchListener(PipelineChannel channel) : IBatchListener
{
    /// <inheritdoc/>
    public void Ended(BatchItem item)
    {
        channel.Output(item);
        if (item.Message is { } message && !item.IsSkipped) channel.Warn($"{item.Study}: {message}");
    }

    /// <inheritdoc/>
    public void Decided(string text) => channel.Verbose(text);

    /// <inheritdoc/>
    public void Report(ProgressStep value) => channel.Report(value);
}
