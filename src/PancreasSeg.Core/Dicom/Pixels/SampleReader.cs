using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using PancreasSeg.Dicom.Codecs;

namespace PancreasSeg.Dicom;

/// <summary>Reads the stored samples of images of one file in one pass over it, whatever their encoding.</summary>
/// <param name="file">The file; opened with the first image.</param>
/// <param name="cancellation">Stops the reading.</param>
internal sealed class SampleReader(DicomFile file, CancellationToken cancellation) : IDisposable
{
    private Stream? _stream;
    private DicomInput? _input;

    /// <summary>Fills the destination with Rows * Columns little-endian samples as stored.</summary>
    /// <param name="slice">An image of the file, of a later frame than the one before.</param>
    /// <param name="destination">Rows * Columns * BitsAllocated / 8 bytes.</param>
    /// <returns>What decoding it has shown.</returns>
    /// <exception cref="CoreException">The file is gone, changed, cut or damaged; names the file.</exception>
    public FrameTraits Read(CtSlice slice, Span<byte> destination) => Read(slice.Frame, slice.Format, destination);

    /// <summary>Fills the destination with Rows * Columns little-endian samples as stored.</summary>
    /// <param name="frame">A frame of the file, from 0, later than the one before.</param>
    /// <param name="format">How its samples are stored; 8 or 16 bits.</param>
    /// <param name="destination">Rows * Columns * BitsAllocated / 8 bytes.</param>
    /// <returns>What decoding it has shown.</returns>
    /// <exception cref="CoreException">The file is gone, changed, cut or damaged; names the file.</exception>
    public FrameTraits Read(int frame, FrameFormat format, Span<byte> destination)
    {
        var traits = FrameTraits.None;
        try
        {
            DicomInput input = _input ??= Open();
            if (!file.Syntax.IsNative) traits = Decode(input, frame, format, destination);
            else ReadAt(input, file.Pixels!.Offset + (long)frame * destination.Length, destination);
        }
        catch (Exception e) when (IsExpected(e))
        {
            throw Named(e);
        }
        if (file.Syntax.Encoding.IsBigEndian && format.BitsAllocated == 16)
        {
            Span<short> samples = MemoryMarshal.Cast<byte, short>(destination);
            BinaryPrimitives.ReverseEndianness(samples, samples);
        }
        return traits;
    }

    /// <summary>Fills the destination with bytes of plain pixel data.</summary>
    /// <param name="at">First byte, from 0, not before the end of what was read last.</param>
    /// <param name="destination">Where they go.</param>
    /// <exception cref="CoreException">As above.</exception>
    public void ReadBytes(long at, Span<byte> destination)
    {
        try
        {
            ReadAt(_input ??= Open(), file.Pixels!.Offset + at, destination);
        }
        catch (Exception e) when (IsExpected(e))
        {
            throw Named(e);
        }
    }

    /// <summary>Reads what follows the last image, where only the end of the file tells whether it is whole.</summary>
    /// <exception cref="CoreException">The file is damaged.</exception>
    public void Finish()
    {
        if (_stream is not { CanSeek: false } stream) return;
        byte[] rest = ArrayPool<byte>.Shared.Rent(1 << 14);
        try
        {
            while (stream.Read(rest) > 0) cancellation.ThrowIfCancellationRequested();
        }
        catch (Exception e) when (IsExpected(e))
        {
            throw Named(e);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rest);
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _input?.Dispose();
        _stream?.Dispose();
    }

    private DicomInput Open()
    {
        _stream = file.Source.Open();
        if (_stream.Length != file.Length) throw Invalid("It has changed since its header was read.");
        PixelElement pixels = file.Pixels!;
        return pixels.DeflatedFrom == 0 ? new DicomInput(_stream, file.Length, cancellation)
            : DicomInput.Inflate(_stream, pixels.DeflatedFrom, pixels.Offset + pixels.Length, cancellation);
    }

    private FrameTraits Decode(DicomInput input, int frame, FrameFormat format, Span<byte> destination)
    {
        if (FrameCodecs.ForTransferSyntax(file.Syntax.Uid) is not { } codec || file.Pixels!.Frames is not { } frames)
            throw new CoreException(Fault.DicomTransferSyntaxNotSupported, $"{file.Syntax} is not read by this version.",
                remedy: "Convert the files first, e.g. with GDCM: gdcmconv --raw in.dcm out.dcm");
        PixelFragment[] fragments = frames[frame];
        long total = fragments.Sum(f => (long)f.Length);
        if (total > Array.MaxLength) throw Invalid("Its compressed pixel data are larger than any image needs.");
        byte[] encoded = ArrayPool<byte>.Shared.Rent((int)total);
        try
        {
            int length = 0;
            foreach (PixelFragment fragment in fragments)
            {
                ReadAt(input, fragment.Offset, encoded.AsSpan(length, fragment.Length));
                length += fragment.Length;
            }
            return codec.Decode(encoded.AsSpan(0, length), format, destination);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(encoded);
        }
    }

    private static void ReadAt(DicomInput input, long offset, Span<byte> destination)
    {
        input.Skip(offset - input.Position);
        input.ReadExactly(destination);
    }

    private static bool IsExpected(Exception e) =>
        e is IOException or UnauthorizedAccessException or InvalidDataException or CoreException { Target: null };

    private CoreException Named(Exception e) => e switch
    {
        CoreException known => new(known.Fault, $"'{file.Path}' cannot be read: {known.Message}", file.Path,
            known.Remedy ?? "Copy the file again from its source.", known),
        InvalidDataException => new(Fault.DicomFileInvalid, $"'{file.Path}' cannot be read: its deflated bytes are damaged.", file.Path,
            "Copy the file again from its source.", e),
        _ => FileFault.Unreadable(file.Path, e),
    };

    private static CoreException Invalid(string message) => new(Fault.DicomFileInvalid, message);
}
