namespace PancreasSeg.Core.Tests.Imaging;

/// <summary>Slices that cannot be anatomy are told by name, and ordinary stacks are left alone.</summary>
public class SliceOdditiesTests
{
    private const int Side = 64, Count = 20;

    private static readonly short[] s_body = Body();

    /// <summary>A body that grows and shrinks along the stack, with noise that no two slices share.</summary>
    private static short[] Body()
    {
        var random = new Random(3);
        var hu = new short[Side * Side * Count];
        for (int i = 0; i < hu.Length; i++)
        {
            int k = i / (Side * Side), x = i % Side - 32, y = i / Side % Side - 32;
            double radius = 20 + 2 * Math.Sin(k / 10.0);
            hu[i] = (short)((x * x + y * y < radius * radius ? 30 + x : -1000) + random.Next(-20, 21));
        }
        return hu;
    }

    private static IReadOnlyList<string> Find(short[] hu) => SliceOddities.Find<short>(hu, Count, k => $"slice {k}");

    private static short[] Changed(int slice, Func<short, short> change)
    {
        short[] hu = [.. s_body];
        foreach (ref short v in hu.AsSpan(slice * Side * Side, Side * Side)) v = change(v);
        return hu;
    }

    [Fact]
    public void An_ordinary_stack_has_none() => Assert.Empty(Find(s_body));

    [Theory]
    [InlineData(7, 1024)]
    [InlineData(7, -1024)]
    [InlineData(7, 300)]
    [InlineData(1, 1000)]
    [InlineData(Count - 2, 1024)]
    public void A_slice_that_lies_off_both_neighbours_is_named(int slice, int shift) => Assert.StartsWith(
        $"One slice has values unlike those of both neighbours: slice {slice} (median difference ",
        Assert.Single(Find(Changed(slice, v => (short)(v + shift)))), StringComparison.Ordinal);

    /// <summary>Below these, patients breathe and scanners drift.</summary>
    [Theory]
    [InlineData(90, 1, 0)]
    [InlineData(115, 1, 1)]
    [InlineData(250, Count - 9, 0)]
    [InlineData(330, Count - 9, 1)]
    public void A_smaller_change_of_one_slice_or_from_one_on_is_not_told(int shift, int slices, int notes)
    {
        short[] hu = [.. s_body];
        foreach (ref short v in hu.AsSpan(9 * Side * Side, slices * Side * Side)) v += (short)shift;
        Assert.Equal(notes, Find(hu).Count);
    }

    [Theory]
    [InlineData(5, 1)]
    [InlineData(6, 0)]
    public void Where_more_than_a_quarter_of_the_slices_is_blank_they_were_meant_to_be(int blank, int notes)
    {
        short[] hu = [.. s_body];
        hu.AsSpan(0, blank * Side * Side).Fill(-1000);
        Assert.Equal(notes, Find(hu).Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(Count - 1)]
    public void A_shift_of_an_end_slice_is_told(int slice) =>
        Assert.StartsWith("All values change by ", Assert.Single(Find(Changed(slice, v => (short)(v + 1024)))), StringComparison.Ordinal);

    [Fact]
    public void A_shift_from_one_slice_on_is_told()
    {
        short[] hu = [.. s_body];
        foreach (ref short v in hu.AsSpan(12 * Side * Side)) v += 1024;
        Assert.Equal("All values change by 102", Assert.Single(Find(hu))[..24]);
        Assert.Contains("from slice 11 to slice 12", Find(hu)[0], StringComparison.Ordinal);
    }

    /// <summary>Inverted, of another slope, and one whose air was cut off before it was shifted.</summary>
    [Fact]
    public void Other_changes_of_the_values_of_one_slice_are_told()
    {
        foreach (Func<short, short> change in (Func<short, short>[])[v => (short)-v, v => (short)(v / 2 + 400),
            v => (short)Math.Max(v + 500, -1000)])
            Assert.Contains("slice 9", Assert.Single(Find(Changed(9, change))), StringComparison.Ordinal);
    }

    /// <summary>A copy that was broken off leaves zeros, which are air or water by the rescale.</summary>
    [Theory]
    [InlineData(9, 0)]
    [InlineData(0, -1024)]
    [InlineData(Count - 1, 0)]
    public void A_slice_with_a_blank_end_is_named(int slice, short value)
    {
        short[] hu = [.. s_body];
        hu.AsSpan(slice * Side * Side, Side * Side)[(Side * Side * 4 / 5)..].Fill(value);
        Assert.Contains($"a blank end that the neighbours have not: slice {slice}.", Assert.Single(Find(hu)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_turned_slice_and_one_of_another_body_are_named()
    {
        short[] turned = [.. s_body], other = [.. s_body];
        for (int i = 0; i < Side * Side; i++)
        {
            (int x, int y) = (i % Side, i / Side);
            turned[9 * Side * Side + i] = (short)(s_body[9 * Side * Side + i] + (y < 30 ? 300 : 0) - (y > 33 ? 300 : 0));
            other[9 * Side * Side + i] = (short)((x - 20) * (x - 20) + (y - 40) * (y - 40) < 100 ? 30 : -1000);
        }
        Assert.Contains("slice 9", Assert.Single(Find(turned)), StringComparison.Ordinal);
        Assert.Contains("slice 9", Assert.Single(Find(other)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(7, -1024)]
    [InlineData(Count - 1, 0)]
    public void A_blank_slice_is_named(int slice, int value) => Assert.Equal(
        $"One slice has one value throughout: slice {slice}.", Assert.Single(Find(Changed(slice, _ => (short)value))));

    [Theory]
    [InlineData(4, 5)]
    [InlineData(2, 15)]
    public void A_copied_slice_is_named_with_the_one_it_is_of(int from, int to)
    {
        short[] hu = [.. s_body];
        hu.AsSpan(from * Side * Side, Side * Side).CopyTo(hu.AsSpan(to * Side * Side));
        Assert.Equal($"One slice has the pixels of another one: slice {to} those of slice {from}.", Find(hu)[0]);
        hu[to * Side * Side + 1]++;
        Assert.DoesNotContain(Find(hu), note => note.Contains("pixels of another", StringComparison.Ordinal));
    }
}
