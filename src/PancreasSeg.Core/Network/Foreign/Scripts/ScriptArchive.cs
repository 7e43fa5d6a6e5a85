using System.IO.Compression;
using System.IO.Hashing;
using System.Text;
using System.Text.RegularExpressions;

namespace PancreasSeg.Network.Foreign;

/// <summary>
/// A network as TorchScript (a zip archive of weights and of a program): looked at, never run here. What libtorch may load is a copy of
/// the parts that were looked at, so that no other reading of the archive brings in others.
/// </summary>
internal static partial class ScriptArchive
{
    private const long MaxBytes = int.MaxValue - (16L << 20), MaxProgramBytes = 64 << 20;
    private const int MaxEntries = 100_000;

    // Bytes that one byte of deflated data can stand for.
    private const int MostDeflated = 1032;

    /// <summary>True for a file of TorchScript by its name.</summary>
    public static bool IsScript(string path) => path.EndsWith(".ts", StringComparison.OrdinalIgnoreCase);

    /// <summary>The weights and the program of an archive as a new archive.</summary>
    /// <param name="file">Content of the file.</param>
    /// <param name="path">Its path, for messages.</param>
    /// <exception cref="CoreException"><see cref="Fault.ModelFormatUnknown"/> for what is no TorchScript, or damaged;
    /// <see cref="Fault.ModelNotSupported"/> for a program that does more than compute.</exception>
    public static byte[] Checked(byte[] file, string path)
    {
        try
        {
            using var zip = new ZipArchive(new MemoryStream(file, writable: false));
            return Copy(zip, file.Length);
        }
        catch (FormatException e)
        {
            throw new CoreException(Fault.ModelNotSupported,
                $"'{path}' is a program that uses {e.Message}, which no network needs; it was not run.", path,
                "Run only files of people you trust; export the network to ONNX to use it without its program.", e);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new CoreException(Fault.ModelFormatUnknown, $"'{path}' is no TorchScript file, or damaged: {e.Message}", path,
                "Copy the file again from its source; a file of weights alone (.pt) must be exported as TorchScript by its maker.", e);
        }
    }

    private static byte[] Copy(ZipArchive zip, long fileLength)
    {
        if (zip.Entries.Count > MaxEntries) throw new InvalidDataException("It holds more files than any network does.");
        string[] tops = [.. zip.Entries.Select(e => e.FullName.Split('/')[0]).Distinct(StringComparer.OrdinalIgnoreCase)];
        if (tops is not [var top]) throw new InvalidDataException("It is not one folder.");
        string[] names = [.. zip.Entries.Select(e => e.FullName[Math.Min(e.FullName.Length, top.Length + 1)..])];
        if (names.Distinct(StringComparer.OrdinalIgnoreCase).Count() != names.Length)
            throw new InvalidDataException("It holds a file twice.");
        if (!names.Contains("constants.pkl") || !names.Contains("data.pkl")
            || !names.Any(n => n.StartsWith("code/", StringComparison.Ordinal)))
            throw new InvalidDataException("It has no program (code/) or no values (data.pkl).");
        if (zip.Entries.Any(e => e.CompressedLength > fileLength || e.Length / MostDeflated > e.CompressedLength))
            throw new InvalidDataException("A part of it claims more than it holds.");
        if (zip.Entries.Sum(e => e.Length) > MaxBytes) throw new InvalidDataException("It unpacks to more than any network does.");
        if (zip.Entries.Where(e => e.FullName.EndsWith(".py", StringComparison.Ordinal)).Sum(e => e.Length) > MaxProgramBytes)
            throw new InvalidDataException("Its program is larger than any network's.");
        var lengths = zip.Entries.Zip(names).ToDictionary(e => e.Second, e => e.First.Length, StringComparer.Ordinal);

        var scan = new ScriptScan();
        var copy = new MemoryStream();
        using (var checkedZip = new ZipArchive(copy, ZipArchiveMode.Create, leaveOpen: true))
            foreach ((ZipArchiveEntry entry, string name) in zip.Entries.Zip(names))
            {
                if (IsLeftOut().IsMatch(name)) continue;
                if (!IsPart().IsMatch(name)) throw new FormatException($"the part '{FileNames.Safe(name)}'");
                byte[] content = Content(entry);
                if (name.EndsWith(".py", StringComparison.Ordinal)) scan.Add(Encoding.Latin1.GetString(content));
                if (name.EndsWith(".pkl", StringComparison.Ordinal)) CheckValues(content, name[..^".pkl".Length], lengths);
                if (name == "byteorder" && !content.AsSpan().SequenceEqual("little"u8))
                    throw new InvalidDataException("Its numbers are not little-endian.");
                using Stream written = checkedZip.CreateEntry($"{top}/{name}", CompressionLevel.NoCompression).Open();
                written.Write(content);
            }
        scan.Check();
        return copy.ToArray();
    }

    /// <summary>Looks at the values of a program: libtorch trusts what they say of the places of tensors.</summary>
    private static void CheckValues(byte[] pickle, string folder, Dictionary<string, long> lengths)
    {
        var values = new CheckpointPickle(new MemoryStream(pickle), isScript: true);
        _ = values.Read();
        foreach (StorageReference storage in values.Storages.Values)
            if (lengths.GetValueOrDefault($"{folder}/{storage.Key}", -1) / storage.Width < storage.Count)
                throw new InvalidDataException("A tensor reaches beyond its storage.");
    }

    private static byte[] Content(ZipArchiveEntry entry)
    {
        var content = new byte[entry.Length];
        using Stream stream = entry.Open();
        if (stream.ReadAtLeast(content, content.Length, throwOnEndOfStream: false) < content.Length || stream.ReadByte() >= 0)
            throw new InvalidDataException("A part of it is longer or shorter than it says.");
        // libtorch ends the process over a program that it cannot read, so that damage must be seen before.
        if (Crc32.HashToUInt32(content) != entry.Crc32) throw new InvalidDataException("A part of it is not what was written.");
        return content;
    }

    // What is run, and the values it is run with.
    [GeneratedRegex(@"\A(?:data\.pkl|constants\.pkl|(?:data|constants)/[0-9]+|version|byteorder|code/[A-Za-z0-9_/]+\.py)\z")]
    private static partial Regex IsPart();

    // Lines of the original program for messages, other files beside it: nothing that the network needs.
    [GeneratedRegex(@"\A(?:|.*/|code/.+\.debug_pkl|extra/.*|\.data/.*|\.format_version|\.storage_alignment)\z", RegexOptions.Singleline)]
    private static partial Regex IsLeftOut();
}
