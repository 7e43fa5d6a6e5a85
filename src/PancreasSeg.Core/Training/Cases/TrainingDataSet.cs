using System.Text.Json;
using System.Text.RegularExpressions;
using PancreasSeg.Import;
using PancreasSeg.Nifti;

namespace PancreasSeg.Training;

/// <summary>
/// Finds the cases of a data set by its layout on disk: that of TCIA's Pancreas-CT (a DICOM folder for each patient, label0001.nii.gz
/// and so on beside or in them), imagesTr and labelsTr with a dataset.json as the Medical Segmentation Decathlon and nnU-Net have it, or
/// TotalSegmentator's (s0001/ct.nii.gz and s0001/segmentations/pancreas.nii.gz).
/// </summary>
public static partial class TrainingDataSet
{
    /// <summary>Finds the cases; nothing is read yet but names and dataset.json. A case of which a part is missing is found too:
    /// reading it fails, so that its fault is told beside those of the other cases.</summary>
    /// <param name="folder">Full path.</param>
    /// <param name="label">The pancreas in the labels; by it labels of Pancreas-CT are laid over their CT.</param>
    /// <param name="aligns">False leaves them as they are stored.</param>
    /// <exception cref="CoreException"><see cref="Fault.TrainingDataInvalid"/>: the layout is unknown, or dataset.json is damaged or
    /// leads out of the folder; <see cref="Fault.FileNotFound"/>.</exception>
    public static IReadOnlyList<TrainingCaseSource> Find(string folder, byte label = 1, bool aligns = true)
    {
        ArgumentNullException.ThrowIfNull(folder);
        if (!Directory.Exists(folder))
            throw new CoreException(Fault.FileNotFound, $"The folder '{folder}' does not exist.", folder, "Check the path.");
        if (File.Exists(Path.Combine(folder, "dataset.json")) || Directory.Exists(Path.Combine(folder, "imagesTr")))
            return FindPairs(folder);
        string[] labels =
            [.. Directory.EnumerateFiles(folder, "label*.nii*", new EnumerationOptions { RecurseSubdirectories = true,
                MaxRecursionDepth = 1 }).Where(f => NumberOf(f, LabelName()) is not null)];
        if (labels.Length > 0) return FindPatients(folder, labels, aligns ? label : null);
        TrainingCaseSource[] subjects = [.. Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal)
            .Where(subject => DataLayout.CtOf(subject) is not null).Select(Subject)];
        if (subjects.Length > 0) return subjects;
        throw new CoreException(Fault.TrainingDataInvalid, $"'{folder}' is no data set.", folder,
            "It needs imagesTr and labelsTr with a dataset.json (nnU-Net, Decathlon), a DICOM folder for each patient with label0001.nii.gz and "
                + "so on beside them (Pancreas-CT), or a folder for each with ct.nii.gz and segmentations/pancreas.nii.gz (TotalSegmentator); "
                + "else give pairs by -Image and -Label.");
    }

    /// <summary>The label of the pancreas by its name in dataset.json; null where that gives no names.</summary>
    /// <param name="folder">Full path.</param>
    /// <exception cref="CoreException"><see cref="Fault.TrainingDataInvalid"/>: the names do not tell, or dataset.json is
    /// damaged.</exception>
    public static byte? PancreasLabel(string folder) => Described(folder, DataSetLabels.PancreasIn);

    /// <summary>The labels beside the pancreas that dataset.json names, as classes to learn; none where it gives no names.</summary>
    /// <param name="folder">Full path.</param>
    /// <param name="pancreas">The label of the pancreas.</param>
    /// <exception cref="CoreException"><see cref="Fault.TrainingDataInvalid"/>: dataset.json is damaged.</exception>
    public static IReadOnlyList<AuxiliaryClass> OtherLabels(string folder, byte pancreas) =>
        Described(folder, (json, _) => DataSetLabels.Others(json, pancreas)) ?? [];

    private static List<TrainingCaseSource> FindPairs(string folder)
    {
        (string Image, string Label)[] pairs = [.. Listed(folder) ?? InFolders(folder)];
        if (pairs.Length == 0) throw Incomplete(folder, "there is no image in imagesTr");
        return [.. pairs.Select(p => Pair(folder, p.Image, p.Label))];
    }

    private static TrainingCaseSource Pair(string folder, string image, string label)
    {
        string name = CaseName(image);
        string[] missing = [.. new[] { image, label }.Where(f => !File.Exists(f)).Select(f => $"'{Path.GetRelativePath(folder, f)}'")];
        if (missing.Length > 0) return Faulty(name, $"{string.Join(" and ", missing)} {(missing.Length == 1 ? "does" : "do")} not exist");
        return new TrainingCaseSource(
            name, cancellation => new TrainingCase(NiftiFile.ReadCt(image, cancellation), NiftiFile.ReadLabels(label, cancellation), name))
        {
            Files = [image, label],
        };
    }

    /// <summary>The pairs that dataset.json lists; null when it lists none, as nnU-Net's does not.</summary>
    private static List<(string, string)>? Listed(string folder)
    {
        string root = Path.GetFullPath(folder);
        if (!Path.EndsInDirectorySeparator(root)) root += Path.DirectorySeparatorChar;
        return Described(folder, (json, file) =>
            json.TryGetProperty("training", out JsonElement training) && training.ValueKind == JsonValueKind.Array
                ? training.EnumerateArray().Select(item => (OnDisk(Inside(item, "image", file)), Inside(item, "label", file))).ToList()
                : null);

        string Inside(JsonElement item, string name, string file)
        {
            string path = Path.GetFullPath(Path.Combine(root, item.GetProperty(name).GetString()!));
            return path.StartsWith(root, StringComparison.Ordinal) ? path
                : throw new CoreException(Fault.TrainingDataInvalid, $"'{file}' names a file outside of its folder.", file,
                    "Keep images and labels below the data set's folder.");
        }
    }

    /// <summary>What dataset.json says; nothing where there is none.</summary>
    private static T? Described<T>(string folder, Func<JsonElement, string, T> read)
    {
        string file = Path.Combine(folder, "dataset.json");
        if (!File.Exists(file)) return default;
        try
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(file));
            return read(json.RootElement, file);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new CoreException(Fault.TrainingDataInvalid, $"'{file}' cannot be read as a data set's description: {e.Message}", file,
                "Each entry of \"training\" needs \"image\" and \"label\", each of \"labels\" a name and a number.", e);
        }
    }

    /// <summary>nnU-Net lists images without the channel number that their files have.</summary>
    private static string OnDisk(string image) =>
        !File.Exists(image) && Suffix().Replace(image, "_0000$0") is var numbered && File.Exists(numbered) ? numbered : image;

    private static IEnumerable<(string, string)> InFolders(string folder)
    {
        string images = Path.Combine(folder, "imagesTr"), labels = Path.Combine(folder, "labelsTr");
        if (!Directory.Exists(images) || !Directory.Exists(labels)) throw Incomplete(folder, "imagesTr or labelsTr is missing");
        foreach (string image in Directory.EnumerateFiles(images).Where(f => CtImporter.IsNifti(f) && !Path.GetFileName(f).StartsWith('.'))
            .Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileName(image);
            string label = Path.Combine(labels, Channel().Replace(name, "$1")), namesake = Path.Combine(labels, name);
            yield return (image, !File.Exists(label) && File.Exists(namesake) ? namesake : label);
        }
    }

    private static List<TrainingCaseSource> FindPatients(string folder, string[] labelFiles, byte? label)
    {
        ILookup<int, string> labels = labelFiles.ToLookup(f => NumberOf(f, LabelName())!.Value);
        ILookup<string, string> labelsIn = labelFiles.ToLookup(f => Path.GetDirectoryName(f)!);
        string[] roots = [.. labelsIn.Select(g => g.Key).Where(d => !IsPatient(d)).Append(folder).Distinct()];
        ILookup<int, string> patients = roots.SelectMany(Directory.EnumerateDirectories).Distinct()
            .Where(IsPatient)
            .ToLookup(d => NumberOf(d, PatientName())!.Value);
        return
        [
            .. labels.Select(g => g.Key).Union(patients.Select(g => g.Key)).Order()
                .Select(number => (patients[number].ToArray(), labels[number].ToArray()) switch
            {
                ([string patient], [string file]) => Patient(patient, file, label),
                ([], [string file, ..]) => Faulty(NiftiFile.NameOf(file), "there is no DICOM folder of its number"),
                ([string patient, ..], []) => Faulty(Path.GetFileName(patient), "it has no label"),
                var (folders, _) => Faulty(Path.GetFileName(folders[0]), "its number occurs more than once among the folders or labels"),
            }),
        ];

        // A patient's folder may hold the patient's own label beside the DICOM files.
        bool IsPatient(string path) => NumberOf(path, PatientName()) is { } number
            && (!labelsIn.Contains(path)
                || (labelsIn[path].All(f => NumberOf(f, LabelName()) == number)
                    && Directory.EnumerateFileSystemEntries(path).Except(labelsIn[path]).Any()));
    }

    private static TrainingCaseSource Patient(string patient, string file, byte? label)
    {
        string name = Path.GetFileName(patient);
        return new TrainingCaseSource(name, cancellation =>
        {
            CtVolume ct = CtImporter.Read(patient, cancellation: cancellation);
            LabelVolume stored = NiftiFile.ReadLabels(file, cancellation);
            return new TrainingCase(ct, label is { } pancreas ? LabelAlignment.Align(ct, stored, pancreas) : stored, name);
        })
        {
            Files = [patient, file],
            Reading = label is null ? "" : "labels aligned by voxel",
        };
    }

    /// <summary>A case of TotalSegmentator's data set: a mask for each organ.</summary>
    private static TrainingCaseSource Subject(string folder)
    {
        string ct = DataLayout.CtOf(folder)!, name = Path.GetFileName(folder), masks = Path.Combine(folder, "segmentations");
        string? label = ((string[])["pancreas.nii.gz", "pancreas.nii"]).Select(mask => Path.Combine(masks, mask)).FirstOrDefault(File.Exists);
        return label is null ? Faulty(name, "it has no segmentations/pancreas.nii.gz") : new TrainingCaseSource(
            name, cancellation => new TrainingCase(NiftiFile.ReadCt(ct, cancellation), NiftiFile.ReadLabels(label, cancellation), name))
        {
            Files = [ct, label],
        };
    }

    private static TrainingCaseSource Faulty(string name, string what) =>
        new(name, _ => throw new CoreException(Fault.TrainingDataInvalid, what, name, "Complete the case or leave it out."));

    private static CoreException Incomplete(string folder, string what) =>
        new(Fault.TrainingDataInvalid, $"The data set '{folder}' is incomplete: {what}.", folder, "Complete it or leave these cases out.");

    private static string CaseName(string image) => NiftiFile.NameOf(Channel().Replace(Path.GetFileName(image), "$1"));

    private static int? NumberOf(string path, Regex pattern) => pattern.Match(Path.GetFileName(path)) is { Success: true } match
        ? int.Parse(match.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture) : null;

    [GeneratedRegex(@"^label0*(\d{1,9})\.nii(\.gz)?$", RegexOptions.IgnoreCase)]
    private static partial Regex LabelName();

    [GeneratedRegex(@"^\D*?0*(\d{1,9})$")]
    private static partial Regex PatientName();

    /// <summary>nnU-Net's channel number at the end of an image's name.</summary>
    [GeneratedRegex(@"_0000(\.nii(?:\.gz)?)$", RegexOptions.IgnoreCase)]
    private static partial Regex Channel();

    [GeneratedRegex(@"\.nii(\.gz)?$", RegexOptions.IgnoreCase)]
    private static partial Regex Suffix();
}
