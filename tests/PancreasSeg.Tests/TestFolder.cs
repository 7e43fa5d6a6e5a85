namespace PancreasSeg.Tests;

/// <summary>A folder that lives as long as one test; its name has brackets, blanks and letters beyond ASCII.</summary>
internal sealed class TestFolder : IDisposable
{
    public TestFolder() => Directory.CreateDirectory(FullName);

    public string FullName { get; } = Path.Combine(Path.GetTempPath(), $"PancreasSeg [{Guid.NewGuid():N}] ü");

    public string this[string name] => Path.Combine(FullName, name);

    public string[] Files =>
        [.. Directory.EnumerateFiles(FullName, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
        .Select(f => Path.GetRelativePath(FullName, f).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    public void Dispose()
    {
        foreach (string file in Files) File.SetAttributes(this[file], FileAttributes.Normal);
        Directory.Delete(FullName, recursive: true);
    }
}
