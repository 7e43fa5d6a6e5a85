// Reads damaged DICOM series and models until the count is reached. Each argument folder holds one good series, one model of nnU-Net
// (plans.json somewhere in it), one bundle of MONAI (metadata.json) or model files; in turn one of its files is damaged, the folder is
// read, and the file is put back. A volume, a model or a CoreException is right; anything else ends the process with what it was, as does
// a single one that takes longer than it may. Managed memory is limited from outside (DOTNET_GCHeapHardLimit); what native decoders take
// beside it shows in the peak of the process.
//
//   dotnet PancreasSeg.Fuzz.dll <seed> <count> <folder> [<folder> ...]
using System.Diagnostics;
using System.Globalization;
using PancreasSeg;
using PancreasSeg.Dicom;
using PancreasSeg.Network;

TimeSpan longest = TimeSpan.FromSeconds(20);
const long mostMemoryMb = 1024;
int seed = int.Parse(args[0], CultureInfo.InvariantCulture), count = int.Parse(args[1], CultureInfo.InvariantCulture);
string[] folders = args[2..];
int read = 0, refused = 0;
for (int i = 0; i < count; i++)
{
    var random = new Random(unchecked(seed * 1_000_003 + i));
    string folder = folders[i % folders.Length];
    string[] files = [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
    string file = files[random.Next(files.Length)];
    byte[] good = File.ReadAllBytes(file);
    File.WriteAllBytes(file, Damage(good, random));
    Exception? error = null;
    Action reading = files.Any(f => Path.GetFileName(f) is "plans.json" or "metadata.json") ? () => ForeignModel.ReadTree(folder)
        : Path.GetExtension(file) is ".safetensors" or ".onnx" ? () => ModelFile.Read(file)
        : () => CtSeriesReader.Read(folder);
    var import = new Thread(() =>
    {
        try
        {
            reading();
            read++;
        }
        catch (CoreException)
        {
            refused++;
        }
        catch (Exception e)
        {
            error = e;
        }
    })
    {
        // One that never ends must not keep the process from ending.
        IsBackground = true,
    };
    import.Start();
    bool ended = import.Join(longest);
    if (!ended || error is not null)
    {
        Console.WriteLine($"seed {seed}, mutant {i} of '{Path.GetFileName(folder)}': {(ended ? error : "no end")}");
        return 1;
    }
    File.WriteAllBytes(file, good);
}
using var process = Process.GetCurrentProcess();
long peakMb = process.PeakWorkingSet64 >> 20;
Console.WriteLine($"{count} mutants: {read} read, {refused} refused, peak {peakMb} MB");
return peakMb <= mostMemoryMb ? 0 : 1;

// What transfers, broken disks and attackers do to files: bits, bytes, lengths, cuts, repeats and moved blocks.
static byte[] Damage(byte[] good, Random random)
{
    byte[] bytes = [.. good];
    for (int n = random.Next(1, 5); n > 0; n--)
    {
        int at = random.Next(bytes.Length), length = Math.Min(random.Next(1, 64), bytes.Length - at);
        switch (random.Next(8))
        {
            case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
            case 1: bytes[at] = (byte)random.Next(256); break;
            case 2: bytes.AsSpan(at, Math.Min(4, bytes.Length - at)).Fill(0xFF); break;
            case 3: bytes.AsSpan(at, length).Clear(); break;
            case 4: random.NextBytes(bytes.AsSpan(at, length)); break;
            case 5: bytes = bytes[..Math.Max(1, at)]; break;
            case 6: bytes = [.. bytes[..at], .. bytes[at..(at + length)], .. bytes[at..]]; break;
            default: bytes = [.. bytes[..at], .. bytes[(at + length)..], 0]; break;
        }
    }
    return bytes;
}
