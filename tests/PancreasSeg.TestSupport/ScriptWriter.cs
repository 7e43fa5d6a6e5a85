using System.IO.Compression;
using System.Text;

namespace PancreasSeg.TestSupport;

/// <summary>Writes TorchScript archives of a module without weights, whose program is given as text.</summary>
public static class ScriptWriter
{
    /// <summary>An archive of a class <c>Net</c>.</summary>
    /// <param name="forward">Lines of its method forward(self, x), indented by nothing.</param>
    /// <param name="others">Further parts, names below the archive's folder.</param>
    public static byte[] Module(string forward, params (string Name, byte[] Content)[] others) =>
        Archive([.. Parts(forward), .. others]);

    /// <summary>The parts of an archive of a class <c>Net</c>.</summary>
    public static (string Name, byte[] Content)[] Parts(string forward)
    {
        string body = string.Join('\n', forward.Split('\n').Select(line => "    " + line));
        string program = "class Net(Module):\n  __parameters__ = []\n  __buffers__ = []\n  training : bool\n"
            + $"  def forward(self: __torch__.Net,\n    x: Tensor) -> Tensor:\n{body}\n";
        return
        [
            ("data.pkl", Object()),
            ("code/__torch__.py", Encoding.UTF8.GetBytes(program)),
            ("constants.pkl", [0x80, 2, (byte)')', (byte)'.']),
            ("version", "3\n"u8.ToArray()),
        ];
    }

    /// <summary>An archive of parts, below one folder unless their names begin with a slash.</summary>
    public static byte[] Archive(IEnumerable<(string Name, byte[] Content)> parts)
    {
        var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
            foreach ((string name, byte[] content) in parts)
            {
                string entry = name.StartsWith('/') ? name[1..] : "net/" + name;
                using Stream stream = zip.CreateEntry(entry, CompressionLevel.NoCompression).Open();
                stream.Write(content);
            }
        return bytes.ToArray();
    }

    // Protocol 2, global __torch__.Net, (), new object, {'training': False}, build, stop.
    private static byte[] Object() =>
        [0x80, 2, .. "c__torch__\nNet\n"u8, .. ")"u8, 0x81, .. "}(X"u8, 8, 0, 0, 0, .. "training"u8, 0x89, .. "ub."u8];
}
