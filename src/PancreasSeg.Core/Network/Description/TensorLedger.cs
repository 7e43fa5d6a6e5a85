namespace PancreasSeg.Network;

/// <summary>Bytes of tensors that live at once, and the most there ever were.</summary>
internal sealed class TensorLedger
{
    /// <summary>Bytes alive now.</summary>
    public long Live { get; private set; }

    /// <summary>The most bytes that were alive.</summary>
    public long Peak { get; private set; }

    /// <summary>A tensor is made.</summary>
    /// <returns>Its bytes, to hand to <see cref="Free"/>.</returns>
    public long Make(long bytes)
    {
        Live += bytes;
        Peak = Math.Max(Peak, Live);
        return bytes;
    }

    /// <summary>Tensors are freed.</summary>
    public void Free(params ReadOnlySpan<long> bytes)
    {
        foreach (long freed in bytes) Live -= freed;
    }

    /// <summary>Tensors that live only while everything else here does.</summary>
    public void Touch(long bytes) => Free(Make(bytes));
}
