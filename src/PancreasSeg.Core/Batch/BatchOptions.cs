using PancreasSeg.Dicom;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Batch;

/// <summary>What a batch works on and how.</summary>
public sealed record BatchOptions
{
    /// <summary>Full path of the folder whose entries are the studies: folders, zip archives and NIfTI files. Of an archive its
    /// address.</summary>
    public required string Path { get; init; }

    /// <summary>The archive whose series are the studies; null where a folder has them.</summary>
    public BatchArchive? Archive { get; init; }

    /// <summary>Full path of the folder for results, journal, log and report; made where it is absent.</summary>
    public required string OutputPath { get; init; }

    /// <summary>What counts as one study.</summary>
    public BatchGrouping Group { get; init; }

    /// <summary>Which of several series of a study is meant, and limits.</summary>
    public CtSeriesOptions Series { get; init; } = new();

    /// <summary>Threshold and the like.</summary>
    public SegmentationOptions Segmentation { get; init; } = new();

    /// <summary>Expected Dice below which a result is a warning, those of earlier runs included; null for none. It decides what is flagged
    /// and no mask, and no file of a study knows of it.</summary>
    public double? ReviewBelow { get; init; }

    /// <summary>The database that holds the journal, which several machines then share; null for a file in the output folder.</summary>
    public JournalServer? Journal { get; init; }

    /// <summary>The part of the studies to work on; null for all of them.</summary>
    public BatchShard? Shard { get; init; }

    /// <summary>Which studies to look at, by their names; null for all of them.</summary>
    public Predicate<string>? Study { get; init; }

    /// <summary>True when a scheduler has started the job again: an attempt that died does not speak against its study.</summary>
    public bool AfterPreemption { get; init; }

    /// <summary>DICOM objects to write beside each mask; they contain the patient module of the CT. None by default.</summary>
    public IReadOnlyList<DicomObjectKind> DicomOutput { get; init; } = [];

    /// <summary>True brings DICOM segmentations of a regularized series onto its own slices; else they are named as not
    /// written.</summary>
    public bool OnSourceSlices { get; init; }

    /// <summary>True tells UIDs as they are in results, messages, journal and log; else hashes of them.</summary>
    public bool FullUid { get; init; }

    /// <summary>Studies in work at once: while the network computes one, the next are read and the last is written.</summary>
    public int ThrottleLimit { get; init; } = 3;

    /// <summary>No study is begun from then on; null for no limit.</summary>
    public DateTimeOffset? StopAt { get; init; }

    /// <summary>Studies to begin at most; null for all.</summary>
    public int? MaxStudies { get; init; }

    /// <summary>Tries studies again that failed or are in quarantine.</summary>
    public bool Retry { get; init; }

    /// <summary>Does every study again, whatever the journal says.</summary>
    public bool Force { get; init; }

    /// <summary>Goes on looking for new studies until the time limit or a stop.</summary>
    public bool Watch { get; init; }

    /// <summary>When watching: how long a study's files must have stayed the same before it is begun.</summary>
    public TimeSpan SettleTime { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Wait before studies that were postponed are tried again.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The caller's key for the patient of a study, by the study's name: links the examinations of one patient in the
    /// report.</summary>
    public IReadOnlyDictionary<string, string> PatientKeys { get; init; } = new Dictionary<string, string>();

    /// <summary>Full path of the folder with the viewer's script: each mask then gets an interactive page. Null for pictures
    /// only.</summary>
    public string? ViewerPath { get; init; }
}
