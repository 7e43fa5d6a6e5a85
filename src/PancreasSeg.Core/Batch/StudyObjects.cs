using PancreasSeg.Dicom;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Batch;

/// <summary>The DICOM objects of a study, which lie beside its mask. They alone contain the patient module of the CT.</summary>
internal static class StudyObjects
{
    /// <summary>Writes what can be made of a result: STUDY.seg.dcm and so on.</summary>
    /// <param name="folder">Full path of the folder for the files.</param>
    /// <param name="options">What is asked for; no kinds write nothing.</param>
    /// <param name="item">The study.</param>
    /// <param name="ct">Its CT.</param>
    /// <param name="result">Its result.</param>
    /// <returns>The item, whose reasons and message name what could not be written.</returns>
    /// <exception cref="CoreException"><see cref="Fault.FileWriteFailed"/>.</exception>
    public static BatchItem Write(
        string folder, BatchOptions options, BatchItem item, CtVolume ct, SegmentationResult result)
    {
        if (options.DicomOutput.Count == 0) return item;
        var export = new DicomExport(new DicomExportRequest
        {
            Result = result,
            Ct = ct,
            SourcePath = ct.Source.Path ?? item.Path,
            Kinds = options.DicomOutput,
            Options = new DicomObjectOptions { OnSourceSlices = options.OnSourceSlices },
        });
        foreach (DicomOutput output in export.Outputs.Where(export.CanWrite))
        {
            try
            {
                export.Write(output, Path.Combine(folder, item.Study + output.Suffix));
            }
            catch (CoreException e) when (e.Fault != Fault.FileWriteFailed)
            {
                string note = $"DICOM {output.Kind} was not written. {e.Message} {e.Remedy}".TrimEnd();
                item = item with
                {
                    Reasons = [.. item.Reasons.Append($"{e.Fault}").Distinct()],
                    Message = item.Message is { } before ? $"{before} {note}" : note,
                };
            }
        }
        return item;
    }
}
