using PancreasSeg.Dicom;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Batch;

/// <summary>What a row of the report shows of the files beside it.</summary>
internal static class ReportLinks
{
    /// <summary>Links to the files of a study; empty where it has none.</summary>
    public static string Files(BatchItem item, BatchFolder folder)
    {
        if (item.OutputFolder is null) return "";
        string Linked(params IEnumerable<string> files) => string.Join(" · ",
            from file in files
            where File.Exists(Path.Combine(item.OutputFolder, file))
            select $"<a href=\"{Link(folder, item, file)}\">{BatchReport.Html(file)}</a>");
        string links = Linked(StudyViewer.PageFile, BatchFolder.MaskFile, BatchFolder.PreviewFile, BatchFolder.ResultFile);
        string objects = Linked(Enum.GetValues<DicomObjectKind>().Select(kind => item.Study + DicomExport.Suffix(kind)));
        return $"<p class=\"files\">{links}{(objects.Length == 0 ? "" : $"<br>DICOM, with the patient module of the CT: {objects}")}</p>";
    }

    /// <summary>The small picture, which leads to the large one.</summary>
    public static string Picture(BatchItem item, BatchFolder folder) =>
        item.OutputFolder is null || !File.Exists(Path.Combine(item.OutputFolder, BatchFolder.ThumbnailFile)) ? ""
        : $"<a href=\"{Link(folder, item, BatchFolder.PreviewFile)}\"><img loading=\"lazy\" alt=\"Three planes of {BatchReport.Html(item.Study)} with its mask\" src=\"{Link(folder, item, BatchFolder.ThumbnailFile)}\"></a>";

    private static string Link(BatchFolder folder, BatchItem item, string file) =>
        BatchReport.Html(string.Join('/', Path.GetRelativePath(folder.Reports, Path.Combine(item.OutputFolder!, file))
            .Split(Path.DirectorySeparatorChar).Select(Uri.EscapeDataString)));
}
