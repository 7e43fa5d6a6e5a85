using System.Collections;
using System.Management.Automation;
using System.Security;
using System.Security.Cryptography.X509Certificates;
using PancreasSeg.Batch;
using PancreasSeg.Common;
using PancreasSeg.Dicom;
using PancreasSeg.Inference;
using PancreasSeg.Segmentation;

namespace PancreasSeg.Commands;

public sealed partial class StartPancreasBatchCommand
{
    private const string FolderSet = "Folder", ArchiveSet = "Archive";

    /// <summary>Folder whose entries are the studies.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = FolderSet)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>Root of the DICOMweb services of an archive whose series are the studies.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ArchiveSet)]
    [ValidateNotNull]
    public Uri? Server { get; set; }

    /// <summary>Which series of the archive are meant.</summary>
    [Parameter(ParameterSetName = ArchiveSet)]
    [SettingsArgument(typeof(SeriesQuery))]
    [ArgumentCompleter(typeof(SettingsCompleter))]
    [ValidateNotNull]
    public SeriesQuery Query { get; set; } = new();

    /// <summary>DICOM objects to store in the archive.</summary>
    [Parameter(ParameterSetName = ArchiveSet)]
    [ValidateNotNull]
    public DicomObjectKind[] SendBack { get; set; } = [];

    /// <summary>Stores those of flagged results too.</summary>
    [Parameter(ParameterSetName = ArchiveSet)]
    public SwitchParameter SendFlagged { get; set; }

    /// <summary>User name and password for the archive.</summary>
    [Parameter(ParameterSetName = ArchiveSet)]
    [Credential]
    [ValidateNotNull]
    public PSCredential? Credential { get; set; }

    /// <summary>A bearer token for the archive.</summary>
    [Parameter(ParameterSetName = ArchiveSet)]
    [ValidateNotNull]
    public SecureString? Token { get; set; }

    /// <summary>The client's own certificate.</summary>
    [Parameter(ParameterSetName = ArchiveSet)]
    [ValidateNotNull]
    public X509Certificate2? Certificate { get; set; }

    /// <summary>SHA-256 of the only certificate that the archive may have.</summary>
    [Parameter(ParameterSetName = ArchiveSet)]
    [ValidateNotNullOrEmpty]
    public string? CertificateFingerprint { get; set; }

    /// <summary>Folder for results, journal, log and report.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string OutputPath { get; set; } = "";

    /// <summary>A model file, or a model out of Get-PancreasModel.</summary>
    [Parameter(Mandatory = true, Position = 2)]
    [ArgumentCompleter(typeof(ModelFileCompleter))]
    [ValidateNotNullOrEmpty]
    public object Model { get; set; } = "";

    /// <summary>Describes a network of another project.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(PlanFileCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Plan { get; set; }

    /// <summary>Finds the pancreas for an nnU-Net model, which then works only there.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(ModelFileCompleter))]
    [ValidateNotNull]
    public object? Locator { get; set; }

    /// <summary>What counts as one study: an entry of the folder, or an examination wherever it lies.</summary>
    [Parameter]
    public BatchGrouping Group { get; set; }

    /// <summary>Which of several series of a study is meant.</summary>
    [Parameter]
    [SettingsArgument(typeof(SeriesRules))]
    [ArgumentCompleter(typeof(SettingsCompleter))]
    [ValidateNotNull]
    public SeriesRules Filter { get; set; } = new();

    /// <summary>Resamples irregular series instead of refusing them.</summary>
    [Parameter]
    public SwitchParameter Regularize { get; set; }

    /// <summary>Studies in work at once.</summary>
    [Parameter]
    [ValidateRange(1, 64)]
    public int ThrottleLimit { get; set; } = 3;

    /// <summary>No study is begun from then on; a time that has passed today is tomorrow's.</summary>
    [Parameter]
    public DateTime? StopAt { get; set; }

    /// <summary>Studies to begin at most.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? MaxCase { get; set; }

    /// <summary>Names of studies; wildcards are allowed.</summary>
    [Parameter]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(StudyCompleter))]
    [ValidateNotNullOrEmpty]
    public string[]? Study { get; set; }

    /// <summary>The part of the studies to work on, e.g. 3/40, counted from 0.</summary>
    [Parameter]
    [ValidateNotNull]
    public BatchShard? Shard { get; set; }

    /// <summary>A PostgreSQL database for the journal, e.g. Host=db;Database=batch;Username=batch.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Journal { get; set; }

    /// <summary>Role and password for the database.</summary>
    [Parameter]
    [Credential]
    [ValidateNotNull]
    public PSCredential? JournalCredential { get; set; }

    /// <summary>Name of a variable for the summary, which then does not follow the items.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? SummaryVariable { get; set; }

    /// <summary>Tries studies again that failed or are in quarantine.</summary>
    [Parameter]
    public SwitchParameter Retry { get; set; }

    /// <summary>Does every study again.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Goes on looking for new studies.</summary>
    [Parameter]
    public SwitchParameter Watch { get; set; }

    /// <summary>When watching: how long a study must have stayed the same.</summary>
    [Parameter]
    [TimeArgument(MayBeZero = true)]
    public TimeSpan SettleTime { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Your key for the patient of a study, by the study's name.</summary>
    [Parameter]
    [ValidateNotNull]
    public IDictionary PatientKey { get; set; } = new Hashtable();

    /// <summary>Tells UIDs as they are, and not hashes of them.</summary>
    [Parameter]
    public SwitchParameter FullUid { get; set; }

    /// <summary>Gives each mask an interactive page.</summary>
    [Parameter]
    public SwitchParameter Viewer { get; set; }

    /// <summary>DICOM objects to write beside each mask.</summary>
    [Parameter]
    [ValidateNotNull]
    public DicomObjectKind[] DicomOutput { get; set; } = [];

    /// <summary>Brings DICOM segmentations of regularized series onto their own slices.</summary>
    [Parameter]
    public SwitchParameter OnSourceSlices { get; set; }

    /// <summary>Probability above which a voxel is pancreas; the model's own by default.</summary>
    [Parameter]
    [ValidateRange(0.001, 0.999)]
    [NumberArgument]
    public double? Threshold { get; set; }

    /// <summary>Keeps only the largest connected piece.</summary>
    [Parameter]
    public SwitchParameter LargestComponent { get; set; }

    /// <summary>Leaves out what the model's file says is done to masks.</summary>
    [Parameter]
    public SwitchParameter NoPostprocess { get; set; }

    /// <summary>Expected Dice below which a result is flagged.</summary>
    [Parameter]
    [ValidateRange(0.0, 1.0)]
    [NumberArgument]
    public double? ReviewBelow { get; set; }

    /// <summary>How many members of an ensemble are asked.</summary>
    [Parameter]
    public SegmentationEffort Effort { get; set; }

    /// <summary>Segments also what the input gate rejects.</summary>
    [Parameter]
    public SwitchParameter AcceptAnyInput { get; set; }

    /// <summary>Which library computes.</summary>
    [Parameter]
    public SegmentationEngineKind Engine { get; set; }
}
