using System.Text;
using PancreasSeg.Dicom;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Core.Tests.Dicom.Objects;

/// <summary>Small CT series of known geometry with masks on them, and their export.</summary>
internal sealed class ObjectSeries : IDisposable
{
    public const string StudyUid = "1.2.826.0.1.99.5";
    private const string EnhancedCt = "1.2.840.10008.5.1.4.1.1.2.1";

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"objects {Guid.NewGuid():N}");

    /// <summary>axial, oblique, reversed, tilt or enhanced.</summary>
    public ObjectSeries(string geometry = "axial", Action<DicomWriter, int>? change = null)
    {
        Directory.CreateDirectory(_folder);
        Series = geometry == "enhanced" ? EnhancedTests.Multi(EnhancedCt, shared: true) : new TestSeries();
        Series.Each((slice, k) =>
        {
            slice.Text(DicomTag.StudyDate, "DA", "20261120")
                .Text(DicomTag.PatientBirthDate, "DA", "19340102")
                .Text(DicomTag.Manufacturer, "LO", "Scanner");
            switch (geometry)
            {
                case "oblique":
                    // The normal is (-0.36, 0.48, 0.8).
                    slice.Numbers(DicomTag.ImageOrientationPatient, 0.8, 0.6, 0, -0.48, 0.64, -0.6)
                        .Numbers(DicomTag.ImagePositionPatient, -35.123456 - 1.8 * k, -210.5 + 2.4 * k, 812.25 + 4 * k);
                    break;
                case "reversed":
                    slice.Numbers(DicomTag.ImagePositionPatient, -120.5, -80.25, -500 - 5 * k);
                    break;
                case "tilt":
                    slice.Numbers(DicomTag.ImagePositionPatient, -120.5, -80.25 + 1.3 * k, -500 + 5 * k);
                    break;
            }
            change?.Invoke(slice, k);
        });
        Series.Save();
    }

    public TestSeries Series { get; }

    public string Folder => Series.Folder;

    /// <summary>The CT; a tilted series is regularized.</summary>
    public CtVolume Ct => Series.Read(new CtSeriesOptions { Regularize = true });

    /// <summary>1: a ring with a hole, a voxel in the hole, one far off in the last slice; 2: a block in the first slices.</summary>
    public static LabelVolume Mask(CtVolume ct)
    {
        VolumeGrid grid = ct.Grid;
        var labels = new byte[grid.VoxelCount];
        for (int k = 2; k <= 4; k++)
            for (int r = 0; r < 5; r++)
                for (int c = 0; c < 5; c++) labels[grid.IndexOf(c, r, k)] = (byte)(r is 0 or 4 || c is 0 or 4 ? 1 : 0);
        labels[grid.IndexOf(2, 2, 3)] = 1;
        labels[grid.IndexOf(5, 4, grid.Slices - 1)] = 1;
        for (int r = 1; r < 4; r++) labels[grid.IndexOf(5, r, 0)] = labels[grid.IndexOf(4, r, 1)] = 2;
        return new LabelVolume(grid, labels, ct.Source);
    }

    public static readonly DicomSegment Pancreas = new(1, AnatomicStructure.Pancreas), Liver = new(2, AnatomicStructure.Named("Liver"));

    /// <summary>Exports one kind and gives the file.</summary>
    public string Export(LabelVolume mask, DicomObjectKind kind, DicomObjectOptions? options = null, bool combined = false,
        string? source = null, params DicomSegment[] segments)
    {
        var export = new DicomExport(new DicomExportRequest
        {
            Mask = mask,
            SourcePath = source ?? Folder,
            Kinds = [kind],
            Combined = combined,
            Segments = segments.Length > 0 ? segments : [Pancreas],
            Options = options ?? new DicomObjectOptions { Origin = new MaskOrigin("model", new string('a', 64), "threshold 0.5") },
        });
        string file = Path.Combine(_folder, $"{Guid.NewGuid():N}.dcm");
        export.Write(Assert.Single(export.Outputs), file);
        return file;
    }

    /// <summary>A result with these probabilities, and the wish for them.</summary>
    public DicomExportRequest ProbabilityRequest(ProbabilityVolume? probability) => new()
    {
        Result = new SegmentationResult
        {
            Status = SegmentationStatus.Ok,
            Source = Ct.Source,
            Mask = Mask(Ct).Select(1),
            Probability = probability,
            Model = "model",
            ModelSha256 = new string('a', 64),
        },
        SourcePath = Folder,
        Options = new DicomObjectOptions { Probability = true },
    };

    /// <summary>Exports probabilities and gives the file.</summary>
    public string ExportProbability(ProbabilityVolume probability)
    {
        var export = new DicomExport(ProbabilityRequest(probability));
        string file = Path.Combine(_folder, $"{Guid.NewGuid():N}.dcm");
        export.Write(Assert.Single(export.Outputs), file);
        return file;
    }

    /// <summary>Files written so far, and what else an interrupted writing left.</summary>
    public string[] Written => Directory.GetFiles(_folder);

    public static DicomFile Header(string file, DicomSelection? selection = null) =>
        DicomFile.ReadHeader(new DicomDiskFile(file), selection)!;

    /// <summary>All elements at the top of a file, and those of the sequences that a selection of segmentations reads.</summary>
    public static DicomDataset All(string file) => Header(file, new DicomSelection(_ => true, DicomSelection.Segmentation.Reads)).Dataset;

    public static string Latin1(byte[] bytes) => Encoding.Latin1.GetString(bytes);

    public void Dispose()
    {
        Series.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
