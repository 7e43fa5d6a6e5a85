using static System.FormattableString;

namespace PancreasSeg.Dicom;

/// <summary>The header of one DICOM file: what the image needs of it, and where its pixels lie. The pixels are not read.</summary>
internal sealed class DicomFile
{
    /// <summary>What a deflated header may inflate to before its pixel data.</summary>
    public const long MaxInflatedHeader = 64 << 20;

    private readonly DicomSelection _selection;

    private DicomFile(DicomSource source, long length, DicomSelection selection) =>
        (Source, Length, _selection) = (source, length, selection);

    public DicomSource Source { get; }

    public string Path => Source.Path;

    /// <summary>Bytes of the whole file.</summary>
    public long Length { get; }

    public DicomDataset Meta { get; } = new();

    public DicomDataset Dataset { get; private set; } = new();

    public TransferSyntax Syntax { get; private set; } = TransferSyntax.Of(TransferSyntax.ImplicitLittleEndianUid);

    /// <summary>True when its bytes can only be read from the first one on: packed in an archive, or deflated.</summary>
    public bool IsSequential => Source.Archive is not null || Pixels is { DeflatedFrom: > 0 };

    /// <summary>Null when the data set has no pixel data, or the file is damaged before them.</summary>
    public PixelElement? Pixels { get; private set; }

    /// <summary>What is wrong with the file, as a sentence; null when nothing is. The data set holds what was read before.</summary>
    public string? Damage { get; private set; }

    /// <summary>Reads the header; null when the file is no DICOM file at all.</summary>
    /// <param name="source">The file.</param>
    /// <param name="selection">What is kept of it; null for what an image needs.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static DicomFile? ReadHeader(DicomSource source, DicomSelection? selection = null, CancellationToken cancellation = default)
    {
        Stream stream = source.Open();
        using var input = new DicomInput(stream, stream.Length, cancellation);
        var file = new DicomFile(source, stream.Length, selection ?? DicomSelection.Image);
        // A file whose first bytes cannot be unpacked may have been a slice.
        bool certain = true;
        try
        {
            certain = SkipPreamble(input);
            if (certain || LooksLikeDataset(input.Peek(8))) file.Read(input, cancellation);
        }
        catch (Exception e) when (e is CoreException or InvalidDataException)
        {
            file.Damage = e is CoreException ? e.Message : "Its deflated bytes are damaged.";
        }
        if (certain || file.IsRecognised) return file;
        if (source.Archive is null || IsWhole(input)) return null;
        file.Damage = "Its entry in the archive is damaged.";
        return file;
    }

    /// <summary>Reads to the end of what seems to be no DICOM: in an archive the checksum tells whether it may have been.</summary>
    private static bool IsWhole(DicomInput input)
    {
        try
        {
            input.Skip(input.Length - input.Position);
            return true;
        }
        catch (Exception e) when (e is CoreException or InvalidDataException)
        {
            return false;
        }
    }

    /// <summary>Without the DICM mark, a file counts as DICOM only when it names its class or series.</summary>
    private bool IsRecognised => Dataset.Has(DicomTag.SopClassUid) || Dataset.Has(DicomTag.SeriesInstanceUid);

    private void Read(DicomInput input, CancellationToken cancellation)
    {
        new DicomParser(input, DicomSelection.Image, cancellation).ReadMeta(Meta);
        string? declared = Meta.Uid(DicomTag.TransferSyntaxUid);
        if (declared is not null) Syntax = TransferSyntax.Of(declared);
        if (!Syntax.IsDeflated)
        {
            ReadDataset(input, declared is null, 0, cancellation);
            return;
        }
        long start = input.Position;
        using DicomInput inflated = DicomInput.Inflate(Source.Open(), start, MaxInflatedHeader, cancellation);
        ReadDataset(inflated, false, start, cancellation);
    }

    private void ReadDataset(DicomInput input, bool syntaxUnknown, long deflatedFrom, CancellationToken cancellation)
    {
        DicomEncoding encoding = DetectEncoding(input.Peek(8), Syntax.Encoding, syntaxUnknown);
        if (syntaxUnknown && encoding.IsExplicit)
            Syntax = TransferSyntax.Of(encoding.IsBigEndian ? TransferSyntax.ExplicitBigEndianUid : TransferSyntax.ExplicitLittleEndianUid);
        Dataset = new DicomDataset(encoding.IsBigEndian);
        if (new DicomParser(input, _selection, cancellation).ReadToPixelData(Dataset, encoding) is not { } element) return;

        if (element.IsUndefined)
        {
            if (Syntax.IsNative)
                throw Invalid($"Its pixel data are compressed although the header says {(syntaxUnknown ? "nothing of it" : Syntax)}.");
            int frames = Dataset.Has(DicomTag.NumberOfFrames) ? Dataset.Integer(DicomTag.NumberOfFrames) ?? 0 : 1;
            PixelFragment[][] fragments = EncapsulatedPixels.Read(input, encoding, Math.Max(1, frames), cancellation);
            Pixels = new PixelElement(input.Position, 0, fragments, deflatedFrom);
            return;
        }
        if (deflatedFrom == 0 && element.Length > input.Length - input.Position)
            throw Invalid(Invariant($"Its pixel data are cut: {input.Length - input.Position} of {element.Length} bytes are there."));
        Pixels = new PixelElement(input.Position, element.Length, null, deflatedFrom);
    }

    /// <summary>
    /// The encoding of the first element's own bytes. A group number below 256 tells the byte order, two capital letters in
    /// place of a length (which would be above 16,000 bytes) tell the value representation.
    /// </summary>
    private static DicomEncoding DetectEncoding(ReadOnlySpan<byte> head, DicomEncoding declared, bool syntaxUnknown)
    {
        if (head.Length < 8) return declared;
        bool isExplicit = DicomElement.IsVr((ushort)(head[4] << 8 | head[5]));
        bool isBigEndian = head[0] == 0 && head[1] != 0;
        if (!syntaxUnknown && isBigEndian != declared.IsBigEndian)
            throw Invalid("Its byte order contradicts its transfer syntax.");
        return new DicomEncoding(isExplicit, isBigEndian);
    }

    private static bool SkipPreamble(DicomInput input)
    {
        ReadOnlySpan<byte> head = input.Peek(132);
        int mark = head.Length == 132 && head[128..].SequenceEqual("DICM"u8) ? 128 : head.StartsWith("DICM"u8) ? 0 : -1;
        if (mark >= 0) input.Skip(mark + 4);
        return mark >= 0;
    }

    /// <summary>True when the bytes can be an element of group 0002 or 0008, with which a data set without preamble begins.</summary>
    private static bool LooksLikeDataset(ReadOnlySpan<byte> head)
    {
        if (head.Length < 8) return false;
        bool isExplicit = DicomElement.IsVr((ushort)(head[4] << 8 | head[5]));
        bool shortLength = head[6] == 0 && head[7] == 0;
        return (head[0], head[1]) switch
        {
            (2, 0) or (0, 8) => isExplicit,
            (8, 0) => isExplicit || shortLength,
            _ => false,
        };
    }

    private static CoreException Invalid(string message) => new(Fault.DicomFileInvalid, message);
}
