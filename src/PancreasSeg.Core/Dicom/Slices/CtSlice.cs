using PancreasSeg.Dicom.Codecs;
using static System.FormattableString;

namespace PancreasSeg.Dicom;

/// <summary>One image of a series: its place, its pixel format and where its samples lie. Holds no pixels.</summary>
internal sealed record CtSlice
{
    public required DicomFile File { get; init; }

    /// <summary>Frame within the file, from 0.</summary>
    public required int Frame { get; init; }

    public required SliceKind Kind { get; init; }

    public required FrameFormat Format { get; init; }

    public required FrameAttributes Attributes { get; init; }

    /// <summary>Null when <see cref="Problem"/> says what is wrong with it.</summary>
    public PlaneGeometry? Plane { get; init; }

    public Rescale Rescale { get; init; }

    /// <summary>The first thing that makes this image unusable in a CT stack; null when nothing does.</summary>
    public SeriesProblem? Problem { get; init; }

    public string Path => File.Path;

    /// <summary>The file's name, and the frame where the file holds several.</summary>
    public string Name
    {
        get
        {
            string file = System.IO.Path.GetFileName(Path);
            return IsFrame ? Invariant($"{file} frame {Frame + 1}") : file;
        }
    }

    public int Rows => Format.Rows;

    public int Columns => Format.Columns;

    public string SeriesInstanceUid => Attributes.Uid(DicomTag.SeriesInstanceUid) ?? "";

    public string? SopInstanceUid => Attributes.Uid(DicomTag.SopInstanceUid) ?? File.Meta.Uid(DicomTag.MediaStorageSopInstanceUid);

    public string? SopClassUid => Attributes.Uid(DicomTag.SopClassUid) ?? File.Meta.Uid(DicomTag.MediaStorageSopClassUid);

    /// <summary>True for a frame of a file that holds several.</summary>
    public bool IsFrame => File.Dataset.Has(DicomTag.PerFrameFunctionalGroupsSequence);

    public int? AcquisitionNumber =>
        Attributes.UInt16(DicomTag.FrameAcquisitionNumber) ?? Attributes.Integer(DicomTag.AcquisitionNumber);

    /// <summary>Reconstruction kernel, cut to printable characters; null when the header has none.</summary>
    public string? Kernel
    {
        get
        {
            string text = string.Join(' ', Attributes.Texts(DicomTag.ConvolutionKernel));
            return text.Length == 0 ? null : new string([.. text.Take(32).Select(c => char.IsControl(c) ? '?' : c)]);
        }
    }

    public double? Thickness => Attributes.Number(DicomTag.SliceThickness) is > 0 and double mm ? mm : null;
}
