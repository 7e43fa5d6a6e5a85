namespace PancreasSeg.Dicom;

/// <summary>
/// The attributes of one frame: those of its own functional groups, then those shared by all frames, then those of the data
/// set itself. A single-frame image has only the last.
/// </summary>
internal sealed class FrameAttributes(params DicomDataset[] layers)
{
    public bool Has(uint tag) => Find(tag).Has(tag);

    public byte[] Raw(uint tag) => Find(tag).Raw(tag);

    public IReadOnlyList<DicomDataset> Items(uint tag) => Find(tag).Items(tag);

    public string? Text(uint tag) => Find(tag).Text(tag);

    public string? Words(uint tag) => Find(tag).Words(tag);

    public string? Uid(uint tag) => Find(tag).Uid(tag);

    public string[] Texts(uint tag) => Find(tag).Texts(tag);

    public string? Fingerprint(uint tag) => Find(tag).Fingerprint(tag);

    public double[]? Numbers(uint tag) => Find(tag).Numbers(tag);

    public double? Number(uint tag) => Find(tag).Number(tag);

    public int? Integer(uint tag) => Find(tag).Integer(tag);

    public int? UInt16(uint tag) => Find(tag).UInt16(tag);

    // Of the last layer whatever it says is the answer, also that it has nothing.
    private DicomDataset Find(uint tag)
    {
        foreach (DicomDataset layer in layers.AsSpan(0, layers.Length - 1))
            if (layer.Has(tag)) return layer;
        return layers[^1];
    }
}
