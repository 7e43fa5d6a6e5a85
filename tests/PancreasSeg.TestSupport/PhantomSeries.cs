using System.Globalization;
using PancreasSeg.Dicom;

namespace PancreasSeg.TestSupport;

/// <summary>A phantom's CT as a folder of deflated DICOM slices.</summary>
internal static class PhantomSeries
{
    private const string DeflatedUid = "1.2.840.10008.1.2.1.99";

    /// <summary>Writes the slices.</summary>
    /// <param name="folder">Made where it is absent.</param>
    /// <param name="ct">An axial CT of whole HU.</param>
    /// <param name="uid">The series.</param>
    /// <param name="patient">The patient's identifier.</param>
    /// <param name="study">The study.</param>
    public static void Write(string folder, CtVolume ct, string uid, string patient, string study = "1.2.826.0.1.99.5")
    {
        VolumeGrid grid = ct.Grid;
        Directory.CreateDirectory(folder);
        for (int k = 0; k < grid.Slices; k++)
        {
            Vector3D position = grid.Affine.Apply(new(0, 0, k));
            ReadOnlySpan<short> hu = ct.Integers.Span.Slice(grid.IndexOf(0, 0, k), grid.SliceLength);
            var stored = new ushort[hu.Length];
            for (int i = 0; i < stored.Length; i++) stored[i] = (ushort)(hu[i] + 1024);
            DicomWriter slice = TestSeries.Slice(k, uid)
                .Text(DicomTag.PatientName, "PN", "Phantom").Text(DicomTag.PatientId, "LO", patient)
                .Text(DicomTag.StudyInstanceUid, "UI", study).Text(DicomTag.StudyDate, "DA", "20261120")
                .Numbers(DicomTag.ImagePositionPatient, Round(position.X), Round(position.Y), Round(position.Z))
                .Number(DicomTag.Rows, grid.Rows).Number(DicomTag.Columns, grid.Columns)
                .Numbers(DicomTag.PixelSpacing, grid.Spacing.Y, grid.Spacing.X)
                .Numbers(DicomTag.SliceThickness, grid.Spacing.Z)
                .Text(DicomTag.FrameOfReferenceUid, "UI", uid + ".1")
                .Samples(DicomTag.PixelData, stored);
            File.WriteAllBytes(
                Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"slice{k + 1:000}.dcm")), slice.File(DeflatedUid));
        }
    }

    private static double Round(double millimetres) => Math.Round(millimetres, 3);
}
