using System.Net;
using System.Net.Http.Headers;
using System.Text;
using PancreasSeg.Dicom;

namespace PancreasSeg.Pacs;

/// <summary>The body of a STOW-RS request: files as parts of multipart/related, read from disk while they are sent, so that the same can
/// be sent again.</summary>
internal sealed class SentInstances : HttpContent
{
    private readonly IReadOnlyList<InstanceIdentity> _instances;
    private readonly byte[] _head, _end;

    /// <summary>Takes files of one study.</summary>
    public SentInstances(IReadOnlyList<InstanceIdentity> instances)
    {
        var boundary = $"pancreasseg-{Guid.NewGuid():N}";
        _instances = instances;
        _head = Encoding.ASCII.GetBytes($"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n");
        _end = Encoding.ASCII.GetBytes($"--{boundary}--\r\n");
        Headers.ContentType = new MediaTypeHeaderValue("multipart/related")
        {
            Parameters = { new("type", "\"application/dicom\""), new("boundary", $"\"{boundary}\"") },
        };
    }

    /// <summary>Called after each file.</summary>
    public Action? FileSent { get; set; }

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = _instances.Sum(i => _head.Length + i.Length + 2) + _end.Length;
        return true;
    }

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    /// <inheritdoc/>
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        foreach (InstanceIdentity instance in _instances)
        {
            await stream.WriteAsync(_head, cancellationToken).ConfigureAwait(false);
            using (FileStream file = FileFault.Reading(instance.Path, () => DicomDiskFile.Open(instance.Path)))
            {
                if (file.Length != instance.Length)
                    throw new CoreException(Fault.InputChanged, $"'{instance.Path}' changed while it was sent.", instance.Path,
                        "Send it when it is complete.");
                await file.CopyToAsync(stream, 1 << 17, cancellationToken).ConfigureAwait(false);
            }
            await stream.WriteAsync("\r\n"u8.ToArray(), cancellationToken).ConfigureAwait(false);
            FileSent?.Invoke();
        }
        await stream.WriteAsync(_end, cancellationToken).ConfigureAwait(false);
    }
}
