using System.Runtime.InteropServices;
using CsCheck;
using PancreasSeg.Build;

namespace PancreasSeg.Core.Tests.Build;

public sealed partial class NativeAdjustmentTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("adjust").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static byte[] Library() => TinyElf.Create(
        ("libc.so.6", ["GLIBC_2.14", "GLIBC_2.34"]),
        ("libstdc++.so.6", ["GLIBCXX_3.4.30", "GLIBCXX_3.4.32", "CXXABI_1.3"]));

    [Fact]
    public void Only_the_flag_of_the_one_version_changes()
    {
        byte[] before = Library(), after = Library();
        Assert.True(ElfVersionNeeds.Weaken(after, "GLIBCXX_3.4.32"));
        int[] different = [.. Enumerable.Range(0, before.Length).Where(i => before[i] != after[i])];
        Assert.Equal([TinyElf.FlagsAt(5)], different);
        Assert.Equal(2, after[TinyElf.FlagsAt(5)]);
    }

    [Fact]
    public void A_second_time_changes_nothing()
    {
        byte[] image = Library();
        ElfVersionNeeds.Weaken(image, "GLIBCXX_3.4.32");
        Assert.False(ElfVersionNeeds.Weaken(image, "GLIBCXX_3.4.32"));
    }

    [Theory]
    [InlineData("GLIBCXX_3.4.3")]
    [InlineData("GLIBCXX_3.4.322")]
    [InlineData("libstdc++.so.6")]
    public void A_version_that_is_not_asked_for_changes_nothing(string version) =>
        Assert.False(ElfVersionNeeds.Weaken(Library(), version));

    [Fact]
    public void Damaged_files_are_refused_and_never_read_outside()
    {
        byte[] good = Library();
        Assert.Throws<InvalidDataException>(() => ElfVersionNeeds.Weaken("MZ not an ELF file"u8.ToArray(), "x"));
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Byte).List[1, 8].Sample(changes =>
        {
            byte[] image = [.. good];
            foreach ((int at, byte value) in changes) image[at] = value;
            AcceptOrRefuse(image);
        });
        for (int length = 0; length < good.Length; length++) AcceptOrRefuse(good[..length]);

        static void AcceptOrRefuse(byte[] image)
        {
            try
            {
                ElfVersionNeeds.Weaken(image, "GLIBCXX_3.4.32");
            }
            catch (InvalidDataException)
            {
            }
        }
    }

    [Fact]
    public void The_original_stays_and_the_copy_is_a_new_file()
    {
        string original = Path.Combine(_folder, "original.so"), copy = Path.Combine(_folder, "out", "copy.so");
        File.WriteAllBytes(original, Library());
        NativeAdjustment.Apply(original, copy);
        Assert.Equal(Library(), File.ReadAllBytes(original));
        Assert.Equal(2, File.ReadAllBytes(copy)[TinyElf.FlagsAt(5)]);
    }

    [Fact]
    public void A_hard_link_is_replaced_and_not_written_through()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "link(2) is not there");
        string original = Path.Combine(_folder, "original.so"), link = Path.Combine(_folder, "link.so");
        File.WriteAllBytes(original, Library());
        Assert.Equal(0, CreateLink(original, link));
        NativeAdjustment.Apply(link, link);
        Assert.Equal(Library(), File.ReadAllBytes(original));
        Assert.Equal(2, File.ReadAllBytes(link)[TinyElf.FlagsAt(5)]);
        Assert.Equal(["link.so", "original.so"], Directory.GetFiles(_folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_file_without_the_version_is_left_alone_in_place_and_copied_as_it_is()
    {
        string file = Path.Combine(_folder, "a.so"), copy = Path.Combine(_folder, "b.so");
        File.WriteAllBytes(file, TinyElf.Create(("libm.so.6", ["GLIBC_2.2.5"])));
        File.SetLastWriteTimeUtc(file, DateTime.UnixEpoch);
        NativeAdjustment.Apply(file, file);
        Assert.Equal(DateTime.UnixEpoch, File.GetLastWriteTimeUtc(file));
        NativeAdjustment.Apply(file, copy);
        Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(copy));
    }

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int CreateLink(string existing, string link);
}
