using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace PancreasSeg.Core.Tests.Inference.Foreign;

/// <summary>Reads arrays of numpy's .npz files as float32.</summary>
internal static partial class NumpyArrays
{
    public static (float[] Values, int[] Shape) Read(string path, string name)
    {
        using ZipArchive zip = ZipFile.OpenRead(path);
        using var copy = new MemoryStream();
        using (Stream stream = zip.GetEntry(name + ".npy")!.Open()) stream.CopyTo(copy);
        byte[] bytes = copy.ToArray();
        int length = bytes[6] == 1 ? BitConverter.ToUInt16(bytes, 8) : BitConverter.ToInt32(bytes, 8), start = bytes[6] == 1 ? 10 : 12;
        string header = Encoding.ASCII.GetString(bytes, start, length);
        Assert.Contains("'fortran_order': False", header, StringComparison.Ordinal);
        int[] shape = [.. Number().Matches(header[header.IndexOf("'shape'", StringComparison.Ordinal)..])
            .Select(m => int.Parse(m.Value, CultureInfo.InvariantCulture))];
        ReadOnlySpan<byte> data = bytes.AsSpan(start + length);
        float[] values = header.Contains("'<f2'", StringComparison.Ordinal)
            ? [.. MemoryMarshal.Cast<byte, Half>(data).ToArray().Select(v => (float)v)]
            : MemoryMarshal.Cast<byte, float>(data).ToArray();
        return (values, shape);
    }

    [GeneratedRegex(@"\d+")]
    private static partial Regex Number();
}
