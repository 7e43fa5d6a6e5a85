using System.Management.Automation;

namespace PancreasSeg.Tests;

public class ResizeVolumeTests(ModuleRunspace module) : IClassFixture<ModuleRunspace>
{
    [Theory]
    [InlineData("$args[0] | Resize-Volume 2", 30, 20, 24)]
    [InlineData("$args[0] | Resize-Volume -Spacing 1.5, 1.25, 1.5", 40, 32, 32)]
    [InlineData("$args[0] | Resize-Volume -Spacing 3x2.5x6", 20, 16, 8)]
    [InlineData("$args[0] | Resize-Volume -Size 16, 24, 8", 16, 24, 8)]
    [InlineData("$args[0] | Resize-CtVolume -Size 16, 24, 8", 16, 24, 8)]
    public void Gives_the_size_that_follows(string script, int columns, int rows, int slices) =>
        Assert.Equal([columns, rows, slices], module.Invoke(script, TestVolumes.Ct()).Only<CtVolume>().Size);

    [Fact]
    public void Masks_stay_masks_and_keep_their_labels()
    {
        LabelVolume labels = module.Invoke("$args[0] | Resize-Volume 0.9", TestVolumes.Box()).Only<LabelVolume>();
        Assert.Equal([0, 7], labels.Labels.ToArray().Distinct().Order().Select(b => (int)b));
        Assert.InRange(labels.VolumeMl(7) / TestVolumes.Box().VolumeMl(7), 0.97, 1.03);
    }

    [Fact]
    public void Like_takes_over_the_grid_exactly()
    {
        CtVolume other = TestVolumes.Ct("other", VolumeGrid.Axial(20, 20, 20, new(2, 2, 2), new(-25, -15, 105)));
        Assert.Equal(other.Grid, module.Invoke("$args[0] | Resize-Volume -Like $args[1]", TestVolumes.Ct(), other).Only<CtVolume>().Grid);
        Assert.Equal(other.Grid, module.Invoke("$args[0] | Resize-Volume -Like $args[1]", TestVolumes.Box(), other).Only<LabelVolume>().Grid);
    }

    [Theory]
    [InlineData("$args[0] | Resize-Volume 0")]
    [InlineData("$args[0] | Resize-Volume -Spacing 1, 2")]
    [InlineData("$args[0] | Resize-Volume -Size 10, 10")]
    [InlineData("$args[0] | Resize-Volume -Size 0, 10, 10")]
    [InlineData("$args[0] | Resize-Volume -Spacing abc")]
    public void Impossible_sizes_are_refused_when_they_are_bound(string script) =>
        Assert.IsType<ParameterBindingException>(Refusal(module.Invoke(script, TestVolumes.Ct())), exactMatch: false);

    [Fact]
    public void Another_kind_of_object_is_refused_by_name() =>
        Assert.Equal("InputTypeNotSupported", Assert.Single(module.Invoke("42 | Resize-Volume 2").Errors).FullyQualifiedErrorId.Split(',')[0]);

    private static Exception? Refusal(Invocation run) => run.Terminating ?? run.Errors.Select(e => e.Exception).FirstOrDefault();
}
