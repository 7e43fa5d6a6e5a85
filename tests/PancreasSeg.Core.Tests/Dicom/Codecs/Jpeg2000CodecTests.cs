using System.Runtime.InteropServices;
using System.Security.Cryptography;
using PancreasSeg.Dicom.Codecs;

namespace PancreasSeg.Core.Tests.Dicom.Codecs;

public class Jpeg2000CodecTests
{
    private static readonly Jpeg2000Codec s_codec = new();

    [Theory]
    [InlineData("u8.j2k")]
    [InlineData("u12.j2k")]
    [InlineData("s12.j2k")]
    [InlineData("s16.j2k")]
    [InlineData("u12-tiles.jp2")]
    public void Lossless_frames_of_another_encoder_decode_exactly(string file)
    {
        RequireOpenJpeg();
        CodecAssert.DecodesToTruth(s_codec, file);
    }

    // Real files have codestreams whose sign is not that of Pixel Representation; the low bits are the same.
    [Theory]
    [InlineData("s12-unsigned.j2k")]
    [InlineData("u12-signed.j2k")]
    public void The_sign_of_the_data_set_wins_over_that_of_the_codestream(string file)
    {
        RequireOpenJpeg();
        CodecAssert.DecodesToTruth(s_codec, file);
        FrameFormat wider = CodecSlices.Format(file) with { BitsStored = 16 };
        CodecAssert.Refuses(s_codec, CodecSlices.Encoded(file), wider, "not certain");
    }

    [Fact]
    public void Lossy_frames_decode_to_the_samples_of_another_decoder_within_one()
    {
        RequireOpenJpeg();
        FrameFormat format = CodecSlices.Format("u12");
        uint[] expected = CodecSlices.Samples(CodecSlices.Encoded("u12-lossy-j2k.raw"), format);
        uint[] actual = CodecSlices.Decode(s_codec, CodecSlices.Encoded("u12-lossy.j2k"), format);
        Assert.All(expected.Zip(actual), pair => Assert.InRange((int)pair.Second - (int)pair.First, -1, 1));
        Assert.NotEqual(CodecSlices.Truth(format), actual);
    }

    [Fact]
    public void Truncated_frames_are_refused()
    {
        RequireOpenJpeg();
        byte[] frame = CodecSlices.Encoded("u12.j2k");
        foreach (int length in (int[])[50, 120, 300, frame.Length / 2, frame.Length - 200])
            CodecAssert.Refuses(s_codec, frame.AsSpan(0, length), CodecSlices.Format("u12"), "damaged");
    }

    // GDCM's decoding of the same files, see make_fixtures.py.
    [Fact]
    public void A_real_series_decodes_to_the_pixels_of_another_decoder()
    {
        RequireOpenJpeg();
        string folder = SampleData.Require("abdomen-ct-dicom-j2k");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var pixels = new byte[512 * 512 * 2];
        foreach (string file in Directory.GetFiles(folder, "CT.*").Order(StringComparer.Ordinal))
        {
            ReadOnlySpan<byte> bytes = File.ReadAllBytes(file);
            s_codec.Decode(bytes[bytes.LastIndexOf((ReadOnlySpan<byte>)[0xFF, 0x4F, 0xFF, 0x51])..], new(512, 512, 16, 12, false), pixels);
            hash.AppendData(pixels);
        }
        Assert.Equal("8D53EF65D05ABCB7E8DEF819623F4A6ACE27658A2E837910F242D8436D134FA6", Convert.ToHexString(hash.GetHashAndReset()));
    }

    [Fact]
    public void A_header_that_disagrees_with_the_data_set_is_refused_before_any_native_call()
    {
        var codec = new Jpeg2000Codec(() => throw new InvalidOperationException("must not be reached"));
        byte[] frame = CodecSlices.Encoded("u12-signed.j2k");
        FrameFormat format = CodecSlices.Format("u12");
        CodecAssert.Refuses(codec, frame, format with { Rows = CodecSlices.Rows + 1 }, "61 x 47");
        CodecAssert.Refuses(codec, frame, format with { BitsAllocated = 8, BitsStored = 8 }, "12 bits");
        CodecAssert.Refuses(codec, CodecSlices.Changed(frame, 41, 3), format, "3 components");
        CodecAssert.Refuses(codec, CodecSlices.Changed(frame, 43, 2), format, "subsampled");
        CodecAssert.Refuses(codec, CodecSlices.Changed(frame, 19, 61), format, "impossible image or tile size");
        CodecAssert.Refuses(codec, CodecSlices.Changed(frame, 27, 0), format, "impossible image or tile size");
        CodecAssert.Refuses(codec, frame.AsSpan(0, 44), format, "end before");
        CodecAssert.Refuses(codec, frame.AsSpan(2), format, "codestream header");
        CodecAssert.Refuses(codec, [], format, "codestream header");
    }

    [Fact]
    public void More_tiles_than_any_encoder_makes_are_refused()
    {
        byte[] frame = CodecSlices.Encoded("u12.j2k");
        var format = new FrameFormat(512, 512, 16, 12, false);
        (frame[10], frame[11], frame[14], frame[15]) = (2, 0, 2, 0);
        frame.AsSpan(24, 8).Clear();
        (frame[27], frame[31]) = (1, 1);
        CodecAssert.Refuses(new Jpeg2000Codec(() => throw new InvalidOperationException()), frame, format, "number of tiles");
    }

    [Fact]
    public void An_absent_or_foreign_library_is_told_with_what_to_do()
    {
        string absent = Path.Combine(Path.GetTempPath(), "no such folder", "libopenjp2.so.7");
        string foreign = Directory.GetFiles(RuntimeEnvironment.GetRuntimeDirectory(), "*System.IO.Compression.Native.*")
            .First(f => Path.GetExtension(f) is ".so" or ".dylib" or ".dll");
        string text = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        File.WriteAllText(text, "not a library");
        Assert.Equal(Fault.NativeRuntimeMissing, FaultOf(absent));
        Assert.Equal(Fault.NativeRuntimeIncompatible, FaultOf(foreign));
        Assert.Equal(Fault.NativeRuntimeIncompatible, FaultOf(text));
        File.Delete(text);

        static Fault FaultOf(string path)
        {
            byte[] frame = CodecSlices.Encoded("u12.j2k");
            var e = Assert.Throws<CoreException>(
                () => CodecSlices.Decode(new Jpeg2000Codec(() => path), frame, CodecSlices.Format("u12")));
            Assert.Contains("gdcmconv --raw", e.Remedy, StringComparison.Ordinal);
            Assert.Contains(OpenJpegLibrary.PathVariable, e.Remedy, StringComparison.Ordinal);
            return e.Fault;
        }
    }

    private static void RequireOpenJpeg()
    {
        try
        {
            OpenJpegLibrary.Load(Environment.GetEnvironmentVariable(OpenJpegLibrary.PathVariable));
        }
        catch (CoreException e) when (e.Fault == Fault.NativeRuntimeMissing)
        {
            Assert.Skip("no OpenJPEG library");
        }
    }
}
