namespace PancreasSeg.Import;

/// <summary>Names the layout of a folder that holds NIfTI files and no DICOM, and says what takes it.</summary>
internal static class DataLayout
{
    /// <summary>What the folder is, and what to do with it; null for any other.</summary>
    /// <param name="folder">Full path.</param>
    public static (string What, string Remedy)? Of(string folder)
    {
        if (!Directory.Exists(folder)) return null;
        if (Directory.Exists(Path.Combine(folder, "imagesTr")))
            return ("a data set in the layout of nnU-Net and the Medical Segmentation Decathlon",
                $"Give its images, '{Path.Combine(folder, "imagesTr", "*.nii.gz")}', or train with -DataSet.");
        if (CtOf(folder) is { } ct) return ("a case of TotalSegmentator's data set", $"Give its CT, '{ct}'.");
        if (Directory.EnumerateDirectories(folder).Any(patient => CtOf(patient) is not null))
            return ("a data set in TotalSegmentator's layout",
                $"Give its CTs, '{Path.Combine(folder, "*", "ct.nii.gz")}', or train with -DataSet.");
        int count = Directory.EnumerateFiles(folder).Count(CtImporter.IsNifti);
        return count == 0 ? null : (count == 1 ? "a folder with a NIfTI file" : $"a folder with {count} NIfTI files",
            $"Give the files, '{Path.Combine(folder, "*.nii.gz")}'.");
    }

    /// <summary>The CT of a case of TotalSegmentator's data set: ct.nii.gz beside a folder of segmentations; null where there is
    /// none.</summary>
    public static string? CtOf(string folder) => !Directory.Exists(Path.Combine(folder, "segmentations")) ? null
        : ((string[])["ct.nii.gz", "ct.nii"]).Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
}
