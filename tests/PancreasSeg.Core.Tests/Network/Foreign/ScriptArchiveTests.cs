using System.IO.Compression;
using PancreasSeg.Network.Foreign;

namespace PancreasSeg.Core.Tests.Network.Foreign;

public sealed class ScriptArchiveTests
{
    private const string Plain = """
        _0 = torch.mul(torch.select(x, 1, 0), CONSTANTS.c0)  # a comment with "text"
        if torch.gt(torch.dim(_0), 3):
          _1 = (self.norm).forward(_0, )
        else:
          _1 = annotate(Tensor, ops.prim.unchecked_cast(_0))
        a = getattr(self.blocks, "0")
        ops.prim.RaiseException("it's \"wrong\"", "builtins.ValueError")
        return torch._convolution(_1, self.w, None, [1, 1, 1], [0, 0, 0], [1, 1, 1], False, [0, 0, 0], 1, True, 1.0000000000000001e-05)
        """;

    [Fact]
    public void What_only_computes_is_copied_without_what_it_does_not_need()
    {
        byte[] copy = ScriptArchive.Checked(ScriptWriter.Module(Plain, ("code/__torch__.py.debug_pkl", [1]), ("extra/notes.txt", [2]),
            ("data/0", [3]), ("constants/1", [4]), (".data/serialization_id", [5]), ("byteorder", "little"u8.ToArray())), "net.ts");
        using var zip = new ZipArchive(new MemoryStream(copy));
        Assert.Equal(["net/data.pkl", "net/code/__torch__.py", "net/constants.pkl", "net/version", "net/data/0", "net/constants/1",
            "net/byteorder"], zip.Entries.Select(e => e.FullName));
        Assert.All(zip.Entries, e => Assert.Equal(e.Length, e.CompressedLength));
    }

    [Theory]
    [InlineData("torch.save(x, \"f\")", "save")]
    [InlineData("torch . save(x, \"f\")", "save")]
    [InlineData("torch.load(\"f\")", "load")]
    [InlineData("torch.from_file(\"f\", True, 8)", "from_file")]
    [InlineData("x.from_file(\"f\")", "from_file")]
    [InlineData("(torch.relu(x)).save(\"f\")", "save")]
    [InlineData("1+torch.save(x, \"f\")", "save")]
    [InlineData("1.0.save(x)", "save")]
    [InlineData("torch.hub(x)", "torch.hub")]
    [InlineData("torch.nn.relu(x)", "torch.nn.relu")]
    [InlineData("torch.relu.save(x)", "save")]
    [InlineData("torch", "'torch'")]
    [InlineData("ops.image.read_file(\"f\")", "ops.image.read_file")]
    [InlineData("ops.tensorrt.execute_engine([x], self.engine)", "ops.tensorrt.execute_engine")]
    [InlineData("ops.aten.relu(x)", "ops.aten.relu")]
    [InlineData("ops.prim.rpc_async(x)", "ops.prim.rpc_async")]
    [InlineData("ops", "'ops'")]
    [InlineData("__torch__.torch.classes.profiling.Profile(x)", "torch.classes")]
    [InlineData("print(x)", "print")]
    [InlineData("exec(\"x\")", "exec")]
    [InlineData("x.tofile(\"f\")", "tofile")]
    [InlineData("(x).tofile(\"f\")", "tofile")]
    [InlineData("\"f\".write(x)", "write")]
    [InlineData("getattr(x, \"save\")(\"f\")", "getattr")]
    [InlineData("getattr(x, \"tofile\")(\"f\")", "getattr")]
    [InlineData("getattr(x, self.name)(\"f\")", "getattr")]
    [InlineData("getattr(x, \"0\" \"tofile\", )", "getattr")]
    [InlineData("getattr", "getattr")]
    [InlineData("getattr(x, \"\\164ofile\")", "getattr")]
    [InlineData("getattr(x, \"0\\164\")", "getattr")]
    [InlineData("getattr(x, \"tofile\", \"0\")", "getattr")]
    [InlineData("(x).y.tofile(\"f\")", "tofile")]
    [InlineData("(x).torch.tofile(\"f\")", "tofile")]
    [InlineData("(print)(x)", "no name")]
    [InlineData("[print][0](x)", "no name")]
    [InlineData("((print)\n(x))", "no name")]
    [InlineData("x  # type: int", "type in a comment")]
    [InlineData("x \\\n.tofile(\"f\")", "the character")]
    [InlineData("f\"{x}\"", "text with a prefix")]
    [InlineData("\"\"\"x\"\"\"", "text with a prefix")]
    [InlineData("\"not closed", "the character")]
    [InlineData("x\u00e9", "the character")]
    [InlineData("x\nimport os", "'import'")]
    [InlineData("x\nopen(\"f\")", "open")]
    public void A_program_that_may_do_more_is_refused_by_name(string expression, string named)
    {
        CoreException e = Assert.Throws<CoreException>(() => ScriptArchive.Checked(ScriptWriter.Module("return " + expression), "net.ts"));
        Assert.Equal(Fault.ModelNotSupported, e.Fault);
        Assert.Contains(named, e.Message, StringComparison.Ordinal);
        Assert.Contains("it was not run", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_method_of_the_program_may_be_called_and_one_with_a_bad_name_may_not()
    {
        static byte[] With(string method) => ScriptWriter.Module($"return (self).{method}(x, )", ("code/__torch__/other.py",
            System.Text.Encoding.ASCII.GetBytes(
                $"class O(Module):\n  def {method}(self: __torch__.other.O, x: Tensor) -> Tensor:\n    return x\n")));
        ScriptArchive.Checked(With("middle"), "net.ts");
        Assert.Throws<CoreException>(() => ScriptArchive.Checked(With("save"), "net.ts"));
        Assert.Throws<CoreException>(() => ScriptArchive.Checked(ScriptWriter.Module("return (self).middle(x, )"), "net.ts"));
    }

    public static TheoryData<string, Fault> Damaged => new()
    {
        { "twice", Fault.ModelFormatUnknown }, { "case", Fault.ModelFormatUnknown }, { "two folders", Fault.ModelFormatUnknown },
        { "no program", Fault.ModelFormatUnknown }, { "big-endian", Fault.ModelFormatUnknown }, { "bytecode", Fault.ModelNotSupported },
        { "path", Fault.ModelNotSupported }, { "class", Fault.ModelFormatUnknown }, { "system", Fault.ModelFormatUnknown },
        { "beyond its values", Fault.ModelFormatUnknown }, { "beyond its file", Fault.ModelFormatUnknown },
        { "one bit", Fault.ModelFormatUnknown }, { "text", Fault.ModelFormatUnknown }, { "cut", Fault.ModelFormatUnknown },
    };

    [Theory, MemberData(nameof(Damaged))]
    public void An_archive_that_could_be_read_otherwise_is_refused(string how, Fault fault)
    {
        (string, byte[])[] parts = ScriptWriter.Parts("return x");
        byte[] whole = ScriptWriter.Archive(parts);
        byte[] file = how switch
        {
            "twice" => ScriptWriter.Archive([.. parts, parts[1]]),
            "case" => ScriptWriter.Archive([.. parts, ("CODE/__torch__.py", "x"u8.ToArray())]),
            "two folders" => ScriptWriter.Archive([.. parts, ("/other/code/__torch__.py", "x"u8.ToArray())]),
            "no program" => ScriptWriter.Archive(parts.Where(p => p.Item1 != "code/__torch__.py")),
            "big-endian" => ScriptWriter.Archive([.. parts, ("byteorder", "big"u8.ToArray())]),
            "bytecode" => ScriptWriter.Archive([.. parts, ("bytecode.pkl", [1])]),
            "class" => With("c__torch__.torch.classes.profiling\nProfile\n."u8.ToArray()),
            "system" => With("cposix\nsystem\n."u8.ToArray()),
            "beyond its values" => With(Tensor(count: 2, size: 3)),
            "beyond its file" => With(Tensor(count: 8, size: 3)),
            "path" => ScriptWriter.Archive([.. parts, ("code/../x.py", "x"u8.ToArray())]),
            "one bit" => Changed(whole, whole.AsSpan().IndexOf("return x"u8)),
            "text" => "no archive"u8.ToArray(),
            _ => whole[..(whole.Length / 2)],
        };
        Assert.Equal(fault, Assert.Throws<CoreException>(() => ScriptArchive.Checked(file, "net.ts")).Fault);
        ScriptArchive.Checked(With(Tensor(count: 4, size: 3)), "net.ts");

        static byte[] Changed(byte[] bytes, int at)
        {
            bytes[at + "return ".Length] ^= 1;
            return bytes;
        }

        byte[] With(byte[] values) => ScriptWriter.Archive([.. parts[1..], ("data.pkl", values), ("data/0", new byte[16])]);
    }

    /// <summary>A tensor of float32 of so many numbers, in a storage that is said to hold a count of them.</summary>
    private static byte[] Tensor(byte count, byte size) =>
    [
        0x80, 2, .. "ctorch._utils\n_rebuild_tensor_v2\n((X"u8, 7, 0, 0, 0, .. "storagectorch\nFloatStorage\nX"u8, 1, 0, 0, 0,
        .. "0X"u8, 3, 0, 0, 0, .. "cpuK"u8, count, .. "tQK"u8, 0, (byte)'K', size, 0x85, (byte)'K', 1, 0x85, 0x89, .. "ccollections\nOrderedDict\n)RtR."u8,
    ];

    [Fact]
    public void A_program_that_writes_a_file_is_refused_and_no_file_is_written()
    {
        string path = SampleData.Require("torchscript", "writes-a-file.ts");
        CoreException e = Assert.Throws<CoreException>(() => ScriptArchive.Checked(File.ReadAllBytes(path), path));
        Assert.Equal(Fault.ModelNotSupported, e.Fault);
        Assert.Contains("torch.save", e.Message, StringComparison.Ordinal);
        Assert.False(File.Exists("written-by-a-model.pt"));
    }
}
