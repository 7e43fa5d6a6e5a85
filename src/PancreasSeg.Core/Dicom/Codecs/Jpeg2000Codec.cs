using System.Buffers;
using System.Buffers.Binary;

namespace PancreasSeg.Dicom.Codecs;

/// <summary>
/// JPEG 2000 lossless only (1.2.840.10008.1.2.4.90) and lossless or lossy (.91): PS3.5 section 8.2.4, T.800. The header is checked
/// here; the codestream is decoded by the OpenJPEG library of the user's machine.
/// </summary>
internal sealed class Jpeg2000Codec : IFrameCodec
{
    private const string Encoding = "JPEG 2000";

    private readonly Lazy<OpenJpeg> _library;

    /// <summary>Uses the library that the environment names, or the system's; it is loaded with the first frame.</summary>
    public Jpeg2000Codec() : this(() => Environment.GetEnvironmentVariable(OpenJpegLibrary.PathVariable))
    {
    }

    /// <summary>Uses a library file.</summary>
    /// <param name="libraryPath">Gives the library file, or null for the system's; asked again until a library has been loaded.</param>
    public Jpeg2000Codec(Func<string?> libraryPath) =>
        _library = new(() => OpenJpegLibrary.Load(libraryPath()), LazyThreadSafetyMode.PublicationOnly);

    /// <inheritdoc/>
    public CoreException? Obstacle
    {
        get
        {
            try
            {
                _ = _library.Value;
                return null;
            }
            catch (CoreException e)
            {
                return e;
            }
        }
    }

    /// <inheritdoc/>
    public FrameTraits Decode(ReadOnlySpan<byte> encoded, FrameFormat format, Span<byte> destination)
    {
        ReadOnlySpan<byte> codestream = Jpeg2000Header.FindCodestream(encoded);
        Jpeg2000Header header = Jpeg2000Header.Read(codestream, format);
        FrameFault.CheckEnd(Encoding, codestream);
        OpenJpeg library = _library.Value;
        int[] buffer = ArrayPool<int>.Shared.Rent(format.Rows * format.Columns);
        Span<int> samples = buffer.AsSpan(0, format.Rows * format.Columns);
        if (!library.TryDecode(codestream, format.Columns, format.Rows, samples))
            FrameFault.Throw("The JPEG 2000 pixel data are damaged: the OpenJPEG library refuses them.");
        var traits = header.IsIrreversible ? FrameTraits.Lossy : FrameTraits.None;
        if (header.Precision > format.BitsStored && Saturate(samples, header, format)) traits |= FrameTraits.BeyondStoredBits;
        CheckSigns(samples, header, format);
        if (format.BitsAllocated == 8)
        {
            for (int i = 0; i < samples.Length; i++) destination[i] = (byte)samples[i];
        }
        else
        {
            for (int i = 0; i < samples.Length; i++) BinaryPrimitives.WriteInt16LittleEndian(destination[(2 * i)..], (short)samples[i]);
        }
        ArrayPool<int>.Shared.Return(buffer);
        return traits;
    }

    /// <summary>
    /// Brings samples that the error of the encoding has carried beyond the stored bits back to them. Returns true where samples lie
    /// beyond although nothing was lost.
    /// </summary>
    private static bool Saturate(Span<int> samples, in Jpeg2000Header header, FrameFormat format)
    {
        bool isLossy = header.IsIrreversible || format.IsLossy, isBeyond = false;
        int above = 32 - header.Precision;
        // Where only the codestream knows a sign, a value below 0 by more than that is no error of the encoding.
        int lowest = header.IsSigned && !format.IsSigned ? -(format.Highest >> 3) : int.MinValue;
        foreach (ref int sample in samples)
        {
            if (format.IsSigned && !header.IsSigned) sample = sample << above >> above;
            if (sample >= format.Lowest && sample <= format.Highest) continue;
            if (!isLossy) isBeyond = true;
            else if (sample >= lowest) sample = Math.Clamp(sample, format.Lowest, format.Highest);
        }
        return isBeyond;
    }

    // The low BitsStored bits are the value in either representation when the codestream has as many bits; a sign that the data set does
    // not know of, or knows in another place, can be judged only where no sample has it.
    private static void CheckSigns(ReadOnlySpan<int> samples, in Jpeg2000Header header, FrameFormat format)
    {
        bool unknown = (header.IsSigned, format.IsSigned) switch
        {
            (true, false) => header.Precision != format.BitsStored && samples.ContainsAnyInRange(int.MinValue, -1),
            (false, true) => header.Precision < format.BitsStored
                && samples.ContainsAnyInRange(1 << (header.Precision - 1), int.MaxValue),
            _ => false,
        };
        if (unknown) FrameFault.ThrowSignUnknown(Encoding, header.Precision, format);
    }
}
