namespace PancreasSeg.Dicom;

/// <summary>What a search for series found.</summary>
/// <param name="Series">All series, usable or not, by folder and series number.</param>
/// <param name="FileCount">Files looked at.</param>
/// <param name="NotDicomCount">Files that are no DICOM, are empty, or are devices, pipes, folder links or archives found in a folder;
/// skipped.</param>
/// <param name="NotImageCount">DICOM objects without an image, such as directories, structure sets and reports; skipped.</param>
/// <param name="Unreadable">Files and folders that could not be read, and DICOM files too damaged to belong to a series,
/// each with its reason; also empty and blank files beside CT slices.</param>
public sealed record CtSeriesScan(
    IReadOnlyList<CtSeriesInfo> Series, int FileCount, int NotDicomCount, int NotImageCount, IReadOnlyList<string> Unreadable);
