using System.Globalization;
using PancreasSeg.Dicom;
using PancreasSeg.TestSupport;

namespace PancreasSeg.Benchmarks;

/// <summary>A CT series without compression, made of tissue with noise: as hard to compress as a real one.</summary>
internal static class NoiseSeries
{
    public const int Slices = 140;

    /// <summary>Writes slices of 512 x 512 into a folder; those that are there stay.</summary>
    public static string Write(string folder, int slices = Slices)
    {
        Directory.CreateDirectory(folder);
        for (int k = 0; k < slices; k++)
        {
            string path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{k:000}.dcm"));
            if (!File.Exists(path)) WriteImage(path, 512, 512, k);
        }
        return folder;
    }

    /// <summary>Writes one image: round bodies of 512 x 512 side by side.</summary>
    public static void WriteImage(string path, int columns, int rows, int k = 0)
    {
        var random = new Random(k + 1);
        var stored = new ushort[columns * rows];
        for (int i = 0; i < stored.Length; i++)
        {
            int c = i % columns % 512 - 256, r = i / columns % 512 - 256;
            double noise = (random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5) * 24;
            if (c * c + r * r < 200 * 200) stored[i] = (ushort)(1064 + noise);
        }
        File.WriteAllBytes(path, Slice(k, stored, columns, rows).File());
    }

    private static DicomWriter Slice(int k, ushort[] stored, int columns, int rows) => new DicomWriter()
        .Text(DicomTag.ImageType, "CS", "ORIGINAL\\PRIMARY\\AXIAL")
        .Text(DicomTag.SopClassUid, "UI", "1.2.840.10008.5.1.4.1.1.2")
        .Text(DicomTag.SopInstanceUid, "UI", string.Create(CultureInfo.InvariantCulture, $"1.2.826.0.1.99.2.{k + 1}"))
        .Text(DicomTag.Modality, "CS", "CT")
        .Text(DicomTag.SliceThickness, "DS", "2.5")
        .Text(DicomTag.StudyInstanceUid, "UI", "1.2.826.0.1.99.1")
        .Text(DicomTag.SeriesInstanceUid, "UI", "1.2.826.0.1.99.2")
        .Text(DicomTag.SeriesNumber, "IS", "3")
        .Text(0x0020_0013, "IS", string.Create(CultureInfo.InvariantCulture, $"{k + 1}"))
        .Numbers(DicomTag.ImagePositionPatient, -204.8, -204.8, 2.5 * k)
        .Numbers(DicomTag.ImageOrientationPatient, 1, 0, 0, 0, 1, 0)
        .Text(DicomTag.FrameOfReferenceUid, "UI", "1.2.826.0.1.99.7")
        .Number(DicomTag.SamplesPerPixel, 1)
        .Text(DicomTag.PhotometricInterpretation, "CS", "MONOCHROME2")
        .Number(DicomTag.Rows, rows)
        .Number(DicomTag.Columns, columns)
        .Numbers(DicomTag.PixelSpacing, 0.8, 0.8)
        .Number(DicomTag.BitsAllocated, 16)
        .Number(DicomTag.BitsStored, 12)
        .Number(DicomTag.HighBit, 11)
        .Number(DicomTag.PixelRepresentation, 0)
        .Text(DicomTag.RescaleIntercept, "DS", "-1024")
        .Text(DicomTag.RescaleSlope, "DS", "1")
        .Samples(DicomTag.PixelData, stored);
}
