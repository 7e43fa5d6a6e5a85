using System.Globalization;
using System.Text.Json;

namespace PancreasSeg.Pacs;

/// <summary>One data set of an answer in DICOM JSON (PS3.18 annex F). An element without value is empty; numbers may be written as
/// text.</summary>
internal readonly struct DicomJson
{
    private const int MostBytes = 64 << 20, MostDepth = 16;

    private readonly JsonElement _item;

    private DicomJson(JsonElement item) => _item = item;

    /// <summary>Reads the data sets of a list.</summary>
    /// <param name="body">The answer, at most 64 MB.</param>
    /// <param name="target">What a failure is told of.</param>
    /// <exception cref="CoreException"><see cref="Fault.ServerAnswerInvalid"/>.</exception>
    public static IReadOnlyList<DicomJson> ReadList(Stream body, object target)
    {
        JsonElement root = Read(body, target);
        if (root.ValueKind != JsonValueKind.Array || root.EnumerateArray().Any(e => e.ValueKind != JsonValueKind.Object))
            throw Invalid(target, "not a list of data sets");
        return [.. root.EnumerateArray().Select(e => new DicomJson(e))];
    }

    /// <summary>Reads a single data set.</summary>
    /// <exception cref="CoreException"><see cref="Fault.ServerAnswerInvalid"/>.</exception>
    public static DicomJson ReadOne(Stream body, object target)
    {
        JsonElement root = Read(body, target);
        return root.ValueKind == JsonValueKind.Object ? new DicomJson(root) : throw Invalid(target, "not a data set");
    }

    /// <summary>The first value as text; null when there is none.</summary>
    public string? Text(uint tag) => Texts(tag).FirstOrDefault();

    /// <summary>All values as text; sequences and names of persons have none.</summary>
    public IEnumerable<string> Texts(uint tag) => Values(tag).Select(v => v.ValueKind switch
    {
        JsonValueKind.String => Unescaped(v),
        JsonValueKind.Number => v.GetRawText(),
        _ => "",
    }).Where(v => v.Length > 0);

    /// <summary>The first value as a UID; null when there is none, or one that is not well formed.</summary>
    public string? Uid(uint tag) => Text(tag) is { } uid && Dicom.DicomUid.IsWellFormed(uid) ? uid : null;

    /// <summary>The first value as a whole number; null when it is none.</summary>
    public int? Integer(uint tag) =>
        int.TryParse(Text(tag), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) ? value : null;

    /// <summary>The items of a sequence; none when it is absent.</summary>
    public IEnumerable<DicomJson> Items(uint tag) =>
        Values(tag).Where(v => v.ValueKind == JsonValueKind.Object).Select(v => new DicomJson(v));

    // Half a character cannot be told.
    private static string Unescaped(JsonElement value)
    {
        try
        {
            return value.GetString()!.Trim();
        }
        catch (InvalidOperationException)
        {
            return "";
        }
    }

    private JsonElement[] Values(uint tag) =>
        _item.TryGetProperty(tag.ToString("X8", CultureInfo.InvariantCulture), out JsonElement element)
        && element.ValueKind == JsonValueKind.Object && element.TryGetProperty("Value", out JsonElement values)
        && values.ValueKind == JsonValueKind.Array ? [.. values.EnumerateArray()] : [];

    private static JsonElement Read(Stream body, object target)
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[1 << 16];
        for (int read; (read = body.Read(buffer, 0, buffer.Length)) > 0;)
        {
            if (bytes.Length + read > MostBytes) throw Invalid(target, "longer than 64 MB");
            bytes.Write(buffer, 0, read);
        }
        try
        {
            using var document = JsonDocument.Parse(
                bytes.GetBuffer().AsMemory(0, (int)bytes.Length), new JsonDocumentOptions { MaxDepth = MostDepth });
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            // Its message may quote the answer.
            throw Invalid(target, "not DICOM JSON");
        }
    }

    private static CoreException Invalid(object target, string what) => new(Fault.ServerAnswerInvalid,
        $"The answer of '{target}' is {what}.", target, "Check that the address is the root of the server's DICOMweb services.");
}
