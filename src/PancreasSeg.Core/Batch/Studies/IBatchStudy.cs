using PancreasSeg.Dicom;

namespace PancreasSeg.Batch;

/// <summary>A study as a batch sees it, wherever it lies: an entry of a folder, an examination below it, or a series in an
/// archive.</summary>
internal interface IBatchStudy
{
    /// <summary>Its name, safe for every file system and different from that of every other study of the batch.</summary>
    string Name { get; }

    /// <summary>Where it was found.</summary>
    string Path { get; }

    /// <summary>What it is known by as long as it is there.</summary>
    string Id { get; }

    /// <summary>By what it falls to a shard.</summary>
    string ShardName { get; }

    /// <summary>What a caller may know it by beside its name.</summary>
    string Entry { get; }

    /// <summary>The same under another name.</summary>
    IBatchStudy Named(string name);

    /// <summary>Changes when what it consists of does.</summary>
    /// <exception cref="CoreException"><see cref="Fault.FileReadFailed"/>, or a fault of servers.</exception>
    string Fingerprint(CancellationToken cancellation = default);

    /// <summary>When it changed last; null where nobody tells.</summary>
    /// <exception cref="CoreException"><see cref="Fault.FileReadFailed"/>.</exception>
    DateTimeOffset? LastChange();

    /// <summary>SHA-256 in lower-case hex over what decides the mask.</summary>
    /// <exception cref="CoreException">As <see cref="Fingerprint"/>.</exception>
    string ContentHash(CtSeriesOptions series, CancellationToken cancellation);

    /// <summary>Reads its CT.</summary>
    /// <param name="fingerprint">Of the study as it is meant.</param>
    /// <param name="series">Which of several series is meant, and limits.</param>
    /// <param name="scratch">Full path of a folder that is not there yet, for what must be fetched; its caller removes it when the study
    /// has ended.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="CoreException"><see cref="Fault.InputChanged"/>: it is no longer what was meant; or it cannot be fetched or
    /// read.</exception>
    CtVolume Read(string fingerprint, CtSeriesOptions series, string scratch, CancellationToken cancellation);
}
