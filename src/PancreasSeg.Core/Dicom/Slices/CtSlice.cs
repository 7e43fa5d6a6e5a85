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

    public required SliceDerivation Derivation { get; init; }

    public required FrameFormat Format { get; init; }

    public required FrameAttributes Attributes { get; init; }

    /// <summary>Null when <see cref="Problem"/> says what is wrong with it.</summary>
    public PlaneGeometry? Plane { get; init; }

    public Rescale Rescale { get; init; }

    /// <summary>Which HU stand for no value; null when the header declares none.</summary>
    public HuRange? Padding { get; init; }

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

    public string? StudyInstanceUid => Attributes.Uid(DicomTag.StudyInstanceUid);

    public string? SopInstanceUid => Attributes.Uid(DicomTag.SopInstanceUid) ?? File.Meta.Uid(DicomTag.MediaStorageSopInstanceUid);

    public string? SopClassUid => Attributes.Uid(DicomTag.SopClassUid) ?? File.Meta.Uid(DicomTag.MediaStorageSopClassUid);

    /// <summary>True when the header says that detail was lost.</summary>
    public bool IsLossy => Format.IsLossy || File.Syntax.IsLossy;

    /// <summary>True when plain pixel data are longer than their samples and the one byte that makes them even.</summary>
    public bool HasBlankEnd
    {
        get
        {
            long frames = IsFrame ? File.Dataset.Integer(DicomTag.NumberOfFrames) ?? 1 : 1;
            return File.Pixels?.Length > (long)Rows * Columns * (Format.BitsAllocated / 8) * frames + 1;
        }
    }

    /// <summary>True when class or modality says CT: damage may have changed the other.</summary>
    public bool NamesCt => Attributes.Text(DicomTag.Modality) == "CT" || CtSliceFactory.IsCtClass(SopClassUid);

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

    public int? SeriesNumber => Attributes.Integer(DicomTag.SeriesNumber);

    /// <summary>Peak tube voltage in kV.</summary>
    public double? Voltage => Attributes.Number(DicomTag.Kvp) is > 0 and double kv ? Math.Round(kv, 1) : null;

    /// <summary>Image Type in capitals; null when absent or not of its characters.</summary>
    public string? ImageType
    {
        get
        {
            string text = string.Join('\\', Attributes.Texts(DicomTag.ImageType)).ToUpperInvariant();
            return text.Length is > 0 and <= 64 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '\\' or ' ' or '_') ? text : null;
        }
    }

    public double? Thickness => Attributes.Number(DicomTag.SliceThickness) is > 0 and double mm ? mm : null;
}
