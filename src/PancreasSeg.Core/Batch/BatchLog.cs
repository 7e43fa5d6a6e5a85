using System.Text.Json;

namespace PancreasSeg.Batch;

/// <summary>What a batch does, one JSON object per line, for log collectors. Each line is on disk before the batch goes on.</summary>
internal sealed class BatchLog : IDisposable
{
    private readonly Lock _turn = new();
    private readonly FileStream _file;
    private readonly string _run;

    private BatchLog(string run, FileStream file) => (_run, _file) = (run, file);

    /// <summary>Begins the log of a run.</summary>
    /// <exception cref="CoreException"><see cref="Fault.FileWriteFailed"/>.</exception>
    public static BatchLog Create(string folder, string run) => FileFault.Writing(folder, () =>
    {
        Directory.CreateDirectory(folder);
        return new BatchLog(
            run, new FileStream(Path.Combine(folder, $"{run}.jsonl"), FileMode.Create, FileAccess.Write, FileShare.Read, 0));
    });

    /// <summary>Writes a line: time, run, event and what else is not null.</summary>
    /// <exception cref="CoreException"><see cref="Fault.FileWriteFailed"/>.</exception>
    public void Write(string what, params ReadOnlySpan<(string Name, object? Value)> fields)
    {
        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line))
        {
            json.WriteStartObject();
            json.WriteString("time", DateTimeOffset.UtcNow);
            json.WriteString("run", _run);
            json.WriteString("event", what);
            foreach ((string name, object? value) in fields)
            {
                switch (value)
                {
                    case null: break;
                    case double or int or long:
                        json.WriteNumber(
                        name, Convert.ToDouble(value, System.Globalization.CultureInfo.InvariantCulture)); break;
                    case IReadOnlyList<string> texts:
                        json.WriteStartArray(name);
                        foreach (string text in texts) json.WriteStringValue(text);
                        json.WriteEndArray();
                        break;
                    default: json.WriteString(name, value.ToString()); break;
                }
            }
            json.WriteEndObject();
        }
        line.WriteByte((byte)'\n');
        FileFault.Writing(_file.Name, () =>
        {
            lock (_turn) _file.Write(line.GetBuffer(), 0, (int)line.Length);
        });
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
