using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using PancreasSeg.Dicom.Codecs;

namespace PancreasSeg.Dicom;

/// <summary>Reads the stored samples of one image, whatever their encoding.</summary>
internal static class SampleReader
{
    /// <summary>Fills the destination with Rows * Columns little-endian samples as stored.</summary>
    /// <exception cref="CoreException">The file is gone, changed, cut or damaged; names the file.</exception>
    public static void Read(CtSlice slice, Span<byte> destination)
    {
        PixelElement pixels = slice.File.Pixels!;
        try
        {
            using SafeFileHandle file = File.OpenHandle(slice.Path, share: FileShare.ReadWrite | FileShare.Delete);
            if (RandomAccess.GetLength(file) != slice.File.Length)
                throw Invalid("It has changed since its header was read.");
            if (!slice.File.Syntax.IsNative) Decode(slice, file, destination);
            else if (pixels.DeflatedFrom > 0) Inflate(slice, destination);
            else ReadExactly(file, pixels.Offset + (long)slice.Frame * destination.Length, destination);
        }
        catch (CoreException e) when (e.Target is null)
        {
            throw new CoreException(e.Fault, $"'{slice.Path}' cannot be read: {e.Message}", slice.Path,
                e.Remedy ?? "Copy the file again from its source.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new CoreException(e is InvalidDataException ? Fault.DicomFileInvalid : Fault.FileReadFailed,
                $"'{slice.Path}' cannot be read: {e.Message}", slice.Path, "Check the file and its access rights.", e);
        }
        if (slice.File.Syntax.Encoding.IsBigEndian && slice.Format.BitsAllocated == 16)
        {
            Span<short> samples = MemoryMarshal.Cast<byte, short>(destination);
            BinaryPrimitives.ReverseEndianness(samples, samples);
        }
    }

    private static void Decode(CtSlice slice, SafeFileHandle file, Span<byte> destination)
    {
        if (FrameCodecs.ForTransferSyntax(slice.File.Syntax.Uid) is not { } codec || slice.File.Pixels!.Frames is not { } frames)
            throw new CoreException(Fault.DicomTransferSyntaxNotSupported, $"{slice.File.Syntax} is not read by this version.",
                remedy: "Convert the files first, e.g. with GDCM: gdcmconv --raw in.dcm out.dcm");
        PixelFragment[] fragments = frames[slice.Frame];
        long total = fragments.Sum(f => (long)f.Length);
        if (total > Array.MaxLength) throw Invalid("Its compressed pixel data are larger than any image needs.");
        byte[] encoded = ArrayPool<byte>.Shared.Rent((int)total);
        try
        {
            int length = 0;
            foreach (PixelFragment fragment in fragments)
            {
                ReadExactly(file, fragment.Offset, encoded.AsSpan(length, fragment.Length));
                length += fragment.Length;
            }
            codec.Decode(encoded.AsSpan(0, length), slice.Format, destination);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(encoded);
        }
    }

    private static void Inflate(CtSlice slice, Span<byte> destination)
    {
        PixelElement pixels = slice.File.Pixels!;
        FileStream stream = DicomFile.Open(slice.Path);
        stream.Position = pixels.DeflatedFrom;
        using var input = new DicomInput(new DeflateStream(stream, CompressionMode.Decompress), pixels.Offset + pixels.Length);
        input.Skip(pixels.Offset + (long)slice.Frame * destination.Length);
        input.ReadExactly(destination);
    }

    private static void ReadExactly(SafeFileHandle file, long offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            int read = RandomAccess.Read(file, destination, offset);
            if (read == 0) throw Invalid("Its pixel data are cut.");
            destination = destination[read..];
            offset += read;
        }
    }

    private static CoreException Invalid(string message) => new(Fault.DicomFileInvalid, message);
}
