using System.Globalization;

namespace PancreasSeg.Dicom;

/// <summary>When a series was made, as far as its header tells. Only ever compared.</summary>
/// <param name="Date">The day; null when absent or none.</param>
/// <param name="Time">The time of that day; null when absent or none.</param>
internal readonly record struct SeriesMoment(DateOnly? Date, TimeOnly? Time)
{
    private static readonly string[] s_dates = ["yyyyMMdd", "yyyy.MM.dd"];
    private static readonly string[] s_times = ["HHmmss.FFFFFF", "HHmmss", "HHmm", "HH", "HH:mm:ss.FFFFFF", "HH:mm:ss"];

    /// <summary>Series date and time, or those of the acquisition where there is no series date (PS3.5 section 6.2, DA and TM).</summary>
    public static SeriesMoment Read(FrameAttributes attributes)
    {
        var series = Read(attributes, DicomTag.SeriesDate, DicomTag.SeriesTime);
        return series.Date is null ? Read(attributes, DicomTag.AcquisitionDate, DicomTag.AcquisitionTime) : series;
    }

    private static SeriesMoment Read(FrameAttributes attributes, uint date, uint time)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        return new SeriesMoment(
            DateOnly.TryParseExact(attributes.Text(date), s_dates, culture, DateTimeStyles.None, out DateOnly day) ? day : null,
            TimeOnly.TryParseExact(attributes.Text(time), s_times, culture, DateTimeStyles.None, out TimeOnly clock) ? clock : null);
    }
}
