using System.Management.Automation;
using PancreasSeg.Common;
using PancreasSeg.Pacs;

namespace PancreasSeg.Commands;

/// <summary>Finds series in an archive.</summary>
[Cmdlet(VerbsCommon.Find, "DicomStudy")]
[OutputType(typeof(DicomSeriesReference))]
public sealed class FindDicomStudyCommand : ServerCommand
{
    /// <summary>The day of the study, or the first and the last day.</summary>
    [Parameter]
    [ValidateCount(1, 2)]
    public DateTime[]? StudyDate { get; set; }

    /// <summary>The patient's identifier.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? PatientId { get; set; }

    /// <summary>The accession number.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? AccessionNumber { get; set; }

    /// <summary>The study.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? StudyInstanceUid { get; set; }

    /// <summary>The series.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? SeriesInstanceUid { get; set; }

    /// <summary>Modality of the series.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string Modality { get; set; } = "CT";

    /// <summary>Leaves out studies that hold a series of this modality.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Without { get; set; }

    /// <summary>Pattern of the series description.</summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string? DescriptionLike { get; set; }

    /// <summary>Instances that a series must have.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int MinimumInstanceCount { get; set; }

    /// <summary>Series to find at most.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int First { get; set; } = int.MaxValue;

    /// <summary>Shows series descriptions.</summary>
    [Parameter]
    public SwitchParameter ShowDescription { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        DicomWebServer server = Server();
        StudyQuery query = new SeriesQuery
        {
            StudyDate = StudyDate,
            PatientId = PatientId,
            AccessionNumber = AccessionNumber,
            StudyInstanceUid = StudyInstanceUid,
            SeriesInstanceUid = SeriesInstanceUid,
            Modality = Modality,
            Without = Without,
            DescriptionLike = DescriptionLike,
            MinimumInstanceCount = MinimumInstanceCount,
        }.ToQuery(ShowDescription);
        TryItem(Uri, () => RunWork("Searching an archive", channel =>
        {
            foreach (DicomSeriesReference series in ArchiveSearch.Find(server, query, channel.Cancellation).Take(First))
                channel.Output(series);
        }));
    }
}
