namespace PancreasSeg.Batch;

/// <summary>How far volumes of repeat scans lie apart, out of studies that the caller gave the same key and visit: <c>K7/1</c> is the
/// first visit of K7. On the logarithm, as larger glands differ by more.</summary>
/// <param name="Count">Degrees of freedom: scans but for one of each visit.</param>
/// <param name="Deviation">Standard deviation of the natural logarithm within a visit.</param>
internal sealed record RepeatScans(int Count, double Deviation)
{
    // With ten the true deviation may still be 1.75 times what they say; with fewer it is not worth a band.
    private const int Fewest = 10;
    private const double Within95 = 1.96;

    /// <summary>True when there are enough to say so.</summary>
    public bool IsEnough => Count >= Fewest;

    /// <summary>95 of 100 scans lie within the volume divided and multiplied by this.</summary>
    public double Band => Math.Exp(Within95 * Deviation);

    /// <summary>As part of the volume: 95 of 100 repeat scans of a gland that did not change have grown by less.</summary>
    public double Change => Math.Exp(Within95 * Math.Sqrt(2) * Deviation) - 1;

    /// <summary>The key of the patient alone.</summary>
    public static string KeyOf(string patientKey) => patientKey.LastIndexOf('/') is > 0 and var at ? patientKey[..at] : patientKey;

    /// <summary>Out of volumes of one model, one of each study.</summary>
    public static RepeatScans Of(IEnumerable<BatchItem> studies)
    {
        int count = 0;
        double squares = 0;
        foreach (var visit in studies.Where(i => i.VolumeMl > 0 && KeyOf(i.PatientKey!) != i.PatientKey).GroupBy(i => i.PatientKey))
        {
            double[] logs = [.. visit.Select(i => Math.Log(i.VolumeMl!.Value))];
            double mean = logs.Average();
            count += logs.Length - 1;
            squares += logs.Sum(l => (l - mean) * (l - mean));
        }
        return new RepeatScans(count, count > 0 ? Math.Sqrt(squares / count) : 0);
    }
}
