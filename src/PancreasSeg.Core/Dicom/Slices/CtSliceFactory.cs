using PancreasSeg.Dicom.Codecs;
using static System.FormattableString;

namespace PancreasSeg.Dicom;

/// <summary>Turns the header of a file into the images it holds: one, or one per frame of an enhanced CT object.</summary>
internal static class CtSliceFactory
{
    private const string CtImage = "1.2.840.10008.5.1.4.1.1.2";
    private const string EnhancedCtImage = "1.2.840.10008.5.1.4.1.1.2.1";
    private const string LegacyConvertedCtImage = "1.2.840.10008.5.1.4.1.1.2.2";
    private const string SecondaryCaptureImage = "1.2.840.10008.5.1.4.1.1.7";

    /// <summary>Pixels of one slice beyond which a header is taken for damaged; CT matrices end at 4096 x 4096.</summary>
    private const int MaxSlicePixels = 1 << 24;

    /// <summary>True for the storage classes of CT images.</summary>
    public static bool IsCtClass(string? sopClass) =>
        sopClass == CtImage || sopClass?.StartsWith(CtImage + ".", StringComparison.Ordinal) == true;

    /// <summary>The images of a file; none for objects without one (structure sets, reports, directories).</summary>
    public static IReadOnlyList<CtSlice> Create(DicomFile file)
    {
        DicomDataset data = file.Dataset;
        SliceKind kind = KindOf(file);
        bool isImage = file.Pixels is not null || data.Has(DicomTag.Rows) || kind == SliceKind.Ct || file.Damage is not null;
        if (!isImage) return [];

        IReadOnlyList<DicomDataset> groups = data.Items(DicomTag.PerFrameFunctionalGroupsSequence);
        DicomDataset[] shared = [.. data.Items(DicomTag.SharedFunctionalGroupsSequence).Take(1).SelectMany(g => g.FirstItems())];
        FrameFormat format = FormatOf(data);
        int? frames = data.Has(DicomTag.NumberOfFrames) ? data.Integer(DicomTag.NumberOfFrames) : 1;
        SeriesProblem? problem = kind == SliceKind.Ct || file.Damage is not null ? FileProblem(file, format, frames, groups.Count) : null;

        int count = problem is null && groups.Count > 0 ? groups.Count : 1;
        var slices = new CtSlice[count];
        for (int i = 0; i < count; i++)
        {
            FrameAttributes attributes = groups.Count == 0 ? new(data) : new([.. groups[i].FirstItems(), .. shared, data]);
            PlaneGeometry? plane = PlaneGeometry.Read(attributes, out string? planeFault);
            Rescale rescale = Rescale.Read(attributes, out string? rescaleFault);
            SeriesProblem? own = kind != SliceKind.Ct ? null
                : planeFault is not null ? Problem(SeriesReason.GeometryInvalid, file, planeFault)
                : rescaleFault is not null ? Problem(SeriesReason.RescaleInvalid, file, rescaleFault)
                : null;
            slices[i] = new CtSlice
            {
                File = file,
                Frame = i,
                Kind = IsLocalizer(attributes) && kind == SliceKind.Ct ? SliceKind.Localizer : kind,
                Derivation = kind == SliceKind.Ct ? DerivedSlices.Of(attributes) : SliceDerivation.None,
                Format = format,
                Attributes = attributes,
                Plane = plane,
                Rescale = rescale,
                Padding = PixelPadding.Read(attributes, format, rescale),
                Problem = problem ?? own,
            };
        }
        return slices;
    }

    private static SliceKind KindOf(DicomFile file)
    {
        string? sopClass = file.Dataset.Uid(DicomTag.SopClassUid) ?? file.Meta.Uid(DicomTag.MediaStorageSopClassUid);
        string? modality = file.Dataset.Text(DicomTag.Modality);
        if (sopClass == SecondaryCaptureImage || sopClass?.StartsWith(SecondaryCaptureImage + ".", StringComparison.Ordinal) == true)
            return SliceKind.SecondaryCapture;
        if (sopClass is null && modality is null)
        {
            // Too little is left of a damaged file to tell; it may have been a slice.
            return file.Damage is not null || file.Pixels is null ? SliceKind.Ct : SliceKind.Other;
        }
        bool classFits = sopClass is null or CtImage or EnhancedCtImage or LegacyConvertedCtImage;
        bool modalityFits = modality is null or "CT";
        return classFits && modalityFits ? SliceKind.Ct : SliceKind.Other;
    }

    private static bool IsLocalizer(FrameAttributes attributes) =>
        attributes.Texts(DicomTag.ImageType).Concat(attributes.Texts(DicomTag.FrameType))
            .Contains("LOCALIZER", StringComparer.OrdinalIgnoreCase);

    private static FrameFormat FormatOf(DicomDataset data) => new(
        data.UInt16(DicomTag.Rows) ?? 0,
        data.UInt16(DicomTag.Columns) ?? 0,
        data.UInt16(DicomTag.BitsAllocated) ?? 0,
        data.UInt16(DicomTag.BitsStored) ?? 0,
        data.UInt16(DicomTag.PixelRepresentation) == 1,
        data.Text(DicomTag.LossyImageCompression) == "01");

    private static SeriesProblem? FileProblem(DicomFile file, FrameFormat format, int? frames, int groups)
    {
        if (file.Damage is not null)
            return new SeriesProblem(SeriesReason.Damaged, $"'{Path.GetFileName(file.Path)}' is damaged: {file.Damage}", file.Path);
        if (file.Pixels is null) return Problem(SeriesReason.Damaged, file, "has no pixel data");
        if (format.Rows == 0 || format.Columns == 0) return Problem(SeriesReason.Damaged, file, "has no rows or columns");
        if (format.Rows * (long)format.Columns > MaxSlicePixels)
            return Problem(SeriesReason.TooLarge, file, $"claims {format.Columns} x {format.Rows} pixels, more than any CT slice has");
        if (frames is not > 0 || (groups > 0 && groups != frames))
            return Problem(SeriesReason.Damaged, file, "has an impossible number of frames (0028,0008)");
        if (groups == 0 && frames != 1)
            return Problem(SeriesReason.GeometryInvalid, file, $"holds {frames} frames without a position for each");
        return FormatProblem(file, format) ?? LengthProblem(file, format, frames.Value);
    }

    private static SeriesProblem? FormatProblem(DicomFile file, FrameFormat format)
    {
        DicomDataset data = file.Dataset;
        SeriesProblem Unsupported(string what) => Problem(SeriesReason.PixelFormatNotSupported, file, what);
        if (data.UInt16(DicomTag.SamplesPerPixel) is > 1) return Unsupported("is a colour image");
        if (data.Text(DicomTag.PhotometricInterpretation) is not (null or "MONOCHROME2" or "MONOCHROME1"))
            return Unsupported("is not monochrome (0028,0004)");
        if (format.BitsAllocated is not (8 or 16))
            return Unsupported($"has {format.BitsAllocated} bits allocated per sample; 8 and 16 are read");
        if (format.BitsStored < 1 || format.BitsStored > format.BitsAllocated)
            return Unsupported($"stores {format.BitsStored} bits in {format.BitsAllocated}");
        if (data.UInt16(DicomTag.HighBit) is { } high && high != format.BitsStored - 1)
            return Unsupported($"has high bit {high} for {format.BitsStored} stored bits");
        return data.UInt16(DicomTag.PixelRepresentation) is 0 or 1 ? null
            : Unsupported("does not say whether its samples are signed (0028,0103)");
    }

    private static SeriesProblem? LengthProblem(DicomFile file, FrameFormat format, int frames)
    {
        if (!file.Syntax.IsNative)
            return file.Pixels!.Frames is null && FrameCodecs.ForTransferSyntax(file.Syntax.Uid) is not null
                ? Problem(SeriesReason.Damaged, file, $"has plain pixel data although the header says {file.Syntax}") : null;
        long needed = (long)format.Rows * format.Columns * (format.BitsAllocated / 8) * frames;
        // Less than a row behind the last pixel is blank; more may be pixels of another matrix.
        long row = (long)format.Columns * (format.BitsAllocated / 8), behind = file.Pixels!.Length - needed;
        return behind >= 0 && behind < Math.Max(row, 2) ? null
            : Problem(SeriesReason.Damaged, file, Invariant(
                $"has {file.Pixels.Length} bytes of pixel data where {format.Columns} x {format.Rows} x {frames} samples need {needed}"));
    }

    private static SeriesProblem Problem(SeriesReason reason, DicomFile file, string what) =>
        new(reason, $"'{Path.GetFileName(file.Path)}' {what}.", file.Path);
}
