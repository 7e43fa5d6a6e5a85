namespace PancreasSeg.Network.Foreign;

/// <summary>A network that answers patches of one fixed size. Takes and gives plain floats.</summary>
internal interface IPatchNetwork : IDisposable
{
    /// <summary>Channels of the answer.</summary>
    int Channels { get; }

    /// <summary>Logits of one patch.</summary>
    /// <param name="patch">The patch's values, last axis fastest.</param>
    /// <param name="logits">Takes for each channel as many values as the patch has.</param>
    /// <param name="cancellation">Looked at between parts of the network.</param>
    void Run(ReadOnlyMemory<float> patch, Span<float> logits, CancellationToken cancellation);
}
