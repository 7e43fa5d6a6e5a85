using PancreasSeg.Dicom.Codecs;

namespace PancreasSeg.Core.Tests.Dicom.Codecs;

public class FrameCodecsTests
{
    [Theory]
    [InlineData("1.2.840.10008.1.2.5", typeof(RleCodec))]
    [InlineData("1.2.840.10008.1.2.4.50", typeof(JpegDctCodec))]
    [InlineData("1.2.840.10008.1.2.4.51", typeof(JpegDctCodec))]
    [InlineData("1.2.840.10008.1.2.4.57", typeof(JpegLosslessCodec))]
    [InlineData("1.2.840.10008.1.2.4.70", typeof(JpegLosslessCodec))]
    [InlineData("1.2.840.10008.1.2.4.80", typeof(JpegLsCodec))]
    [InlineData("1.2.840.10008.1.2.4.81", typeof(JpegLsCodec))]
    [InlineData("1.2.840.10008.1.2.4.90", typeof(Jpeg2000Codec))]
    [InlineData("1.2.840.10008.1.2.4.91", typeof(Jpeg2000Codec))]
    public void Every_transfer_syntax_has_its_codec(string uid, Type codec)
    {
        Assert.IsType(codec, FrameCodecs.ForTransferSyntax(uid));
        Assert.Equal(9, FrameCodecs.All.Count);
    }

    [Theory]
    [InlineData("1.2.840.10008.1.2.1")]
    [InlineData("1.2.840.10008.1.2.4.55")]
    [InlineData("1.2.840.10008.1.2.4.201")]
    [InlineData("")]
    public void Other_transfer_syntaxes_have_none(string uid) => Assert.Null(FrameCodecs.ForTransferSyntax(uid));

    /// <summary>A copy that was broken off after its length had been set; padding behind the end marker is none.</summary>
    [Theory]
    [InlineData("1.2.840.10008.1.2.4.90", "u12.j2k")]
    [InlineData("1.2.840.10008.1.2.4.91", "u12-lossy.j2k")]
    [InlineData("1.2.840.10008.1.2.4.80", "u12.jls")]
    [InlineData("1.2.840.10008.1.2.4.81", "u12-near3.jls")]
    [InlineData("1.2.840.10008.1.2.4.70", "u12-predictor1.ljpg")]
    [InlineData("1.2.840.10008.1.2.4.51", "u12-extended.jpg")]
    public void A_blank_end_is_refused(string uid, string file)
    {
        IFrameCodec codec = FrameCodecs.ForTransferSyntax(uid)!;
        Assert.SkipUnless(codec.Obstacle is null, "no OpenJPEG library");
        FrameFormat format = CodecSlices.Format(file);
        byte[] frame = CodecSlices.Encoded(file);
        uint[] samples = CodecSlices.Decode(codec, frame, format);
        foreach (int blanks in (int[])[20, 100, frame.Length / 2])
        {
            byte[] broken = [.. frame];
            broken.AsSpan(broken.Length - blanks).Clear();
            CodecAssert.Refuses(codec, broken, format, "end in blank bytes");
        }
        Assert.Equal(samples, CodecSlices.Decode(codec, [.. frame, .. new byte[50]], format));
    }

    [Theory]
    [InlineData(typeof(RleCodec), "u12.rle", "u32.rle")]
    [InlineData(typeof(JpegLosslessCodec), "u12-restart.ljpg", "s16-predictor7.ljpg")]
    [InlineData(typeof(JpegLosslessCodec), "s16-predictor6.ljpg", "u8-predictor1.ljpg")]
    [InlineData(typeof(JpegLsCodec), "u12-restart.jls", "u12-near3.jls")]
    [InlineData(typeof(JpegLsCodec), "u16-near255.jls", "u12-presets.jls")]
    [InlineData(typeof(JpegDctCodec), "u8-restart.jpg", "u12-extended.jpg")]
    [InlineData(typeof(JpegDctCodec), "u12-extended.jpg", "u8-baseline.jpg")]
    public void Damaged_frames_end_in_an_error_or_in_pixels(Type codecType, string file, string otherFile)
    {
        var codec = (IFrameCodec)Activator.CreateInstance(codecType)!;
        byte[] frame = CodecSlices.Encoded(file);
        byte[] other = CodecSlices.Encoded(otherFile);
        FrameFormat format = CodecSlices.Format(file);
        var destination = new byte[format.Rows * format.Columns * (format.BitsAllocated / 8)];
        var mutator = new FrameMutator(seed: 20240607);
        int refused = 0;
        const int mutants = 1500;
        for (int i = 0; i < mutants; i++)
        {
            byte[] mutant = mutator.Mutate(frame, other);
            try
            {
                codec.Decode(mutant, format, destination);
            }
            catch (CoreException e) when (e.Fault == Fault.DicomFileInvalid)
            {
                refused++;
            }
            catch (Exception e)
            {
                Assert.Fail($"Mutant {i} of {file}: {e}");
            }
        }
        Assert.InRange(refused, mutants / 4, mutants - 1);
    }

    // Without the library only the managed header check runs.
    [Fact]
    public void Damaged_jpeg_2000_headers_never_pass_as_another_fault()
    {
        var codec = new Jpeg2000Codec(() => "no such file");
        var destination = new byte[CodecSlices.Rows * CodecSlices.Columns * 2];
        var mutator = new FrameMutator(seed: 7);
        byte[] tiles = CodecSlices.Encoded("u12-tiles.jp2");
        byte[] plain = CodecSlices.Encoded("u12.j2k");
        for (int i = 0; i < 2000; i++)
        {
            byte[] mutant = i % 2 == 0 ? mutator.Mutate(tiles, plain) : mutator.Mutate(plain, tiles);
            var e = Assert.Throws<CoreException>(() => codec.Decode(mutant, CodecSlices.Format("u12"), destination));
            Assert.True(e.Fault is Fault.DicomFileInvalid or Fault.NativeRuntimeMissing, $"Mutant {i}: {e}");
        }
    }
}
