using System.Globalization;
using System.Text;

namespace PancreasSeg.Pacs;

/// <summary>
/// Reads the parts of a multipart/related answer (RFC 2046, RFC 2387) one after the other from a stream, of which never more than a
/// window is in memory. What breaks the rules is refused: <see cref="Fault.ServerAnswerInvalid"/>.
/// </summary>
/// <param name="stream">Read forward only, in pieces of any size.</param>
/// <param name="boundary">From <see cref="BoundaryOf"/>.</param>
internal sealed class MultipartReader(Stream stream, string boundary)
{
    /// <summary>Parts that an answer may have.</summary>
    public const int MostParts = 20_000;

    /// <summary>Bytes that a part may have.</summary>
    public const long LongestPart = 4L << 30;

    private const int LongestLine = 8192, MostHeaders = 32, MostPreamble = 64, MostBlanks = 256, LongestBoundary = 70;

    private readonly byte[] _buffer = new byte[1 << 16];
    private readonly byte[] _delimiter = Encoding.ASCII.GetBytes($"\r\n--{boundary}");
    private int _start, _end, _parts;
    private bool _streamEnded, _begun, _closed, _inPart;
    private long? _length;

    /// <summary>The part's own Content-Type; empty where it has none.</summary>
    public string PartType { get; private set; } = "";

    /// <summary>The boundary that a Content-Type names, quoted or bare. Read by hand: .NET's own reader takes a header with a bare
    /// <c>type=application/dicom</c>, which servers send, for none at all.</summary>
    /// <exception cref="CoreException">It is not multipart/related, or names no boundary of 1 to 70 characters.</exception>
    public static string BoundaryOf(string contentType)
    {
        int at = contentType.IndexOf(';', StringComparison.Ordinal);
        string kind = (at < 0 ? contentType : contentType[..at]).Trim();
        if (!kind.Equals("multipart/related", StringComparison.OrdinalIgnoreCase)) throw Invalid("is not multipart/related");
        while (at >= 0 && at < contentType.Length)
        {
            int equals = contentType.IndexOf('=', at);
            if (equals < 0) break;
            string name = contentType[(at + 1)..equals].Trim();
            int next = equals + 1;
            while (next < contentType.Length && contentType[next] == ' ') next++;
            string value;
            if (next < contentType.Length && contentType[next] == '"')
            {
                int close = contentType.IndexOf('"', next + 1);
                if (close < 0) break;
                value = contentType[(next + 1)..close];
                at = contentType.IndexOf(';', close);
            }
            else
            {
                at = contentType.IndexOf(';', next);
                value = (at < 0 ? contentType[next..] : contentType[next..at]).Trim();
            }
            if (!name.Equals("boundary", StringComparison.OrdinalIgnoreCase)) continue;
            if (value.Length is >= 1 and <= LongestBoundary && value.All(c => c is >= ' ' and <= '~')) return value;
            break;
        }
        throw Invalid("names no boundary between its parts");
    }

    /// <summary>Goes on to the next part; what was not copied of the one before is skipped.</summary>
    /// <returns>False behind the last one.</returns>
    public bool Next()
    {
        if (!_begun) SkipPreamble();
        else if (_inPart) CopyTo(Stream.Null);
        _begun = true;
        if (_closed) return false;
        if (++_parts > MostParts) throw Invalid("has more than 20,000 parts");
        ReadHeaders();
        return _inPart = true;
    }

    /// <summary>Copies the part, once.</summary>
    public void CopyTo(Stream target)
    {
        _inPart = false;
        long left = _length ?? LongestPart;
        if (left > LongestPart) throw Invalid("has a part of more than 4 GB");
        if (_length is null) CopyToDelimiter(target, left);
        else CopyBytes(target, left);
        Skip(_delimiter.Length);
        _closed = EndsDelimiterLine();
    }

    private void SkipPreamble()
    {
        for (int i = 0; i < MostPreamble; i++)
        {
            // The closing line may be the end of the stream, without a line break.
            string line = Line(endsLine: true).TrimEnd(' ', '\t');
            if (line == $"--{boundary}--") _closed = true;
            if (_closed || line == $"--{boundary}") return;
        }
        throw Invalid("does not begin with its boundary");
    }

    private void ReadHeaders()
    {
        (PartType, _length) = ("", null);
        string header = "";
        for (int i = 0; ; i++)
        {
            string line = Line();
            if (line.Length > 0 && line[0] is ' ' or '\t' && header.Length > 0)
            {
                header += line;
            }
            else
            {
                Take(header);
                header = line;
            }
            if (line.Length == 0) return;
            if (i == MostHeaders || header.Length > LongestLine) throw Invalid("has a part with too many header lines");
        }
    }

    private void Take(string header)
    {
        if (header.Length == 0) return;
        int colon = header.IndexOf(':', StringComparison.Ordinal);
        if (colon < 1) throw Invalid("has a part with a header line without colon");
        (string name, string value) = (header[..colon].Trim(), header[(colon + 1)..].Trim());
        if (name.Equals("Content-Type", StringComparison.OrdinalIgnoreCase)) PartType = value;
        if (!name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)) return;
        _length = long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long length) ? length
            : throw Invalid("has a part whose length is no number");
    }

    private void CopyBytes(Stream target, long left)
    {
        while (left > 0)
        {
            if (!Need(1)) throw Cut();
            int count = (int)Math.Min(left, _end - _start);
            target.Write(_buffer, _start, count);
            _start += count;
            left -= count;
        }
        if (!Need(_delimiter.Length)) throw Cut();
        if (!Window.StartsWith(_delimiter) || !IsDelimiterLine()) throw Invalid("has a part whose length is not the one it states");
    }

    private void CopyToDelimiter(Stream target, long left)
    {
        while (true)
        {
            int at = Window.IndexOf(_delimiter);
            // Without one, the last bytes may be its beginning.
            int count = at >= 0 ? at : Math.Max(0, Window.Length - _delimiter.Length + 1);
            if ((left -= count) < 0) throw Invalid("has a part of more than 4 GB");
            target.Write(_buffer, _start, count);
            _start += count;
            if (at < 0)
            {
                if (!Need(Window.Length + 1)) throw Cut();
            }
            else if (IsDelimiterLine())
            {
                return;
            }
            else
            {
                // It goes on, so it is of the part.
                target.Write(_buffer, _start, 2);
                _start += 2;
                left -= 2;
            }
        }
    }

    private ReadOnlySpan<byte> Window => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Whether behind the delimiter at the start of the window its line ends, or the whole.</summary>
    private bool IsDelimiterLine()
    {
        int i = _delimiter.Length;
        if (Need(i + 2) && Window[i] == '-' && Window[i + 1] == '-') return true;
        while (Need(i + 1) && i < _delimiter.Length + MostBlanks && Window[i] is (byte)' ' or (byte)'\t') i++;
        return Need(i + 1) && (Window[i] == '\n' || (Window[i] == '\r' && Need(i + 2) && Window[i + 1] == '\n'));
    }

    /// <summary>Steps over the rest of a delimiter's line.</summary>
    /// <returns>True when it is the last one; what follows it does not count.</returns>
    private bool EndsDelimiterLine()
    {
        if (Need(2) && Window[0] == '-' && Window[1] == '-') return true;
        Line();
        return false;
    }

    /// <summary>The next line without its end, which is CRLF or LF.</summary>
    private string Line(bool endsLine = false)
    {
        int length = 0;
        while (true)
        {
            int at = Window[length..].IndexOf((byte)'\n');
            length = at < 0 ? Window.Length : length + at;
            if (length > LongestLine) throw Invalid("has a line of more than 8 KB where a header should be");
            if (at >= 0 || !Need(length + 1)) break;
        }
        bool whole = length < Window.Length;
        if (!whole && !(endsLine && length > 0)) throw Cut();
        string line = Encoding.Latin1.GetString(Window[..length]);
        Skip(whole ? length + 1 : length);
        return whole && line.EndsWith('\r') ? line[..^1] : line;
    }

    /// <summary>Sees to it that the window holds so many bytes.</summary>
    /// <returns>False when the stream ends before.</returns>
    private bool Need(int count)
    {
        while (_end - _start < count && !_streamEnded)
        {
            if (_start > 0)
            {
                Window.CopyTo(_buffer);
                (_start, _end) = (0, _end - _start);
            }
            int read = stream.Read(_buffer, _end, _buffer.Length - _end);
            _end += read;
            _streamEnded = read == 0;
        }
        return _end - _start >= count;
    }

    private void Skip(int count) => _start += count;

    private static CoreException Cut() => Invalid("ends before its last part is closed");

    private static CoreException Invalid(string what) => new(Fault.ServerAnswerInvalid, $"The server's answer {what}.", null,
        "Nothing of it was kept. Look at the server and at proxies before it.");
}
