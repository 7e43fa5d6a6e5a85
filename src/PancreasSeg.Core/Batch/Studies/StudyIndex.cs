using PancreasSeg.Dicom;

namespace PancreasSeg.Batch;

/// <summary>Which files below an entry of the folder belong to which examination, told by their StudyInstanceUID.</summary>
internal static class StudyIndex
{
    // A file is read as far as its matrix, which an image has and a directory or a report has not.
    private static readonly DicomSelection s_selection = new(tag => tag is DicomTag.StudyInstanceUid or DicomTag.SopClassUid
        or DicomTag.Modality or DicomTag.Rows, _ => false);

    /// <summary>One file, or what a zip archive holds of one examination.</summary>
    /// <param name="Path">Full path of the file or archive.</param>
    /// <param name="Study">Out of <see cref="IdOf"/>; null for what is no DICOM and names no examination.</param>
    /// <param name="IsCt">True where an image says that it is CT.</param>
    public sealed record Member(string Path, string? Study, bool IsCt);

    /// <summary>How an examination is told from others without its UID.</summary>
    /// <param name="studyInstanceUid">Null or empty for images that name none.</param>
    public static string IdOf(string? studyInstanceUid) => BatchStudy.Hash(studyInstanceUid ?? "");

    /// <summary>Reads the headers below an entry; zip archives are opened wherever they lie.</summary>
    /// <exception cref="CoreException"><see cref="Fault.FileNotFound"/> or <see cref="Fault.FileReadFailed"/>.</exception>
    public static IReadOnlyList<Member> Read(string entry, CtSeriesOptions options, CancellationToken cancellation)
    {
        List<string> files = FileWalk.Collect([entry], options.MaxFiles, out _, [], cancellation);
        var members = new IReadOnlyList<Member>[files.Count];
        ParallelWork.For(files.Count, i => members[i] = MembersOf(files[i], options, cancellation), cancellation);
        return [.. members.SelectMany(m => m)];
    }

    private static IReadOnlyList<Member> MembersOf(string file, CtSeriesOptions options, CancellationToken cancellation)
    {
        try
        {
            if (!ZipDirectory.IsArchive(file)) return [MemberOf(new DicomDiskFile(file), file, cancellation)];
            Member[] inside = [.. ZipDirectory.Read(file, options, [], out _, cancellation).Select(e => MemberOf(e, file, cancellation))];
            return [.. inside.Where(m => m.Study is not null).GroupBy(m => m.Study)
                .Select(study => study.First() with { IsCt = study.Any(m => m.IsCt) })];
        }
        catch (Exception e) when (e is CoreException or IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return [new Member(file, null, false)];       // told by the reader, beside whose slices it lies
        }
    }

    private static Member MemberOf(DicomSource source, string path, CancellationToken cancellation)
    {
        if (DicomFile.ReadHeader(source, s_selection, cancellation) is not { } file) return new Member(path, null, false);
        DicomDataset data = file.Dataset;
        bool isImage = data.Has(DicomTag.Rows);
        bool isCt = data.Text(DicomTag.Modality) == "CT" || CtSliceFactory.IsCtClass(data.Uid(DicomTag.SopClassUid));
        string? uid = data.Uid(DicomTag.StudyInstanceUid);
        return new Member(path, uid is null && !isImage ? null : IdOf(uid), isImage && isCt);
    }
}
