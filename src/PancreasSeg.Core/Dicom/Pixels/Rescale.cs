namespace PancreasSeg.Dicom;

/// <summary>Stored value to Hounsfield units: <c>HU = Slope * stored + Intercept</c> (DICOM PS3.3 C.11.1.1.2).</summary>
internal readonly record struct Rescale(double Slope, double Intercept)
{
    /// <summary>True when whole stored values give whole HU small enough for 16-bit arithmetic.</summary>
    public bool IsWhole => IsInt16(Slope) && IsInt16(Intercept);

    /// <summary>Reads the rescale; says what is wrong with it instead where something is.</summary>
    public static Rescale Read(FrameAttributes frame, out string? fault)
    {
        double? slope = frame.Number(DicomTag.RescaleSlope), intercept = frame.Number(DicomTag.RescaleIntercept);
        fault = (slope, intercept) switch
        {
            (null, _) when frame.Has(DicomTag.ModalityLutSequence) =>
                "has a Modality LUT in place of a Rescale Slope, which this version does not read",
            (null, _) => "has no Rescale Slope (0028,1053), so its values may not be Hounsfield units",
            (_, null) => "has no Rescale Intercept (0028,1052), so its values may not be Hounsfield units",
            ({ } s, _) when !(Math.Abs(s) is > 1e-6 and < 1e6) => "has an impossible Rescale Slope (0028,1053)",
            (_, { } i) when !(Math.Abs(i) < 1e6) => "has an impossible Rescale Intercept (0028,1052)",
            _ => null,
        };
        return fault is null ? new Rescale(slope!.Value, intercept!.Value) : default;
    }

    private static bool IsInt16(double value) => value == Math.Truncate(value) && value is >= short.MinValue and <= short.MaxValue;
}
