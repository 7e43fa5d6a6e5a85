using PancreasSeg.Simulation;

namespace PancreasSeg.Core.Tests.Simulation;

public class CtPhantomTests
{
    private static readonly PhantomOptions s_small = new() { Seed = 5, Size = (64, 56, 30), Spacing = new(6, 6, 7) };

    [Fact]
    public async Task Same_options_give_the_same_bytes_however_the_work_is_shared_out()
    {
        PhantomCase first = CtPhantom.Create(s_small);
        PhantomCase[] together = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => CtPhantom.Create(s_small))));
        foreach (PhantomCase again in together)
        {
            Assert.True(first.Image.Integers.Span.SequenceEqual(again.Image.Integers.Span));
            Assert.True(first.Label.Labels.Span.SequenceEqual(again.Label.Labels.Span));
        }
    }

    [Fact]
    public void Other_seeds_are_other_patients()
    {
        PhantomCase a = CtPhantom.Create(s_small), b = CtPhantom.Create(s_small with { Seed = 6 });
        Assert.False(a.Image.Integers.Span.SequenceEqual(b.Image.Integers.Span));
        Assert.False(a.Label.Labels.Span.SequenceEqual(b.Label.Labels.Span));
    }

    [Fact]
    public void Size_and_spacing_are_as_asked()
    {
        PhantomCase phantom = CtPhantom.Create(s_small);
        Assert.Equal([64, 56, 30], phantom.Image.Size);
        Assert.Equal([6.0, 6, 7], phantom.Image.Spacing);
        Assert.Equal("LPS", phantom.Image.Grid.Orientation);
        Assert.True(phantom.Image.IsInteger);
        Assert.True(phantom.Label.Grid.Matches(phantom.Image.Grid));
    }

    [Fact]
    public void Labels_are_the_documented_ones_and_the_image_is_HU()
    {
        PhantomCase phantom = CtPhantom.Create(s_small);
        HashSet<byte> known = [.. Enum.GetValues<PhantomLabel>().Select(label => (byte)label)];
        Assert.Subset(known, phantom.Label.Labels.ToArray().ToHashSet());
        foreach (
            PhantomLabel label in (PhantomLabel[])[PhantomLabel.Pancreas, PhantomLabel.Liver, PhantomLabel.Spleen, PhantomLabel.LeftKidney,
                PhantomLabel.RightKidney,
            PhantomLabel.Stomach, PhantomLabel.Duodenum, PhantomLabel.Aorta, PhantomLabel.InferiorVenaCava,
                PhantomLabel.PortalAndSplenicVein, PhantomLabel.Bowel, PhantomLabel.Bone, PhantomLabel.Muscle, PhantomLabel.Lung])
            Assert.True(phantom.Label.Count((byte)label) > 0, label.ToString());
        Assert.InRange(phantom.Image.Integers.ToArray().Min(), CtVolume.AirHu, -950);
        Assert.InRange(phantom.Image.Integers.ToArray().Max(), 150, 3071);
    }

    [Fact]
    public void A_small_field_of_view_shows_the_pancreas()
    {
        PhantomCase phantom = CtPhantom.Create(new PhantomOptions { Seed = 3, Size = (40, 30, 20), Spacing = new(6, 6, 6) });
        Assert.True(phantom.Label.VolumeMl() > 20);
    }

    [Fact]
    public void Cancellation_stops_the_work()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => CtPhantom.Create(s_small, source.Token));
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(64, -1)]
    public void Impossible_grids_are_refused(int columns, double spacing) =>
        Assert.Equal(Fault.GridInvalid, Assert.Throws<CoreException>(
            () => CtPhantom.Create(s_small with { Size = (columns, 64, 32), Spacing = new(spacing, 2, 2) })).Fault);
}
