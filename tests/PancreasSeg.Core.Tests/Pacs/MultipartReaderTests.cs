using System.Globalization;
using System.Text;
using PancreasSeg.Pacs;

namespace PancreasSeg.Core.Tests.Pacs;

/// <summary>The rules of multipart/related, each with what breaks it.</summary>
public class MultipartReaderTests
{
    private const string Two = "--b1\r\nContent-Type: application/dicom\r\n\r\nAAA\r\n--b1\r\ncontent-type:application/dicom\r\n"
        + "Content-Length: 4\r\n\r\nBB\r\n\r\n--b1--\r\nepilogue";

    [Theory]
    [InlineData("--b1\r\nContent-Type: application/dicom\r\n\r\nAAA\r\n--b1--\r\n", "application/dicom:AAA")]
    [InlineData(Two, "application/dicom:AAA|application/dicom:BB~")]
    [InlineData("hello\r\n--b1  \r\nContent-Type: application/dicom\r\n\r\nA\r\n--b1-- \r\n", "application/dicom:A")]
    [InlineData("--b1\nContent-Type: application/dicom\n\nA\r\n--b1--", "application/dicom:A")]
    [InlineData("--b1\r\nContent-Type: application/dicom\r\n\r\nA\r\n--b12\r\n--b\r\n--b1--", "application/dicom:A~--b12~--b")]
    [InlineData("--b1\r\n\r\nA\n--b1\r\n--b1--", ":A\n--b1")]
    [InlineData("--b1\r\n\r\n\r\n\r\n--b\r\n--b1--", ":~~--b")]
    [InlineData("--b1\r\nContent-Type:\r\n application/dicom\r\n\r\nA\r\n--b1--", "application/dicom:A")]
    [InlineData("--b1\r\n\r\nA\r\n--b1--", ":A")]
    [InlineData("--b1\r\nContent-Type: text/html\r\n\r\n<p>\r\n--b1--", "text/html:<p>")]
    [InlineData("--b1\r\nContent-Length: 0\r\n\r\n\r\n--b1--", ":")]
    [InlineData("--b1\r\n\r\nA\r\n--b1 \t \r\n\r\nB\r\n--b1--", ":A|:B")]
    [InlineData("\r\n--b1\r\n\r\nA\r\n--b1--", ":A")]
    [InlineData("--b1--\r\n", "")]
    [InlineData("--b1--", "")]
    public void Parts_come_out_as_they_went_in(string body, string expected)
    {
        for (int piece = 1; piece <= 64; piece++) Assert.Equal(expected, Read(body, piece));
    }

    [Theory]
    [InlineData("--b1\r\nContent-Length: 9\r\n\r\nA\r\n--b1--")]
    [InlineData("--b1\r\nContent-Length: 1\r\n\r\nAAA\r\n--b1--")]
    [InlineData("--b1\r\nContent-Length: 1\r\n\r\nA\r\n--b1x\r\n\r\nB\r\n--b1--")]
    [InlineData("--b1\r\nContent-Length: -1\r\n\r\nA\r\n--b1--")]
    [InlineData("--b1\r\nContent-Length: 5000000000\r\n\r\nA\r\n--b1--")]
    [InlineData("--b1\r\nContent-Length: 99999999999999999999\r\n\r\nA\r\n--b1--")]
    [InlineData("--b1\r\n\r\nAAAA")]
    [InlineData("--b1\r\n\r\nA\r\n--b1")]
    [InlineData("--b1\r\n\r\nA\r\n--b1-")]
    [InlineData("--b1\r\n\r\nA\r\n--b1\r\n")]
    [InlineData("--b1\r\n\r\nA\r\n--B1--")]
    [InlineData("--b1\r\nContent-Ty")]
    [InlineData("--b1\r\nno colon\r\n\r\nA\r\n--b1--")]
    [InlineData("")]
    [InlineData("--b2\r\n\r\nA\r\n--b2--\r\n")]
    public void What_is_cut_or_lies_is_refused(string body)
    {
        for (int piece = 1; piece <= 64; piece++) AssertRefused(() => Read(body, piece));
    }

    [Fact]
    public void A_boundary_is_found_wherever_a_piece_or_the_window_ends()
    {
        const int window = 1 << 16;
        for (int at = -8; at <= 8; at++)
        {
            string data = new('x', window - 40 + at);
            string body = $"--b1\r\n\r\n{data}\r\n--b1\r\n\r\n{data}\r\n--b\r\n--b1--";
            Assert.Equal($":{data}|:{data}~--b", Read(body, int.MaxValue));
        }
    }

    [Fact]
    public void Headers_have_limits()
    {
        AssertRefused(() => Read("--b1\r\n" + string.Concat(Enumerable.Range(0, 200).Select(i => $"X{i}: 1\r\n")) + "\r\nA\r\n--b1--"));
        AssertRefused(() => Read($"--b1\r\nX: {new string('x', 20_000)}\r\n\r\nA\r\n--b1--"));
        AssertRefused(() => Read("--b1\r\nX: 1\r\n" + string.Concat(Enumerable.Repeat($" {new string('x', 4000)}\r\n", 5)) + "\r\nA\r\n--b1--"));
        AssertRefused(() => Read(string.Concat(Enumerable.Repeat("preamble\r\n", 1000)) + "--b1\r\n\r\nA\r\n--b1--"));
        AssertRefused(() => Read(string.Concat(Enumerable.Repeat("--b1\r\n\r\n\r\n", MultipartReader.MostParts + 1)) + "--b1--"));
    }

    [Fact]
    public void A_part_without_end_is_refused_at_its_limit_and_never_held_in_memory()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        var endless = new Endless("--b1\r\n\r\n"u8.ToArray());
        var reader = new MultipartReader(endless, "b1");
        Assert.True(reader.Next());
        var counted = new Counter();
        AssertRefused(() => reader.CopyTo(counted));
        Assert.InRange(counted.Bytes, MultipartReader.LongestPart - (1 << 20), MultipartReader.LongestPart);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 4 << 20);
    }

    [Theory]
    [InlineData("multipart/related; type=\"application/dicom\"; boundary=\"b1\"")]
    [InlineData("multipart/related; boundary=b1; type=application/dicom")]
    [InlineData("multipart/related; type=application/dicom; boundary=b1")]
    [InlineData("Multipart/Related;BOUNDARY=b1;type=\"a;b=c\"")]
    [InlineData("multipart/related; type=\"application/dicom; boundary=x\"; boundary = b1")]
    public void A_boundary_is_read_quoted_or_bare(string type) => Assert.Equal("b1", MultipartReader.BoundaryOf(type));

    [Theory]
    [InlineData("")]
    [InlineData("multipart/related")]
    [InlineData("multipart/related; boundary=")]
    [InlineData("multipart/related; boundary=\"b1")]
    [InlineData("multipart/related; boundary=1234567890123456789012345678901234567890123456789012345678901234567890x")]
    [InlineData("application/dicom+json; boundary=b1")]
    [InlineData("text/html")]
    public void A_type_without_boundary_is_refused(string type) => AssertRefused(() => MultipartReader.BoundaryOf(type));

    [Fact]
    public void Damaged_bodies_are_read_or_refused_and_never_anything_else()
    {
        int count = int.Parse(Environment.GetEnvironmentVariable("PANCREASSEG_FUZZ_COUNT") ?? "2000", CultureInfo.InvariantCulture);
        int seed = int.Parse(Environment.GetEnvironmentVariable("PANCREASSEG_FUZZ_SEED") ?? "1", CultureInfo.InvariantCulture);
        int read = 0, refused = 0;
        for (int i = 0; i < count; i++)
        {
            var random = new Random(unchecked(seed * 1_000_003 + i));
            char[] body = Two.ToCharArray();
            for (int n = random.Next(1, 4); n > 0; n--) body[random.Next(body.Length)] = "-b1\r\n:C\0"[random.Next(8)];
            try
            {
                Read(new string(body[..random.Next(body.Length + 1)]), random.Next(1, 51));
                read++;
            }
            catch (CoreException e) when (e.Fault == Fault.ServerAnswerInvalid)
            {
                refused++;
            }
        }
        Assert.Equal(count, read + refused);
        Assert.True(read > count / 20 && refused > count / 4, $"{read} read, {refused} refused");
    }

    private static void AssertRefused(Action read) => Assert.Equal(Fault.ServerAnswerInvalid, Assert.Throws<CoreException>(read).Fault);

    private static string Read(string body, int piece = 4096)
    {
        var reader = new MultipartReader(new Pieces(Encoding.Latin1.GetBytes(body), piece), "b1");
        var parts = new List<string>();
        while (reader.Next())
        {
            using var data = new MemoryStream();
            string type = reader.PartType;
            reader.CopyTo(data);
            parts.Add($"{type}:{Encoding.Latin1.GetString(data.ToArray()).Replace("\r\n", "~", StringComparison.Ordinal)}");
        }
        return string.Join('|', parts);
    }

    private sealed class Pieces(byte[] data, int piece) : MemoryStream(data)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, piece));
    }

    private sealed class Endless(byte[] head) : MemoryStream(head)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, count) is > 0 and var read ? read : count;
    }

    private sealed class Counter : MemoryStream
    {
        public long Bytes { get; private set; }

        public override void Write(byte[] buffer, int offset, int count) => Bytes += count;
    }
}
