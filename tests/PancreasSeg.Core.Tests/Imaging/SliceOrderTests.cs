using PancreasSeg.Nifti;
using PancreasSeg.Simulation;

namespace PancreasSeg.Core.Tests.Imaging;

/// <summary>Stacks in a wrong order are told, and true ones, whole, cut, noisy or with a gap, are not.</summary>
public sealed class SliceOrderTests : IDisposable
{
    private const int Count = 40;

    private static readonly CtVolume[] s_phantoms = [Phantom(3, 3), Phantom(4, 5)];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CtVolume Phantom(long seed, double step) => CtPhantom.Create(new PhantomOptions
    {
        Seed = seed,
        Size = (80, 66, Count),
        Spacing = new(5, 5, step),
        Phase = (ContrastPhase)(seed % 4),
    }).Image;

    private static short[] Ordered(CtVolume ct, IEnumerable<int> order)
    {
        int length = ct.Grid.SliceLength;
        return [.. order.SelectMany(k => ct.Integers.Slice(k * length, length).ToArray())];
    }

    private static IReadOnlyList<string> Find(CtVolume ct, short[] hu) =>
        SliceOddities.Find<short>(hu, hu.Length / ct.Grid.SliceLength, k => $"slice {k}");

    private static IReadOnlyList<string> Told(CtVolume ct, short[] hu) =>
        [.. Find(ct, hu).Where(note => note.StartsWith("The slices are out of order: ", StringComparison.Ordinal))];

    public static TheoryData<string, string, int[]> Orders()
    {
        int[] all = [.. Enumerable.Range(0, Count)];
        int half = Count / 2;
        return new()
        {
            { "halves exchanged", "those before slice 20 do not go on there", [.. all.Select(k => (k + half) % Count)] },
            { "a third moved", "those before slice 27 do", [.. all.Select(k => (k + 13) % Count)] },
            { "upper half upside down", "those before slice 20 do not", [.. all.Select(k => k < half ? k : Count - 1 - (k - half))] },
            { "odd after even", "those before slice 20 do not", [.. all.OrderBy(k => k % 2)] },
            { "sorted as text", "those before ", [.. all.OrderBy(k => $"{k + 1}", StringComparer.Ordinal)] },
            { "halves dealt out", "most are more like another", [.. all.Select(k => k % 2 == 0 ? k / 2 : half + k / 2)] },
            { "shuffled", "most are more like another", [.. all.OrderBy(k => k * 17 % Count)] },
        };
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void A_wrong_order_is_told_once_and_in_place_of_single_slices(string kind, string words, int[] order)
    {
        Assert.NotEmpty(kind);
        foreach (CtVolume ct in s_phantoms)
        {
            string note = Assert.Single(Find(ct, Ordered(ct, order)));
            Assert.StartsWith("The slices are out of order: " + words, note, StringComparison.Ordinal);
            Assert.EndsWith("Sort the slices by their position and make the file again.", note, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(0, Count, 1)]
    [InlineData(Count - 1, Count, -1)]
    [InlineData(0, Count, 2)]
    [InlineData(0, 9, 1)]
    [InlineData(15, 12, 1)]
    [InlineData(Count - 13, 13, 1)]
    public void A_true_order_is_not(int first, int count, int step)
    {
        foreach (CtVolume ct in s_phantoms)
        {
            IEnumerable<int> order = Enumerable.Range(0, count / Math.Abs(step)).Select(k => first + k * step);
            Assert.Empty(Told(ct, Ordered(ct, order)));
        }
    }

    /// <summary>A jump for which the slices offer no other order: some are missing, were taken twice, or are of another body.</summary>
    [Fact]
    public void A_jump_that_no_other_order_mends_is_not_told()
    {
        (CtVolume ct, CtVolume other) = (s_phantoms[0], s_phantoms[1]);
        Assert.Empty(Told(ct, Ordered(ct, Enumerable.Range(0, 12).Concat(Enumerable.Range(24, 16)))));
        Assert.Empty(Told(ct, Ordered(ct, Enumerable.Range(0, 20).Concat(Enumerable.Range(17, 23)))));
        Assert.Empty(Told(ct, [.. Ordered(ct, Enumerable.Range(0, 20)), .. Ordered(other, Enumerable.Range(0, 20))]));
        Assert.Empty(Told(ct, [.. Ordered(ct, Enumerable.Range(0, 12)), .. Ordered(other, Enumerable.Range(30, 5)),
            .. Ordered(ct, Enumerable.Range(12, 20))]));
    }

    /// <summary>They have a note of their own, and would fit in two places.</summary>
    [Fact]
    public void Slices_that_come_twice_are_not_out_of_order()
    {
        foreach (CtVolume ct in s_phantoms)
            for (int again = 3; again <= 10; again++)
                Assert.Contains("pixels of another one", Assert.Single(Find(ct,
                    Ordered(ct, Enumerable.Range(0, again).Concat(Enumerable.Range(0, Count))))), StringComparison.Ordinal);
    }

    [Fact]
    public void Noise_hides_the_steps_and_makes_none()
    {
        foreach (CtVolume ct in s_phantoms)
        {
            var random = new Random(1);
            short[] hu = [.. ct.Integers.ToArray().Select(v => (short)(v + random.Next(-150, 151)))];
            Assert.Empty(Told(ct, hu));
        }
    }

    [Fact]
    public void A_file_says_so_in_its_notes()
    {
        CtVolume ct = s_phantoms[0];
        string path = _folder.File("a.nii.gz");
        NiftiFile.Write(path, new CtVolume(ct.Grid, Ordered(ct, Enumerable.Range(0, Count).Select(k => (k + 20) % Count)), ct.Source));
        Assert.Contains(NiftiFile.ReadCt(path).Source.Notes,
            note => note.Contains("out of order: those before slice 20", StringComparison.Ordinal));
        NiftiFile.Write(path, ct);
        Assert.Empty(NiftiFile.ReadCt(path).Source.Notes);
    }
}
