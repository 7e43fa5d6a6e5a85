namespace PancreasSeg.Dicom;

/// <summary>The value of an element to be written.</summary>
internal abstract record DicomValue;

/// <summary>Bytes that are at hand.</summary>
internal sealed record DicomBytes(byte[] Bytes) : DicomValue;

/// <summary>Bytes that are written as they come into being.</summary>
internal sealed record DicomStreamed(long Length, Action<Stream> Write) : DicomValue;

/// <summary>Items of a sequence.</summary>
internal sealed record DicomSequence(IReadOnlyList<DicomItem> Items) : DicomValue;
