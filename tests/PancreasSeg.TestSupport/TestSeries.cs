using System.Globalization;
using PancreasSeg.Dicom;

namespace PancreasSeg.TestSupport;

/// <summary>
/// A small synthetic CT series whose every HU is known, written to a temporary folder: 7 slices of 6 x 5 pixels, 5 mm
/// apart, unless a test changes a slice's data set before it is written.
/// </summary>
internal sealed class TestSeries : IDisposable
{
    public const int Columns = 6;
    public const int Rows = 5;
    public const string Uid = "1.2.826.0.1.99.1";

    public TestSeries(int slices = 7, string uid = Uid)
    {
        Directory.CreateDirectory(Folder);
        for (int k = 0; k < slices; k++) Slices.Add(Slice(k, uid));
    }

    public List<DicomWriter> Slices { get; } = [];

    public string Folder { get; } = Path.Combine(Path.GetTempPath(), $"ct series [{Guid.NewGuid():N}] ü'");

    /// <summary>HU of a voxel: unique to column, row and slice.</summary>
    public static int Hu(int c, int r, int k) => c + 10 * r + 100 * k - 300;

    public static DicomWriter Slice(int k, string uid = Uid) => new DicomWriter()
        .Text(DicomTag.ImageType, "CS", "ORIGINAL\\PRIMARY\\AXIAL")
        .Text(DicomTag.SopClassUid, "UI", "1.2.840.10008.5.1.4.1.1.2")
        .Text(DicomTag.SopInstanceUid, "UI", string.Create(CultureInfo.InvariantCulture, $"{uid}.{k + 1}"))
        .Text(DicomTag.Modality, "CS", "CT")
        .Text(DicomTag.PatientName, "PN", "Secret^Patient")
        .Text(DicomTag.PatientId, "LO", "SECRET-ID")
        .Text(DicomTag.SliceThickness, "DS", "5")
        .Text(DicomTag.ConvolutionKernel, "SH", "B30f")
        .Text(DicomTag.StudyInstanceUid, "UI", "1.2.826.0.1.99.5")
        .Text(DicomTag.SeriesInstanceUid, "UI", uid)
        .Text(DicomTag.SeriesNumber, "IS", "3")
        .Text(DicomTag.AcquisitionNumber, "IS", "1")
        .Text(0x0020_0013, "IS", string.Create(CultureInfo.InvariantCulture, $"{k + 1}"))
        .Numbers(DicomTag.ImagePositionPatient, -120.5, -80.25, -500 + 5 * k)
        .Numbers(DicomTag.ImageOrientationPatient, 1, 0, 0, 0, 1, 0)
        .Text(DicomTag.FrameOfReferenceUid, "UI", "1.2.826.0.1.99.7")
        .Number(DicomTag.SamplesPerPixel, 1)
        .Text(DicomTag.PhotometricInterpretation, "CS", "MONOCHROME2")
        .Number(DicomTag.Rows, Rows)
        .Number(DicomTag.Columns, Columns)
        .Numbers(DicomTag.PixelSpacing, 0.75, 0.5)
        .Number(DicomTag.BitsAllocated, 16)
        .Number(DicomTag.BitsStored, 12)
        .Number(DicomTag.HighBit, 11)
        .Number(DicomTag.PixelRepresentation, 0)
        .Text(DicomTag.RescaleIntercept, "DS", "-1024")
        .Text(DicomTag.RescaleSlope, "DS", "1")
        .Samples(DicomTag.PixelData, Stored(k, hu => hu + 1024));

    /// <summary>The samples of slice k, made of its HU.</summary>
    public static ushort[] Stored(int k, Func<int, int> stored) =>
        [.. Enumerable.Range(0, Rows * Columns).Select(i => unchecked((ushort)stored(Hu(i % Columns, i / Columns, k))))];

    public TestSeries Each(Action<DicomWriter, int> change)
    {
        for (int k = 0; k < Slices.Count; k++) change(Slices[k], k);
        return this;
    }

    /// <summary>Writes all slices, named so that the order of names is not the order of slices.</summary>
    public TestSeries Save(string syntax = TransferSyntax.ExplicitLittleEndianUid, bool undefinedLengths = false)
    {
        for (int k = 0; k < Slices.Count; k++) File.WriteAllBytes(PathOf(k), Slices[k].File(syntax, undefinedLengths));
        return this;
    }

    public string PathOf(int k) => Path.Combine(Folder, string.Create(CultureInfo.InvariantCulture, $"{k * 37 % 101:000}-{k}"));

    public CtVolume Read(CtSeriesOptions? options = null) => CtSeriesReader.Read(Folder, options: options);

    /// <summary>The only CT stack of the folder, as the listing tells it.</summary>
    public CtSeriesInfo Info(CtSeriesOptions? options = null) =>
        CtSeriesFinder.Find(Folder, options).Series.Single(s => s.Reason != SeriesReason.Localizer);

    /// <summary>Listing and reading must agree on the refusal; nothing of the patient may show.</summary>
    public CtSeriesInfo AssertRefused(SeriesReason reason, Fault fault)
    {
        CtSeriesInfo info = Info();
        Assert.Equal(reason, info.Reason);
        var error = Assert.Throws<CoreException>(() => Read());
        Assert.Equal(fault, error.Fault);
        Assert.Equal(info.Detail, error.Message);
        Assert.NotNull(error.Remedy);
        Assert.DoesNotContain("secret", $"{error} {info}", StringComparison.OrdinalIgnoreCase);
        return info;
    }

    /// <summary>Every voxel has its HU and lies where the header of its slice says, to 1 micrometre.</summary>
    public CtVolume AssertRight(Func<int, int>? sliceOrder = null)
    {
        CtVolume volume = Read();
        Assert.Equal(Slices.Count, volume.Grid.Slices);
        for (int k = 0; k < Slices.Count; k++)
        {
            int source = sliceOrder?.Invoke(k) ?? k;
            double[] Values(uint tag) =>
                [.. Slices[source].Get(tag)!.Split('\\').Select(v => double.Parse(v, CultureInfo.InvariantCulture))];
            double[] p = Values(DicomTag.ImagePositionPatient), o = Values(DicomTag.ImageOrientationPatient),
                s = Values(DicomTag.PixelSpacing);
            for (int r = 0; r < Rows; r++)
                for (int c = 0; c < Columns; c++)
                {
                    var truth = new Vector3D(
                        p[0] + c * s[1] * o[0] + r * s[0] * o[3],
                        p[1] + c * s[1] * o[1] + r * s[0] * o[4],
                        p[2] + c * s[1] * o[2] + r * s[0] * o[5]);
                    Assert.True((volume.Grid.Affine.Apply(new(c, r, k)) - truth).Length < 1e-3, $"voxel ({c}, {r}, {k}) is misplaced");
                    Assert.Equal(Hu(c, r, source), volume.GetHu(c, r, k));
                }
        }
        return volume;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
