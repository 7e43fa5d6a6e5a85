using PancreasSeg.Dicom;
using PancreasSeg.Pacs;

namespace PancreasSeg.Batch;

/// <summary>A series in an archive as a study. It is named by the SHA-256 of its SeriesInstanceUID, of which nothing on disk
/// tells.</summary>
internal sealed class ArchiveStudy : IBatchStudy
{
    private const int DigitsOfName = 16;

    private readonly DicomSeriesReference _series;

    public ArchiveStudy(DicomSeriesReference series)
    {
        _series = series;
        Id = BatchStudy.Hash(series.SeriesInstanceUid);
        Name = $"series-{Id[..DigitsOfName]}";
    }

    /// <inheritdoc/>
    public string Name { get; private init; }

    /// <summary>The address of the archive.</summary>
    public string Path => $"{_series.Server}";

    /// <inheritdoc/>
    public string Id { get; }

    /// <inheritdoc/>
    public string ShardName => Id;

    /// <inheritdoc/>
    public string Entry => Name;

    /// <inheritdoc/>
    public IBatchStudy Named(string name) => new ArchiveStudy(_series) { Name = name };

    /// <summary>The series of an archive that a batch looks for.</summary>
    /// <exception cref="CoreException">As <see cref="ArchiveSearch.Find"/>.</exception>
    public static StudyListing Find(BatchArchive archive, CancellationToken cancellation) =>
        new([.. ArchiveSearch.Find(archive.Server, archive.Query, cancellation).Select(series => new ArchiveStudy(series))], []);

    /// <summary>A hash of the UIDs of the series and of all instances that the archive lists of it.</summary>
    /// <exception cref="CoreException">The faults of servers.</exception>
    public string Fingerprint(CancellationToken cancellation = default) => Key(ArchiveSearch.Instances(_series, cancellation));

    /// <inheritdoc/>
    public DateTimeOffset? LastChange() => null;

    /// <summary>The same as <see cref="Fingerprint"/>: an instance of one UID never changes, as DICOM has it.</summary>
    /// <exception cref="CoreException">The faults of servers.</exception>
    public string ContentHash(CtSeriesOptions series, CancellationToken cancellation) => Fingerprint(cancellation);

    /// <inheritdoc/>
    public CtVolume Read(string fingerprint, CtSeriesOptions series, string scratch, CancellationToken cancellation)
    {
        IReadOnlyList<string> files = SeriesReceiver.ReceiveInto(_series, scratch, null, cancellation);
        if (Key(files.Select(file => System.IO.Path.GetFileNameWithoutExtension(file))) != fingerprint)
            throw new CoreException(Fault.InputChanged, $"'{Name}' is still growing in '{Path}': what was fetched is not what was listed.",
                Path, "Wait until the archive has all of it; the next run fetches it again.");
        FileFault.Writing(scratch, () =>
        {
            // Whoever tells the path of a slice would tell its UID.
            for (int i = 0; i < files.Count; i++)
                File.Move(files[i], System.IO.Path.Combine(scratch, FormattableString.Invariant($"{i:00000}.dcm")));
        });
        return CtSeriesReader.Read(scratch, _series.SeriesInstanceUid, series, null, cancellation);
    }

    private string Key(IEnumerable<string> instances) =>
        BatchStudy.Hash(string.Join('\n', instances.Order(StringComparer.Ordinal).Prepend(_series.SeriesInstanceUid)));
}
