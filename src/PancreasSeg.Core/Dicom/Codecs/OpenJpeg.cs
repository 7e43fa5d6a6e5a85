using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PancreasSeg.Dicom.Codecs;

/// <summary>
/// Decoding of one-component JPEG 2000 codestreams by a loaded OpenJPEG 2 library (openjpeg.h). Holds no state between calls.
/// </summary>
internal sealed unsafe class OpenJpeg
{
    private const int CodestreamFormat = 0;

    // opj_dparameters_t is 8252 bytes in 2.5, mostly two file names; only the library reads or writes it.
    private const int ParametersLength = 1 << 14;

    private readonly delegate* unmanaged<nuint, int, nint> _createStream;
    private readonly delegate* unmanaged<nint, void> _destroyStream;
    private readonly delegate* unmanaged<nint, delegate* unmanaged[Cdecl]<void*, nuint, Source*, nuint>, void> _setRead;
    private readonly delegate* unmanaged<nint, delegate* unmanaged[Cdecl]<long, Source*, long>, void> _setSkip;
    private readonly delegate* unmanaged<nint, delegate* unmanaged[Cdecl]<long, Source*, int>, void> _setSeek;
    private readonly delegate* unmanaged<nint, Source*, nint, void> _setUserData;
    private readonly delegate* unmanaged<nint, ulong, void> _setUserDataLength;
    private readonly delegate* unmanaged<int, nint> _createDecompress;
    private readonly delegate* unmanaged<nint, void> _destroyCodec;
    private readonly delegate* unmanaged<byte*, void> _setDefaultParameters;
    private readonly delegate* unmanaged<nint, byte*, int> _setupDecoder;
    private readonly delegate* unmanaged<nint, nint, Image**, int> _readHeader;
    private readonly delegate* unmanaged<nint, nint, Image*, int> _decode;
    private readonly delegate* unmanaged<Image*, void> _destroyImage;

    /// <summary>Binds the functions.</summary>
    /// <param name="library">Handle of the loaded library; stays loaded.</param>
    /// <exception cref="EntryPointNotFoundException">Not OpenJPEG 2.</exception>
    public OpenJpeg(nint library)
    {
        nint Export(string name) => NativeLibrary.GetExport(library, name);
        _createStream = (delegate* unmanaged<nuint, int, nint>)Export("opj_stream_create");
        _destroyStream = (delegate* unmanaged<nint, void>)Export("opj_stream_destroy");
        _setRead = (delegate* unmanaged<nint, delegate* unmanaged[Cdecl]<void*, nuint, Source*, nuint>, void>)
            Export("opj_stream_set_read_function");
        _setSkip = (delegate* unmanaged<nint, delegate* unmanaged[Cdecl]<long, Source*, long>, void>)Export("opj_stream_set_skip_function");
        _setSeek = (delegate* unmanaged<nint, delegate* unmanaged[Cdecl]<long, Source*, int>, void>)Export("opj_stream_set_seek_function");
        _setUserData = (delegate* unmanaged<nint, Source*, nint, void>)Export("opj_stream_set_user_data");
        _setUserDataLength = (delegate* unmanaged<nint, ulong, void>)Export("opj_stream_set_user_data_length");
        _createDecompress = (delegate* unmanaged<int, nint>)Export("opj_create_decompress");
        _destroyCodec = (delegate* unmanaged<nint, void>)Export("opj_destroy_codec");
        _setDefaultParameters = (delegate* unmanaged<byte*, void>)Export("opj_set_default_decoder_parameters");
        _setupDecoder = (delegate* unmanaged<nint, byte*, int>)Export("opj_setup_decoder");
        _readHeader = (delegate* unmanaged<nint, nint, Image**, int>)Export("opj_read_header");
        _decode = (delegate* unmanaged<nint, nint, Image*, int>)Export("opj_decode");
        _destroyImage = (delegate* unmanaged<Image*, void>)Export("opj_image_destroy");
    }

    /// <summary>Decodes a codestream whose header has been checked.</summary>
    /// <param name="codestream">From the start-of-codestream marker.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="samples">Receives <c>width * height</c> samples, row by row.</param>
    /// <returns>False: the library refused the codestream, or delivered another size.</returns>
    public bool TryDecode(ReadOnlySpan<byte> codestream, int width, int height, Span<int> samples)
    {
        nint stream = 0;
        nint codec = 0;
        Image* image = null;
        fixed (byte* data = codestream)
        {
            var source = new Source { Data = data, Length = codestream.Length };
            try
            {
                stream = _createStream((nuint)Math.Clamp(codestream.Length, 1 << 12, 1 << 20), 1);
                codec = _createDecompress(CodestreamFormat);
                if (stream == 0 || codec == 0) return false;
                _setRead(stream, &Read);
                _setSkip(stream, &Skip);
                _setSeek(stream, &Seek);
                _setUserData(stream, &source, 0);
                _setUserDataLength(stream, (ulong)codestream.Length);
                byte* parameters = stackalloc byte[ParametersLength];
                _setDefaultParameters(parameters);
                if (_setupDecoder(codec, parameters) == 0 || _readHeader(stream, codec, &image) == 0) return false;
                if (_decode(codec, stream, image) == 0 || image->ComponentCount != 1) return false;
                Component* component = image->Components;
                if (component->Width != width || component->Height != height || component->Data == null) return false;
                new ReadOnlySpan<int>(component->Data, samples.Length).CopyTo(samples);
                return true;
            }
            finally
            {
                if (image != null) _destroyImage(image);
                if (codec != 0) _destroyCodec(codec);
                if (stream != 0) _destroyStream(stream);
            }
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nuint Read(void* buffer, nuint length, Source* source)
    {
        long count = Math.Min((long)length, source->Length - source->Position);
        if (count <= 0) return nuint.MaxValue;
        Unsafe.CopyBlockUnaligned(buffer, source->Data + source->Position, (uint)count);
        source->Position += count;
        return (nuint)count;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static long Skip(long length, Source* source)
    {
        long count = Math.Min(length, source->Length - source->Position);
        if (count <= 0) return -1;
        source->Position += count;
        return count;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Seek(long position, Source* source)
    {
        if (position < 0 || position > source->Length) return 0;
        source->Position = position;
        return 1;
    }

    private struct Source
    {
        public byte* Data;
        public long Length;
        public long Position;
    }

#pragma warning disable CS0649 // Only the library assigns these.
    // opj_image_t, up to its components.
    private struct Image
    {
        public fixed uint Edges[4];
        public uint ComponentCount;
        public int ColorSpace;
        public Component* Components;
    }

    // opj_image_comp_t, up to its data.
    private struct Component
    {
        public fixed uint Separation[2];
        public uint Width;
        public uint Height;
        public fixed uint Origin[2];
        public fixed uint Depths[5];
        public int* Data;
    }
#pragma warning restore CS0649
}
