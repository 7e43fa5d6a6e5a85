using System.Buffers.Binary;
using System.IO.Compression;

namespace PancreasSeg.Dicom;

/// <summary>An entry of a zip archive, read in place.</summary>
/// <param name="path">The archive followed by a harmless form of the entry's name; shown, never opened.</param>
/// <param name="archive">The archive.</param>
/// <param name="directory">What the archive's directory says of the entry.</param>
internal sealed class ZipEntry(string path, string archive, ZipEntry.Record directory) : DicomSource(path)
{
    private const uint Signature = 0x04034B50;
    private const int HeaderLength = 30;

    /// <inheritdoc/>
    public override string Archive => archive;

    /// <inheritdoc/>
    public override Stream Open()
    {
        FileStream file = DicomDiskFile.Open(archive);
        try
        {
            if (file.Length != directory.ArchiveLength) throw Invalid("It has changed since it was searched.");
            Span<byte> head = stackalloc byte[HeaderLength];
            file.Position = directory.Offset;
            file.ReadExactly(head);
            if (BinaryPrimitives.ReadUInt32LittleEndian(head) != Signature) throw Invalid("Its directory points to no entry.");
            // The lengths of name and extra field may differ from those in the directory.
            file.Position += BinaryPrimitives.ReadUInt16LittleEndian(head[26..]) + BinaryPrimitives.ReadUInt16LittleEndian(head[28..]);
            Stream content = directory.IsDeflated ? new DeflateStream(file, CompressionMode.Decompress) : file;
            return new ZipEntryStream(content, directory.Length, directory.Checksum);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private CoreException Invalid(string what) =>
        new(Fault.DicomFileInvalid, $"The archive '{archive}' is damaged: {what}", archive, "Copy the archive again from its source.");

    /// <summary>A checked record of the archive's directory.</summary>
    /// <param name="ArchiveLength">Bytes of the archive.</param>
    /// <param name="Offset">Where the entry's own header begins.</param>
    /// <param name="Length">Bytes of the unpacked content.</param>
    /// <param name="Checksum">CRC-32 of the unpacked content.</param>
    /// <param name="IsDeflated">False when the content is stored as it is.</param>
    internal sealed record Record(long ArchiveLength, long Offset, long Length, uint Checksum, bool IsDeflated);
}
